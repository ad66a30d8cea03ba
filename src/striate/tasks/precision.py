"""Average precision: how well scores put the examples of a class before all others, whatever the threshold."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def average_precision(scores: NDArray[np.floating], applies: NDArray[np.bool_], weights: Floats) -> Floats:
    """Give sum over thresholds of (rise in recall) x precision: scores and truth (n,), weights (R, n) -> (R,).

    Each weight says how often its example counts; equal scores share one threshold. Not-a-number where nothing
    applies. With weights of 1 it is scikit-learn's `average_precision_score`.

    >>> average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), np.ones((1, 3))).round(3).tolist()
    [0.833]
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))  # the last of each run of equal scores
    drawn = weights[:, order]
    hits, called = np.cumsum(drawn * applies[order], axis=1)[:, ends], np.cumsum(drawn, axis=1)[:, ends]
    rises = np.diff(hits, axis=1, prepend=0.0)
    precise = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
    total = hits[:, -1]
    found: Floats = np.divide((rises * precise).sum(1), total, out=np.full(len(total), np.nan), where=total > 0)
    return found
