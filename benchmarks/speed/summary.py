"""Medians and bootstrap intervals of times and of ratios between times of the same round."""

from collections.abc import Sequence

import numpy as np

DRAWS = 10_000
SHARE = 0.95  # of the bootstrap's medians that the interval holds


def summarise(values: Sequence[float]) -> dict[str, float]:
    """Give median, 95 % bootstrap interval of the median (10,000 draws, seed 0), smallest value and number.

    >>> summarise([2.0, 2.0, 2.0])
    {'median': 2.0, 'low': 2.0, 'high': 2.0, 'least': 2.0, 'n': 3}
    """
    given = np.asarray(values, np.float64)
    drawn = np.random.default_rng(0).integers(len(given), size=(DRAWS, len(given)))
    medians = np.median(given[drawn], axis=1)
    low, high = np.quantile(medians, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return {
        "median": float(np.median(given)),
        "low": float(low),
        "high": float(high),
        "least": float(given.min()),
        "n": len(given),
    }


def ratio(slower: Sequence[float], faster: Sequence[float]) -> dict[str, float]:
    """Summarise slower[i] / faster[i] over the rounds i: times of one round saw the same state of the machine."""
    return summarise([a / b for a, b in zip(slower, faster, strict=True)])
