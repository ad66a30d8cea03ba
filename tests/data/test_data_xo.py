"""X's and O's: the same seed the same bits, each disturbance visible, too hard for one exemplar."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from striate.data.open import open_data
from striate.data.teaching import teaching_features, teaching_o, teaching_x
from striate.data.xo import Disturbance, make_xo
from striate.data.xo_set import save_xo, xo_catalogue
from striate.errors import UsageError

PINNED = "e4f58badd77c67296e9aaed52f66f067527054a9fcad648df59daef03d910746"
STILL = Disturbance(shift=0, shrink=0, rotation=0, deformation=0, thickness=(0.2, 0.2), noise=0)


def test_seed_0_is_pinned() -> None:
    pictures, labels = make_xo(1000, seed=0)
    assert (
        hashlib.sha256(pictures.tobytes() + labels.tobytes()).hexdigest()
        == "e4f58badd77c67296e9aaed52f66f067527054a9fcad648df59daef03d910746"
    )


def test_pictures_are_black_or_white_and_classes_alike() -> None:
    for size in (9, 28, 33):
        pictures, labels = make_xo(301, size=size, seed=3)
        assert pictures.shape == (301, 1, size, size)
        assert set(np.unique(pictures)) == {0, 255}
        assert np.bincount(labels).tolist() == [151, 150]
    assert not (make_xo(10, seed=1)[0] == make_xo(10, seed=2)[0]).all()
    assert make_xo(0)[0].shape == (0, 1, 28, 28)


def test_undisturbed_drawings() -> None:
    pictures, labels = make_xo(6, seed=0, disturbance=STILL)
    for label in (0, 1):
        alike = pictures[labels == label, 0]
        assert (alike == alike[0]).all()
        assert (alike[0] == alike[0].T).all()
        assert (alike[0] == alike[0, ::-1]).all()
    o, x = pictures[labels == 0][0, 0], pictures[labels == 1][0, 0]
    assert o[14, 14] == 0
    assert x[14, 14] == 255
    assert (np.diagonal(x)[5:23] == 255).all()
    assert (x[14, :8] == 0).all()


def centre(pictures: np.ndarray) -> np.ndarray:
    """Centre of mass (n, 2) in pixels."""
    white = pictures[:, 0] / pictures[:, 0].sum(axis=(1, 2), keepdims=True)
    places = np.arange(pictures.shape[-1])
    return np.stack([white.sum(axis=2) @ places, white.sum(axis=1) @ places], axis=1)


@pytest.mark.parametrize(
    ("change", "varies"),
    [
        ({"shift": 0.2}, lambda p: centre(p).std(axis=0).min() > 1.0),
        ({"shrink": 0.5}, lambda p: p.mean(axis=(1, 2, 3)).std() > 3),
        ({"rotation": 30}, lambda p: len(np.unique(p, axis=0)) > 50 and np.ptp(centre(p), axis=0).max() < 0.5),
        ({"deformation": 0.3}, lambda p: (p != p[0]).any(axis=(1, 2, 3)).all(where=np.arange(len(p)) > 0)),
        ({"thickness": (0.1, 0.5)}, lambda p: p.mean(axis=(1, 2, 3)).std() > 8),
        ({"noise": 0.1}, lambda p: abs((p != np.median(p, axis=0)).mean() - 0.1) < 0.01),
    ],
)
def test_each_disturbance_disturbs(change: dict[str, float], varies: "object") -> None:
    settings = {name: getattr(STILL, name) for name in STILL.__slots__} | change
    pictures, labels = make_xo(400, seed=1, disturbance=Disturbance(**settings))
    assert varies(pictures[labels == 1])  # type: ignore[operator]
    still, kinds = make_xo(400, seed=1, disturbance=STILL)
    assert not varies(still[kinds == 1])  # type: ignore[operator]


def test_one_exemplar_fails() -> None:
    """The training picture nearest to its class's mean, compared pixel by pixel, is little better than a coin."""
    (train, truth), (test, answers) = make_xo(2000, seed=10), make_xo(2000, seed=20)
    flat, held = train.reshape(2000, -1) / 127.5 - 1, test.reshape(2000, -1) / 127.5 - 1
    exemplars = []
    for label in (0, 1):
        mine = flat[truth == label]
        exemplars.append(mine[((mine - mine.mean(axis=0)) ** 2).sum(axis=1).argmin()])
    accuracy = ((held @ np.array(exemplars).T).argmax(axis=1) == answers).mean()
    assert 0.5 < accuracy < 0.8


def test_catalogue() -> None:
    catalogue = xo_catalogue(60, 20, 30, seed=4)
    assert catalogue.classes == ("O", "X")
    assert catalogue.format == "xo"
    assert catalogue.split_rule == "as given"
    assert [(catalogue.splits == name).sum() for name in ("train", "validation", "test")] == [60, 20, 30]
    assert catalogue.ledger.found == catalogue.ledger.used == 110
    assert len(set(catalogue.digests)) == 110
    assert xo_catalogue(60, 20, 30, seed=4).fingerprint == catalogue.fingerprint
    assert catalogue.seed == 4
    assert xo_catalogue(60, 20, 30, seed=5).fingerprint != catalogue.fingerprint


def test_saved_pictures_open_again(tmp_path: Path) -> None:
    save_xo(tmp_path / "xo", 20, 10, size=12, seed=2)
    catalogue = open_data(tmp_path / "xo")
    assert catalogue.classes == ("O", "X")
    assert catalogue.inputs.shape == (30, 1, 12, 12)
    assert (catalogue.splits == "test").sum() == 10
    drawn, labels = make_xo(20, size=12, seed=4)
    place = catalogue.names.index(f"train/{'OX'[labels[3]]}/00003.png")
    assert (catalogue.inputs[place] == drawn[3]).all()


def test_teaching_pictures() -> None:
    x, o, features = teaching_x(), teaching_o(), teaching_features()
    assert x.shape == o.shape == (9, 9)
    assert [(i, j) for i, j in np.argwhere(x == 1).tolist()] == [
        (i, j) for i in range(9) for j in range(9) if 1 <= i <= 7 and (i == j or i + j == 8)
    ]
    assert set(np.unique(o)) == {-1, 1}
    assert (o == o.T).all()
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3))
    firsts = {name: (windows[0] * feature).sum(axis=(1, 2)).tolist() for name, feature in features.items()}
    assert firsts == {
        "main diagonal": [7, -1, 1, 3, 5, -1, 3],
        "crossing": [3, -5, 1, -1, 1, -5, 3],
        "other diagonal": [3, -1, 5, 3, 1, -1, 7],
    }


@pytest.mark.parametrize("change", [{"shift": -0.1}, {"shrink": 1}, {"noise": 2}, {"thickness": (0.3, 0.1)}])
def test_impossible_disturbances_are_errors(change: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Disturbance(**change)  # type: ignore[arg-type]


def test_impossible_sizes_are_errors() -> None:
    with pytest.raises(UsageError, match="size"):
        make_xo(3, size=2)
