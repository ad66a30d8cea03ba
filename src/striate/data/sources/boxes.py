"""Boxes as sources write them, checked: what is kept is in order, within its picture and has an area."""

import math

from striate.data.sources.outlines import Box
from striate.data.sources.remarks import Remarks

ROUNDING = 0.5  # pixels by which a box may stick out without a word: formats round to whole pixels

NO_NUMBERS = "boxes with a number that is none, left out"
NO_AREA = "boxes without area, left out"
OUTSIDE = "boxes wholly outside of their picture, left out"
REVERSED = "boxes with corners in reversed order, put in order"
CLIPPED = "boxes that stick out of their picture, clipped"
TWICE = "boxes given twice in a picture, counted once"


def check_box(box: Box, size: tuple[int, int], name: str, remarks: Remarks) -> Box | None:
    """Give a box x0, y0, x1, y1 in order and within a picture of `size` (height, width); None when none is left.

    What is done to it is said in `remarks`, of `name`.

    >>> check_box((5.0, 0.0, 1.0, 3.0), (4, 4), "a", Remarks())
    (1.0, 0.0, 4.0, 3.0)
    """
    if not all(map(math.isfinite, box)):
        remarks.add(NO_NUMBERS, name)
        return None
    x0, y0, x1, y1 = box
    if x0 == x1 or y0 == y1:
        remarks.add(NO_AREA, name)
        return None
    if x0 > x1 or y0 > y1:
        remarks.add(REVERSED, name)
        x0, y0, x1, y1 = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    height, width = size
    if x0 >= width or y0 >= height or x1 <= 0 or y1 <= 0:
        remarks.add(OUTSIDE, name)
        return None
    if min(x0, y0, width - x1, height - y1) < -ROUNDING:
        remarks.add(CLIPPED, name)
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))


def show_box(label: str, box: Box) -> str:
    """Name an object by its class and corners.

    >>> show_box("cell", (1.0, 2.5, 3.0, 4.0))
    'cell (1, 2.5, 3, 4)'
    """
    return f"{label} ({', '.join(f'{side:.6g}' for side in box)})"
