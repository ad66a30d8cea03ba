"""Outlines of objects as sources write them, polygons or runs of pixels, and the masks that are drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.faults import MAX_PIXELS, RefusedError
from striate.data.listing import VOID

Box: TypeAlias = tuple[float, float, float, float]
LARGEST = 1e9  # of a coordinate or count, in pixels
LEAST_AREA = 1e-12  # of a polygon, twice, in pixels or shares of a picture


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Polygons:
    """An object of one or more parts, each a polygon (m, 2) of points (x, y): in pixels, edges counted from 0, or in
    shares of the picture until it is `scale`d.
    """

    parts: tuple[NDArray[np.float64], ...]

    def fill(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """Tell which pixels (H, W) belong to it: those whose centre is in any part."""
        inside = np.zeros(size, np.bool_)
        for part in self.parts:
            inside |= fill_polygon(part, size)
        return inside

    def box(self) -> Box:
        """Give x0, y0, x1, y1 of all parts."""
        points = np.concatenate(self.parts)
        (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return x0, y0, x1, y1

    def scale(self, size: tuple[int, int]) -> "Polygons":
        """Bring shares of a picture of `size` (height, width) to its pixels."""
        return Polygons(parts=tuple(part * (size[1], size[0]) for part in self.parts))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Runs:
    """An object as COCO's runs of pixels: `counts` go down the columns of a picture of `size` (height, width) and are
    in turn outside and inside of it.
    """

    size: tuple[int, int]
    counts: tuple[int, ...]

    def fill(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """Tell which pixels (H, W) belong to it; raises RefusedError when the runs are of another picture."""
        if size != self.size or sum(self.counts) != size[0] * size[1]:
            raise RefusedError(
                f"has runs of {sum(self.counts)} pixels for {self.size[1]}x{self.size[0]}, but measures "
                f"{size[1]}x{size[0]}"
            )
        inside = np.arange(len(self.counts)) % 2 == 1
        return np.repeat(inside, self.counts).reshape(size[1], size[0]).T

    def box(self) -> Box:
        """Give x0, y0, x1, y1 of the pixels inside; all 0 where there are none."""
        height = self.size[0]
        edges = np.cumsum(self.counts)
        start, end = edges[:-1:2], edges[1::2]
        first, last = start[end > start], end[end > start] - 1  # pixels of runs inside
        if not len(first):
            return 0.0, 0.0, 0.0, 0.0
        x0, x1 = int(first.min()) // height, int(last.max()) // height + 1
        if (first // height != last // height).any():  # a run that goes on in the next column
            return float(x0), 0.0, float(x1), float(height)
        return float(x0), float((first % height).min()), float(x1), float((last % height).max() + 1)


Outline: TypeAlias = Polygons | Runs


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DrawnMask:
    """A mask of objects laid over a background of class 0, in order: later objects over earlier ones.

    `regions` are classes with outlines, or with boxes, which only say that something is inside: class VOID.
    """

    regions: tuple[tuple[int, Outline | Box], ...]

    def draw(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Give the class of each pixel (H, W); raises RefusedError for runs of a picture of another size."""
        mask = np.zeros(size, np.uint8)
        for place, region in self.regions:
            if isinstance(region, tuple):
                x0, y0, x1, y1 = region
                mask[_first(y0) : _first(y1), _first(x0) : _first(x1)] = VOID
            else:
                mask[region.fill(size)] = place
        return mask


def fill_polygon(points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell which pixels (H, W) have their centre within a polygon (m, 2) of (x, y), by the even-odd rule.

    Each edge flips, in the rows whose centres it crosses, every pixel to its right.

    >>> fill_polygon(np.array([[1.0, 0], [3, 0], [3, 2], [1, 2]]), (2, 4)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    filled = np.zeros(size, np.bool_)
    x0, y0 = points.T
    x1, y1 = np.roll(points, -1, axis=0).T
    low, high = np.minimum(y0, y1), np.maximum(y0, y1)
    start, end = (np.ceil(side - 0.5).clip(0, size[0]).astype(np.int64) for side in (low, high))  # rows crossed
    lengths = end - start
    if not lengths.any():
        return filled
    edge = np.repeat(np.arange(len(points)), lengths)  # one entry an edge and row
    row = np.arange(len(edge)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + start[edge]
    x = x0[edge] + (row + 0.5 - y0[edge]) / (y1 - y0)[edge] * (x1 - x0)[edge]
    column = np.ceil(x - 0.5).clip(0, size[1]).astype(np.int64)
    (top, left), (height, width) = (row.min(), column.min()), (np.ptp(row) + 1, np.ptp(column) + 1)
    flips = np.bincount((row - top) * width + column - left, minlength=height * width).reshape(height, width)
    filled[top : top + height, left : left + width] = (np.cumsum(flips, axis=1) % 2)[:, : size[1] - left]
    return filled


def unpack_runs(text: str) -> tuple[int, ...]:
    """Read COCO's compressed runs; raises ValueError for text that is none.

    Each count is written in characters of 5 bits from "0" on, lowest first, the 6th bit saying that more follow; from
    the third on, less the count before the last (pycocotools, maskApi.c, rleFrString).

    >>> unpack_runs("52203")
    (5, 2, 2, 2, 5)
    """
    counts: list[int] = []
    value, shift = 0, 0
    for letter in text:
        code = ord(letter) - 48
        if not 0 <= code < 64 or shift > 50:
            raise ValueError(f"runs hold {letter!r}")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:  # the sign
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value, shift = 0, 0
    if shift or any(count < 0 for count in counts):
        raise ValueError("runs are cut off or negative")
    return tuple(counts)


def make_polygon(numbers: Sequence[object]) -> NDArray[np.float64]:
    """Make a polygon (m, 2) of numbers x, y, x, y, ...; raises ValueError where it is none or has no area."""
    flat = [to_number(item) for item in numbers]
    if len(flat) < 6 or len(flat) % 2:
        raise ValueError(f"{len(flat)} numbers, which are not three points or more")
    points = np.array(flat).reshape(-1, 2)
    x, y = (points - points[0]).T
    if abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) < LEAST_AREA:
        raise ValueError("no area")
    return points


def make_runs(size: object, counts: object) -> Runs:
    """Make runs of their size (height, width) and counts, a list or compressed text; raises ValueError for others."""
    if not isinstance(size, list) or len(size) != 2:
        raise ValueError(f"runs of size {size!r:.20}")
    height, width = map(_whole, size)
    numbers = (
        unpack_runs(counts)
        if isinstance(counts, str)
        else tuple(map(_whole, counts if isinstance(counts, list) else ()))
    )
    if height * width > MAX_PIXELS or sum(numbers) != height * width:
        raise ValueError(f"runs of {sum(numbers)} pixels for {width}x{height}")
    return Runs(size=(height, width), counts=numbers)


def to_number(item: object) -> float:
    """Give a finite number that a file holds; raises ValueError for what is none."""
    if isinstance(item, bool) or not isinstance(item, int | float) or not abs(item) < LARGEST:
        raise ValueError(f"{item!r:.20} for a number")
    return float(item)


def _whole(item: object) -> int:
    if isinstance(item, bool) or not isinstance(item, int) or not 0 <= item < LARGEST:
        raise ValueError(f"{item!r:.20} for a count of pixels")
    return item


def _first(side: float) -> int:
    """Give the first pixel whose centre is not before `side`."""
    return max(0, int(np.ceil(side - 0.5)))
