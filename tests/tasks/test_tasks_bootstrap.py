"""Intervals by drawing examples again: seeded, about as wide as theory says, and holding the truth as often."""

import numpy as np
import pytest

from striate.tasks.bootstrap import MANY, bootstrap, bootstrap_all, draw_weights


@pytest.mark.parametrize("n", [1, 7, 5000, MANY + 1])
def test_each_resample_has_as_many_examples(n: int) -> None:
    drawn = list(draw_weights(n, seed=0))
    assert sum(map(len, drawn)) == (1000 if n <= MANY else 200)
    assert all((weights.sum(1) == n).all() and (weights >= 0).all() for weights in drawn)


def test_width_is_that_of_theory() -> None:
    values = np.random.default_rng(0).normal(size=400)
    found = bootstrap(lambda weights: weights @ values / 400, 400)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert found == bootstrap(lambda weights: weights @ values / 400, 400)
    assert found != bootstrap(lambda weights: weights @ values / 400, 400, seed=1)


def test_interval_holds_the_truth() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        values = rng.exponential(size=100)
        found = bootstrap(lambda weights, values=values: weights @ values / 100, 100)
        held += found.low <= 1 <= found.high
    assert 87 <= held <= 99


def test_resamples_without_a_number_do_not_count() -> None:
    """One example alone has what the figure is about: a third of all resamples miss it."""
    there = np.array([1.0, 0, 0])

    def measure(weights: np.ndarray) -> np.ndarray:
        return np.stack([np.where(weights @ there > 0, 2.0, np.nan), weights.sum(1)], axis=1)

    rare, all_of_them = bootstrap_all(measure, 3)
    assert (rare.value, rare.low, rare.high) == (2, 2, 2)
    assert (all_of_them.low, all_of_them.high) == (3, 3)
    nothing = bootstrap(lambda weights: np.full(len(weights), np.nan), 3)
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
