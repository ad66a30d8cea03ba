"""Boxes and masks that follow their pictures into the letterbox, by the same geometry."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import VOID, Listing, Mask
from striate.kernels.letterbox import fit_size
from striate.kinds import TaskName

Size: TypeAlias = tuple[int, int]
Fit: TypeAlias = Callable[[int, Size], NDArray[Any]]
EMPTY = -1  # the class of rows that hold no box


def fit_boxes(boxes: NDArray[np.float64], original: Size, size: Size) -> NDArray[np.float32]:
    """Bring boxes (m, 5) of class, x0, y0, x1, y1 in pixels of a picture of size `original` into its letterbox.

    >>> fit_boxes(np.array([[2, 0, 0, 40, 20]]), (20, 40), (8, 8)).tolist()
    [[2.0, 0.0, 2.0, 8.0, 6.0]]
    """
    (height, width), (top, left) = _place(original, size)
    scale = np.array([width / original[1], height / original[0]] * 2)
    return np.column_stack([boxes[:, 0], boxes[:, 1:] * scale + (left, top, left, top)]).astype(np.float32)


def fit_mask(mask: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """Bring a mask (H, W) into the letterbox of its picture: (*size), the class at each pixel's centre, VOID around it.

    >>> fit_mask(np.array([[1, 2, 3, 4]], np.uint8), (4, 2)).tolist()
    [[255, 255], [2, 4], [255, 255], [255, 255]]
    """
    (height, width), (top, left) = _place(mask.shape, size)
    rows, columns = (
        ((np.arange(inner) + 0.5) * outer / inner).astype(np.int64)
        for inner, outer in zip((height, width), mask.shape, strict=True)
    )
    fitted = np.full(size, VOID, np.uint8)
    fitted[top : top + height, left : left + width] = mask[rows[:, None], columns]
    return fitted


def fit_all_boxes(listing: Listing, size: Size) -> Fit:
    """Give what fits the boxes of example i: (M, 5) float32, M those of the example that has most, empty rows last."""
    tables = cast("Sequence[NDArray[np.float64]]", listing.targets)
    most = max((len(table) for table in tables), default=0)

    def fit(i: int, original: Size) -> NDArray[np.float32]:
        rows = np.zeros((max(most, 1), 5), np.float32)
        rows[:, 0] = EMPTY
        rows[: len(tables[i])] = fit_boxes(tables[i], original, size)
        return rows

    return fit


def fit_all_masks(listing: Listing, size: Size) -> Fit:
    """Give what draws and fits the mask of example i: (*size) uint8; raises RefusedError for one that does not fit."""
    masks = cast("Sequence[Mask]", listing.targets)
    return lambda i, original: fit_mask(masks[i].draw(original), size)


def _place(original: tuple[int, ...], size: Size) -> tuple[Size, Size]:
    """Give (height, width) and (top, left) of a picture within its letterbox, as `letterbox` has them."""
    height, width = (original[0], original[1]) if tuple(original) == size else fit_size(original, size)
    return (height, width), ((size[0] - height) // 2, (size[1] - width) // 2)


FITS: dict[TaskName, Callable[[Listing, Size], Fit]] = {"detection": fit_all_boxes, "segmentation": fit_all_masks}
"""By task, how targets follow their pictures: given a listing and the pictures' new (height, width), a function that
gives the target of example i, once its picture is known to be whole, from the original's (height, width). All have one
shape and type; what raises RefusedError is refused with its picture. Several threads call it."""
