"""Regions against regions: which class each pixel is and is called, and the shares of overlap that follow from it."""

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import VOID
from striate.tasks.known import divide

Floats = NDArray[np.float64]
Masks = NDArray[np.uint8]


def count_pixels(answers: Masks, truth: Masks, n_classes: int) -> NDArray[np.int64]:
    """Count each picture's pixels by what they are and what they are called: (N, H, W) twice -> (N, K truth, K answer).

    Pixels whose truth is VOID are left out.

    >>> count_pixels(np.array([[[0, 1, 1]]], np.uint8), np.array([[[0, 0, 255]]], np.uint8), 2).tolist()
    [[[1, 1], [0, 0]]]
    """
    cells = truth.reshape(len(truth), -1).astype(np.int64) * n_classes + answers.reshape(len(truth), -1)
    void = truth.reshape(len(truth), -1) == VOID
    counts = [np.bincount(row[~out], minlength=n_classes**2) for row, out in zip(cells, void, strict=True)]
    return np.array(counts, np.int64).reshape(-1, n_classes, n_classes)


def dice(counts: NDArray[np.floating | np.integer]) -> Floats:
    """Give 2 |A and B| / (|A| + |B|) a class: (..., K, K) -> (..., K); not-a-number where a class is on neither side.

    Source: Dice 1945; the F1 of pixels.

    >>> dice(np.array([[3, 1], [1, 3]])).tolist()
    [0.75, 0.75]
    """
    both, either = _overlap(counts)
    return divide(2 * both, either)


def intersection_over_union(counts: NDArray[np.floating | np.integer]) -> Floats:
    """Give |A and B| / |A or B| a class: (..., K, K) -> (..., K); not-a-number as in `dice`.

    Source: Jaccard 1912; Everingham et al. 2010, section 4.3.

    >>> intersection_over_union(np.array([[3, 1], [1, 3]])).tolist()
    [0.6, 0.6]
    """
    both, either = _overlap(counts)
    return divide(both, either - both)


def pixel_accuracy(counts: NDArray[np.floating | np.integer]) -> Floats:
    """Give the share of pixels that are called what they are: (..., K, K) -> (...)."""
    right = np.diagonal(counts, axis1=-2, axis2=-1).sum(-1)
    return divide(np.asarray(right, np.float64), np.asarray(counts.sum((-2, -1)), np.float64))


def _overlap(counts: NDArray[np.floating | np.integer]) -> tuple[Floats, Floats]:
    both = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    return both, (counts.sum(-1) + counts.sum(-2)).astype(np.float64)
