"""Figures that may be no number, such as the overlap of a class that does not occur: divided and averaged as such."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def divide(part: Floats, whole: Floats) -> Floats:
    """Give part / whole; not-a-number where the whole is not above 0.

    >>> divide(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    divided: Floats = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)
    return divided


def mean_known(values: Floats) -> Floats:
    """Take the mean over the last axis of what is a number; not-a-number where nothing is.

    >>> mean_known(np.array([[1.0, np.nan, 3.0], [np.nan] * 3])).tolist()
    [2.0, nan]
    """
    known = np.isfinite(values)
    return divide(np.asarray(np.where(known, values, 0.0).sum(-1)), np.asarray(known.sum(-1), np.float64))


def average_known(weights: Floats, values: Floats) -> Floats:
    """Take the means of values (N, K) that are numbers by weights (R, N): (R, K)."""
    known = np.isfinite(values)
    return divide(weights @ np.where(known, values, 0.0), weights @ known.astype(np.float64))
