"""The intervals of any figures: examples drawn with replacement, over and over, by weights that count them."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from striate.records import Interval

RESAMPLES, FEWER = 1000, 200
MANY = 20_000  # examples from which the fewer resamples tell as much
CHUNK = 1 << 22  # weights held at a time
Floats = NDArray[np.float64]


def bootstrap(measure: Callable[[Floats], Floats], n: int, *, seed: int = 0) -> Interval:
    """Give the one figure that `measure` makes, (R,) of weights (R, n), with its interval; see `bootstrap_all`.

    >>> bootstrap(lambda weights: weights @ np.arange(4.0) / 4, 4).value
    1.5
    """
    return bootstrap_all(lambda weights: measure(weights)[:, None], n, seed=seed)[0]


def bootstrap_all(measure: Callable[[Floats], Floats], n: int, *, seed: int = 0) -> tuple[Interval, ...]:
    """Give M figures of n examples, each with the 2.5 % and 97.5 % points of its seeded resamples.

    `measure` gives (R, M) figures for weights (R, n): how often each example was drawn, all 1 for the figures
    themselves. A resample in which a figure is not-a-number does not count for it.
    Source: Efron and Tibshirani 1993, chapter 13.
    """
    values = measure(np.ones((1, n)))[0]  # (M,)
    drawn = np.concatenate([measure(weights) for weights in draw_weights(n, seed=seed)])  # (R, M)
    return tuple(_bound(value, column, n) for value, column in zip(values.tolist(), drawn.T, strict=True))


def draw_weights(n: int, *, seed: int) -> Iterator[Floats]:
    """Yield weights (r, n) of resamples, each row adding up to n: 1,000 rows in all, 200 of many examples."""
    rng, rows = np.random.default_rng(seed), FEWER if n > MANY else RESAMPLES
    for part in np.array_split(np.arange(rows), min(rows, 1 + rows * n // CHUNK)):
        cells = rng.integers(0, n, (len(part), n)) + n * np.arange(len(part))[:, None]
        yield np.bincount(cells.ravel(), minlength=len(part) * n).reshape(len(part), n).astype(np.float64)


def _bound(value: float, drawn: Floats, n: int) -> Interval:
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known, [0.025, 0.975]).tolist() if len(known) else (value, value)
    return Interval(value=value, low=min(low, value), high=max(high, value), n=n)
