"""From the letterboxed picture that a network sees back to the picture as it was."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from striate.kernels.letterbox import fit_size

Floats = NDArray[np.float64]


def to_original(boxes: NDArray[np.floating], sizes: Sequence[Sequence[int]], size: tuple[int, int]) -> Floats:
    """Bring boxes (N, M, 4), x0, y0, x1, y1 in pixels of pictures letterboxed to `size` (H, W), to their originals.

    `sizes` are the (height, width) of the N originals, at whose borders boxes are cut.

    >>> to_original(np.array([[[0.0, 25, 100, 75]]]), [(100, 200)], (100, 100)).tolist()
    [[[0.0, 0.0, 200.0, 100.0]]]
    """
    moved = np.array(boxes, np.float64)
    for rows, (height, width) in zip(moved, sizes, strict=True):
        inner = fit_size((height, width), size)
        down, across = ((outer - part) // 2 for outer, part in zip(size, inner, strict=True))
        for axis, offset, factor, most in ((0, across, width / inner[1], width), (1, down, height / inner[0], height)):
            rows[:, axis::2] = np.clip((rows[:, axis::2] - offset) * factor, 0, most)
    return moved
