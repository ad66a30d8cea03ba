"""Which one size all pictures of a source get, and bringing them to it."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.kernels.letterbox import letterbox
from striate.kinds import TaskName

SQUARES = (32, 48, 64, 96)  # sides in pixels to choose from
AS_IS = 128  # pictures of one size stay as they are up to this longest side, in pixels
MAX_SIDE = 4096  # of a size asked for, in pixels
STEP = 32  # pixels that both sides are multiples of where a place in the picture matters
LONGEST: dict[TaskName, int] = {"detection": 320, "segmentation": 256}  # side in pixels
ALIKE = 0.2  # by which logarithms of aspects may differ from the middle one, about a fifth
CHUNK = 1024  # pictures scaled at once


def choose_size(
    sizes: NDArray[np.int32], asked: int | tuple[int, int] | None = None, *, task: TaskName = "classification"
) -> tuple[int, int]:
    """Choose (height, width) for pictures of `sizes` (N, 2): what was asked, else what suits the task.

    For detection and segmentation the shape that most pictures have, the longer side up to 320 or 256, both multiples
    of 32. Else pictures of one common size up to 128 keep it, and others become a square, the largest of 32, 48, 64, 96
    that is not above the median shorter side (32 at least). Raises UsageError for a size below 1 or above 4096, and
    for detection for one that is no multiple of 32.

    >>> choose_size(np.array([[480, 640], [70, 90], [300, 200]], np.int32))
    (96, 96)
    >>> choose_size(np.array([[480, 640], [480, 640], [300, 200]], np.int32), task="detection")
    (256, 320)
    """
    if asked is not None:
        return _checked(asked, task)
    if task in LONGEST:
        return _keep_aspect(sizes, LONGEST[task])
    if len(sizes) and (sizes == sizes[0]).all() and sizes[0].max() <= AS_IS:
        return int(sizes[0, 0]), int(sizes[0, 1])
    shorter = float(np.median(sizes.min(axis=1))) if len(sizes) else 0.0
    side = max((side for side in SQUARES if side <= shorter), default=SQUARES[0])
    return side, side


def _keep_aspect(sizes: NDArray[np.int32], longest: int) -> tuple[int, int]:
    """Choose multiples of STEP with the aspect of the middle picture, if half of them are nearly so; else a square."""
    if not len(sizes):
        return longest, longest
    aspects = np.log(sizes[:, 0] / sizes[:, 1])  # of height to width
    aspect = float(np.median(aspects))
    if (np.abs(aspects - aspect) > ALIKE).mean() > 0.5:
        aspect = 0.0
    long = min(longest, _round(float(np.median(sizes.max(axis=1)))))
    short = _round(long * math.exp(-abs(aspect)))
    return (long, short) if aspect > 0 else (short, long)


def _round(side: float) -> int:
    """Give the nearest multiple of STEP, halves rounded up, at least one STEP."""
    return max(STEP, STEP * math.floor(side / STEP + 0.5))


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


def _checked(asked: int | tuple[int, int], task: TaskName) -> tuple[int, int]:
    height, width = (asked, asked) if isinstance(asked, int) else asked
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise UsageError(
            f"a size is one or two whole numbers of pixels from 1 to {MAX_SIDE}", got=f"{asked}", fix="try 64"
        )
    if task == "detection" and (height % STEP or width % STEP):
        near = f"{_round(height)}" if isinstance(asked, int) else f"{_round(height)}x{_round(width)}"
        raise UsageError(
            f"a size for detection is a multiple of {STEP} pixels, the coarsest grid of boxes",
            got=f"{asked}",
            fix=f"try {near}",
        )
    return height, width
