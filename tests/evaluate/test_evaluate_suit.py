"""The suit test: tables are refused, signals and pictures accepted, and the same values in another order refused."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from striate.data.open import open_data
from striate.errors import DataError, UnsuitedError
from striate.evaluate.suit.expect import expect_suited, is_doubtful, try_catalogue
from striate.evaluate.suit.network import answer, see
from striate.evaluate.suit.orders import draw_order, list_orders
from striate.evaluate.suit.smooth import measure_agreement
from striate.evaluate.suit.suit import measure_suit
from striate.records import SuitResult, from_json, to_json
from striate.report.suit import list_suit, tell_agreement, tell_suit

Set = tuple[NDArray[np.float64], NDArray[np.generic], bool]
FEW = {"any": 5, "near": 3, "rows": 2, "columns": 2}


def load(name: str, n: int, seed: int) -> Set:
    """n examples of a set of scikit-learn: as a table, or 8x8 pictures."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    x = bunch.images[:, None] if name == "digits" else bunch.data[:, None]
    chosen = np.random.default_rng(seed).permutation(len(x))[:n]
    return x[chosen], bunch.target[chosen], name != "digits"


def walk(seed: int) -> Set:
    """Smooth signals whose end tells the value wanted."""
    x = np.cumsum(np.random.default_rng(seed).normal(size=(60, 1, 40)), axis=2)
    return x, x[:, 0, -1] - x[:, 0, 0], False


def motif(seed: int) -> Set:
    """White noise with a bump somewhere, up or down: neighbours agree little, only the order tells the class."""
    random = np.random.default_rng(seed)
    y, x = random.integers(0, 2, 150), random.normal(0, 0.3, (150, 1, 48))
    for i, start in enumerate(random.integers(0, 40, 150)):
        x[i, 0, start : start + 8] += np.array([0, 1, 2, 1, 0, -1, -2, -1]) * (1 if y[i] else -1)
    return x, y, False


def shuffle(made: Set, seed: int) -> Set:
    x, y, _ = made
    places = np.random.default_rng(seed).permutation(int(np.prod(x.shape[2:])))
    return x.reshape(*x.shape[:2], -1)[:, :, places].reshape(x.shape), y, False


def noise(seed: int) -> Set:
    random = np.random.default_rng(seed)
    return random.normal(size=(80, 1, 12)), random.integers(0, 2, 80), False


SETS = {
    "breast_cancer": (lambda seed: load("breast_cancer", 200, seed), "unsuited"),
    "wine": (lambda seed: load("wine", 178, seed), "unsuited"),
    "diabetes": (lambda seed: load("diabetes", 200, seed), "unsuited"),
    "permuted digits": (lambda seed: shuffle(load("digits", 200, seed), seed), "unsuited"),
    "digits": (lambda seed: load("digits", 200, seed), "suited"),
    "walk": (walk, "suited"),
    "motif": (motif, "suited"),
    "permuted motif": (lambda seed: shuffle(motif(seed), seed), "unsuited or unclear"),
    "noise": (noise, "unclear"),
}


@cache
def measured(name: str, seed: int) -> SuitResult:
    x, y, table = SETS[name][0](seed)
    wanted = y.astype(np.float64 if y.dtype.kind == "f" else np.int64)
    return measure_suit(x, wanted, table=table, seed=seed, drawn=FEW)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", SETS)
def test_verdicts(name: str, seed: int) -> None:
    result = measured(name, seed)
    assert result.verdict in SETS[name][1].split(" or "), result


@pytest.mark.parametrize("name", ["wine", "digits"])
def test_records_return_and_are_told(name: str) -> None:
    result = measured(name, 0)
    assert from_json(SuitResult, to_json(result)) == result
    rows = list_suit(result)
    assert len(rows) == 2 + len(result.permuted) + len(result.baselines)
    assert f"{result.score:.3f}" in rows[0][1]
    assert result.reason in tell_suit(result)
    assert f"{result.n} examples" in tell_agreement(result)


def test_same_arguments_same_figures() -> None:
    x, y, table = noise(3)
    first, second = (measure_suit(x, y.astype(np.int64), table=table, seed=1, drawn=FEW) for _ in range(2))
    assert dataclasses.replace(first, seconds=0.0) == dataclasses.replace(second, seconds=0.0)


def test_a_brief_look_trains_nothing_where_neighbours_agree() -> None:
    x, y, _ = walk(0)
    brief = measure_suit(x, y.astype(np.float64), brief=True)
    assert (brief.verdict, brief.score, brief.permuted, list_suit(brief)) == ("suited", None, (), [])
    x, y, _ = noise(0)
    assert measure_suit(x, y.astype(np.int64), brief=True, drawn=FEW).permuted


def test_missing_values_and_constant_columns_do_no_harm() -> None:
    x, y, _ = load("wine", 178, 0)
    x[::7, 0, 3], x[:, 0, 5] = np.nan, 2.0
    result = measure_suit(x, y.astype(np.int64), table=True, drawn=FEW)
    assert result.verdict == "unsuited"
    assert result.score is not None and result.score > 0.8


@pytest.mark.parametrize("spatial", [(7,), (5, 4)])
def test_orders_move_what_they_say(spatial: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    for order in list_orders(spatial):
        places = draw_order(order, spatial, random)
        assert sorted(places.tolist()) == list(range(int(np.prod(spatial))))
        if order in ("rows", "columns"):
            grid = places.reshape(spatial)
            axis = 0 if order == "rows" else 1
            across = grid // spatial[1] if axis == 0 else grid % spatial[1]
            assert (across == np.take(across, [0], 1 - axis)).all()
    near = draw_order("near", (1000,), random)
    assert np.abs(near - np.arange(1000)).max() < 12


def test_agreement_by_hand() -> None:
    """Three columns, the first two equal, the third independent: correlations 1 and about 0 side by side."""
    random = np.random.default_rng(0)
    first, other = random.normal(size=(2, 5000))
    x = np.stack([first, first, other], axis=1)[:, None]
    agreement = measure_agreement(x, random)
    assert agreement.neighbours == pytest.approx(0.5, abs=0.02)
    assert agreement.strangers == pytest.approx(1 / 3, abs=0.06)
    assert measure_agreement(np.ones((4, 1, 3)), random).neighbours == 0


def test_the_head_answers_folds_it_did_not_see() -> None:
    """A value that no feature tells cannot be answered, however many features there are; one that is a feature can."""
    random = np.random.default_rng(0)
    features = see(random.normal(size=(90, 1, 12)), random)
    folds = np.arange(90) % 3
    import torch

    strange = torch.from_numpy(random.normal(size=(90, 1)))
    assert float(((answer(features, strange, folds) - strange) ** 2).mean()) > 0.8 * float(strange.var())
    known = features[:, :1]
    assert float(((answer(features, known, folds) - known) ** 2).mean()) < 0.05 * float(known.var())


def test_arrays_are_tested_and_refused_with_what_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, _ = shuffle(load("digits", 250, 0), 0)
    catalogue = open_data(((x[:, 0] * 15).astype(np.uint8), y))
    assert is_doubtful(catalogue)
    result = try_catalogue(catalogue)
    assert result.n == int((catalogue.splits != "test").sum())
    with pytest.raises(UnsuitedError, match="in random orders") as caught:
        expect_suited("there", result)
    assert isinstance(caught.value, DataError)
    assert "--allow-unsuited" in caught.value.fix
    expect_suited("there", measured("digits", 0))
    expect_suited("there", measured("noise", 0))
