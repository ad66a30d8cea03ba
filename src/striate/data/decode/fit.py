"""Which one size all pictures of a source get, and bringing them to it."""

import numpy as np
import torch
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.kernels.letterbox import letterbox

SQUARES = (32, 48, 64, 96)  # sides in pixels to choose from
AS_IS = 128  # pictures of one size stay as they are up to this longest side, in pixels
MAX_SIDE = 4096  # of a size asked for, in pixels
CHUNK = 1024  # pictures scaled at once


def choose_size(sizes: NDArray[np.int32], asked: int | tuple[int, int] | None = None) -> tuple[int, int]:
    """Choose (height, width) for pictures of `sizes` (N, 2): what was asked, else their own, else a square.

    Pictures of one common size up to 128 keep it; otherwise the square is the largest of 32, 48, 64, 96 that is not
    above the median shorter side (32 at least). Raises UsageError for a size below 1 or above 4096.

    >>> choose_size(np.array([[480, 640], [70, 90], [300, 200]], np.int32))
    (96, 96)
    """
    if asked is not None:
        return _checked(asked)
    if len(sizes) and (sizes == sizes[0]).all() and sizes[0].max() <= AS_IS:
        return int(sizes[0, 0]), int(sizes[0, 1])
    shorter = float(np.median(sizes.min(axis=1))) if len(sizes) else 0.0
    side = max((side for side in SQUARES if side <= shorter), default=SQUARES[0])
    return side, side


def fit(pictures: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Letterbox pictures (N, C, H, W) to (N, C, *size)."""
    if pictures.shape[2:] == size:
        return pictures
    out = np.empty((*pictures.shape[:2], *size), np.uint8)
    for start in range(0, len(pictures), CHUNK):
        part = torch.from_numpy(np.array(pictures[start : start + CHUNK]))  # a copy: the source may be read-only
        out[start : start + CHUNK] = letterbox(part, size).numpy()
    return out


def describe(size: tuple[int, int]) -> str:
    """Say what is done to a picture that has another size."""
    return f"scaled and letterboxed with black to {size[0]}x{size[1]}"


def _checked(asked: int | tuple[int, int]) -> tuple[int, int]:
    height, width = (asked, asked) if isinstance(asked, int) else asked
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise UsageError(
            f"a size is one or two whole numbers of pixels from 1 to {MAX_SIDE}", got=f"{asked}", fix="try 64"
        )
    return height, width
