"""A picture as text that an HTML file can hold."""

import base64
import io

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from striate.errors import ShapeError
from striate.records import KernelCourse, KernelSnapshot

LARGEST = 160  # pixels of the longer side; a report of large pictures stays small
ZERO, CELL, ROW = 128, 18, 8  # of drawn kernels: the grey of 0, pixels of one at most, how many in a row
PREFIX = "data:image/png;base64,"


def data_uri(picture: ArrayLike, *, largest: int = LARGEST) -> str:
    """Write a uint8 picture (C, H, W), grey (C = 1) or RGB (C = 3), as a PNG data URI; same pixels, same text.

    Small pictures keep their pixels (CSS scales them), those whose longer side has more than `largest` pixels are
    reduced to that.
    Raises ShapeError for anything else.

    >>> data_uri(np.zeros((1, 2, 2), np.uint8))[:30]
    'data:image/png;base64,iVBORw0K'
    """
    pixels = np.asarray(picture)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[0] not in (1, 3) or 0 in pixels.shape:
        raise ShapeError(
            "a picture must be uint8 (C, H, W) with 1 or 3 channels",
            got=f"{pixels.dtype} {pixels.shape}",
            fix="give grey or RGB pixels in 0..255",
        )
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0)))
    image.thumbnail((largest, largest), Image.Resampling.BOX)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return PREFIX + base64.b64encode(file.getvalue()).decode("ascii")


def kernel_uri(course: KernelCourse, snapshot: KernelSnapshot) -> str:
    """Draw the kernels of one moment side by side, eight a row, as a PNG data URI.

    Grey is 0; the scale is that of the largest magnitude over all snapshots, so that growth is seen.
    """
    features, channels, height, width = course.shape
    largest = max(one.largest for one in course.snapshots) or 1.0
    steps = np.array(snapshot.values, np.float64).reshape(course.shape) * (snapshot.largest / largest)
    pixels = np.clip(ZERO + np.rint(steps), 0, 255).astype(np.uint8)
    times = max(1, CELL // max(height, width))
    large = pixels.repeat(times, 2).repeat(times, 3)  # (F, C, times * h, times * w)
    rows = -(-features // ROW)
    framed = np.zeros((rows * ROW, channels, large.shape[2] + 1, large.shape[3] + 1), np.uint8)
    framed[:features, :, :-1, :-1] = large
    tall = framed.reshape(rows, ROW, *framed.shape[1:]).transpose(2, 0, 3, 1, 4)  # (C, rows, h, ROW, w)
    sheet = tall.reshape(channels, rows * framed.shape[2], ROW * framed.shape[3])
    return data_uri(sheet[:, :-1, : min(features, ROW) * framed.shape[3] - 1])
