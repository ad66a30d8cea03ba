"""How well outlines meet: overlap forgives a large region a ragged edge, an outline does not."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from striate.data.listing import VOID

TOLERANCE = 0.0075  # of the picture's diagonal
Masks = NDArray[np.uint8]


def match_boundaries(answers: Masks, truth: Masks, n_classes: int) -> NDArray[np.float64]:
    """Give the boundary F1 of each class in each picture: (N, H, W) twice -> (N, K); not-a-number where both have none.

    Precision is the share of the answer's boundary within 0.75 % of the diagonal (a pixel at least) from the truth's,
    recall the share of the truth's that near the answer's; F1 = 2 P R / (P + R). An edge that only void pixels or the
    frame make is none.
    Source: Csurka, Larlus and Perronnin 2013, "What is a good evaluation measure for semantic segmentation?",
    section 3.2.
    """
    reach = max(1.0, TOLERANCE * math.hypot(*truth.shape[1:]))
    scores = [
        [_match(answer == k, true == k, true == VOID, reach) for k in range(n_classes)]
        for answer, true in zip(answers, truth, strict=True)
    ]
    return np.array(scores, np.float64).reshape(len(truth), n_classes)


def find_boundary(region: NDArray[np.bool_], void: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the pixels (H, W) of a region that touch a counted pixel outside it, by a side."""
    beside: NDArray[np.bool_] = ndimage.binary_dilation(~region & ~void)
    return region & ~void & beside


def _match(answer: NDArray[np.bool_], truth: NDArray[np.bool_], void: NDArray[np.bool_], reach: float) -> float:
    found, wanted = find_boundary(answer, void), find_boundary(truth, void)
    if not found.any() or not wanted.any():
        return 0.0 if found.any() or wanted.any() else math.nan
    precision = float((ndimage.distance_transform_edt(~wanted)[found] <= reach).mean())
    recall = float((ndimage.distance_transform_edt(~found)[wanted] <= reach).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
