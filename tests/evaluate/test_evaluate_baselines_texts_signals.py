"""The simple methods for texts and signals do what their names say, the same each time."""

import dataclasses

import numpy as np
import pytest
from sentences import as_lines, make_sentences
from waves import make_waves

from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.evaluate.baselines import signals as simple
from striate.evaluate.baselines.signals import compare_signals, normalise
from striate.evaluate.baselines.table import compare
from striate.evaluate.baselines.texts import compare_texts, spell_bytes
from striate.evaluate.baselines.warping import warp_distances


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    file = tmp_path_factory.mktemp("texts") / "x.txt"
    file.write_text(as_lines(make_sentences(240)))
    return open_data(file)


@pytest.fixture(scope="module")
def waves() -> Catalogue:
    return open_data(make_waves(200, channels=2), format="signals")


def test_texts_are_told_apart_by_words_and_by_bytes(texts: Catalogue) -> None:
    found = compare(texts)
    assert list(found) == ["majority", "bytes_linear", "words_linear"]
    assert 0.3 < found["majority"].value < 0.7
    assert found["words_linear"].value > 0.9 and found["bytes_linear"].value > 0.9
    n, taught = (int((texts.splits == name).sum()) for name in ("test", "train"))
    assert all(each.n == n and each.trained_on == taught for each in found.values())
    assert compare_texts(texts) == found


def test_texts_are_compared_whole_whatever_the_network_sees(texts: Catalogue) -> None:
    """Neither its vocabulary nor its length binds the other methods."""
    blind = dataclasses.replace(texts, inputs=np.zeros_like(texts.inputs))
    assert compare_texts(blind) == compare_texts(texts)


def test_bytes_are_lower_case_utf8_letter_by_letter() -> None:
    assert spell_bytes("ÄB").encode("latin-1") == "äb".encode()


def test_signals_are_told_apart_by_their_nearest(waves: Catalogue) -> None:
    found = compare(waves)
    assert list(found) == ["majority", "nearest", "warped"]
    assert found["majority"].value < 0.4
    assert found["nearest"].value > 0.9 and found["warped"].value > 0.9
    assert compare_signals(waves) == found
    assert found["warped"].title == "The nearest one with time warped"


def test_what_differs_in_time_alone_is_near_when_time_is_warped() -> None:
    """One bump or two close ones, anywhere within a tenth of the signal."""
    rng = np.random.default_rng(0)
    labels, t = np.arange(60) % 2, np.arange(60)
    starts = rng.integers(20, 26, 60)[:, None]
    bumps = np.exp(-((t - starts) ** 2) / 2) + labels[:, None] * np.exp(-((t - starts - 7) ** 2) / 2)
    found = compare(open_data((bumps, labels), format="signals"))
    assert found["nearest"].value < found["warped"].value == 1


def test_work_for_warping_is_bounded_and_said(waves: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simple, "WARPED", 10)
    monkeypatch.setattr(simple, "CELLS", 1e5)
    found = compare_signals(waves)["warped"]
    assert (found.n, found.title) == (10, "The nearest one with time warped, asked about 10")
    assert 3 <= found.trained_on < 20
    assert compare_signals(waves)["nearest"].n == (waves.splits == "test").sum()


def slow_warp(x: np.ndarray, y: np.ndarray, band: int) -> float:
    """The recurrence as it is written."""
    T = x.shape[1]
    D = np.full((T + 1, T + 1), np.inf)
    D[0, 0] = 0
    for i in range(T):
        for j in range(max(0, i - band), min(T, i + band + 1)):
            before = min(D[i, j + 1], D[i + 1, j], D[i, j])
            D[i + 1, j + 1] = ((x[:, i] - y[:, j]) ** 2).sum() + before
    return D[T, T]


@pytest.mark.parametrize("band", [0, 1, 2, 5, 11, 30])
@pytest.mark.parametrize("length", [1, 2, 11, 12])
def test_warping_is_its_recurrence(band: int, length: int) -> None:
    rng = np.random.default_rng(band)
    x, y = (rng.normal(size=(n, 2, length)).astype(np.float32) for n in (3, 4))
    expected = [[slow_warp(a, b, band) for b in y] for a in x]
    np.testing.assert_allclose(warp_distances(x, y, band=band), expected, rtol=1e-5)


def test_signals_are_normalised_as_training_signals_are_best_told_apart() -> None:
    """Told by height alone, each one's own mean must stay; told by form under any height, it must go."""
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    heights = np.repeat(labels[:, None, None] * 3.0, 16, 2) + 0.1 * rng.normal(size=(40, 1, 16))
    by_height, _ = normalise(heights, labels, heights)
    assert abs(by_height[labels == 0].mean() - by_height[labels == 1].mean()) > 1
    forms = np.sin(np.linspace(0, 6, 16)) * (1 - 2 * labels[:, None, None]) + 30 * rng.normal(size=(40, 1, 1))
    by_form, asked = normalise(forms, labels, np.full((1, 1, 16), np.nan))
    assert np.abs(by_form.mean(2)).max() < 1e-5
    assert (asked == 0).all()
