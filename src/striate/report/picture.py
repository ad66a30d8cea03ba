"""A picture as text that an HTML file can hold."""

import base64
import io

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from striate.errors import ShapeError

LARGEST = 160  # pixels of the longer side; a report of large pictures stays small
PREFIX = "data:image/png;base64,"


def data_uri(picture: ArrayLike) -> str:
    """Write a uint8 picture (C, H, W), grey (C = 1) or RGB (C = 3), as a PNG data URI; same pixels, same text.

    Small pictures keep their pixels (CSS scales them), larger ones are reduced to 160 pixels on the longer side.
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
    image.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return PREFIX + base64.b64encode(file.getvalue()).decode("ascii")
