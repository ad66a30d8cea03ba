"""Masks that follow their pictures into the letterbox, by the same geometry."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import VOID
from striate.kernels.letterbox import fit_size

Size: TypeAlias = tuple[int, int]


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


def _place(original: tuple[int, ...], size: Size) -> tuple[Size, Size]:
    """Give (height, width) and (top, left) of a picture within its letterbox, as `letterbox` has them."""
    height, width = (original[0], original[1]) if tuple(original) == size else fit_size(original, size)
    return (height, width), ((size[0] - height) // 2, (size[1] - width) // 2)
