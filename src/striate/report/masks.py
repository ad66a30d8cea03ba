"""Pictures under their regions: each class in a colour of its own, its outline full, the rest dimmed."""

import base64
import colorsys
import io

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from striate.report.picture import PREFIX, data_uri

# Okabe and Ito 2008, apart for every kind of colour blindness; black, which no dark picture shows, is left out
COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
GOLDEN = 0.618  # of the circle of colours from one class to the next, once those are used up
VOID = (127, 127, 127)
TINT = 0.35  # of a region's colour inside it


def choose_colour(index: int) -> tuple[int, int, int]:
    """Give the colour (red, green, blue) of class `index` from 1 on; class 0, the background, has none.

    >>> choose_colour(1), choose_colour(9) == choose_colour(8)
    ((230, 159, 0), False)
    """
    if index <= len(COLOURS):
        return COLOURS[index - 1]
    red, green, blue = colorsys.hls_to_rgb(index * GOLDEN % 1, 0.55, 0.8)
    return round(255 * red), round(255 * green), round(255 * blue)


def index_uri(mask: NDArray[np.uint8]) -> str:
    """Write a mask (H, W) whole as a PNG data URI whose values are the classes and whose palette is their colours."""
    image = Image.fromarray(mask)
    image.putpalette([part for k in range(256) for part in (choose_colour(k) if k else (0, 0, 0))])
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return PREFIX + base64.b64encode(file.getvalue()).decode("ascii")


def mask_uri(picture: ArrayLike, mask: ArrayLike, *, void: int) -> str:
    """Draw `paint` as a PNG data URI."""
    return data_uri(paint(picture, mask, void=void))


def paint(picture: ArrayLike, mask: ArrayLike, *, void: int) -> NDArray[np.uint8]:
    """Lay the classes of a mask (H, W) over a picture (C, H, W) uint8, `void` in grey: (3, H, W) uint8.

    Class 0 stays as it is.
    """
    regions = np.asarray(mask)
    grey = np.asarray(picture, np.float64)
    drawn = np.broadcast_to(grey, (3, *grey.shape[1:])).transpose(1, 2, 0).copy()  # (H, W, 3)
    edges = _edges(regions)
    for k in np.unique(regions[regions > 0]).tolist():
        colour, inside = np.array(VOID if k == void else choose_colour(k), np.float64), regions == k
        drawn[inside] += TINT * (colour - drawn[inside])
        drawn[inside & edges] = colour
    return np.rint(drawn).astype(np.uint8).transpose(2, 0, 1)


def _edges(regions: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Mark pixels with a neighbour of another class to the right, to the left, above or below."""
    edges = np.zeros(regions.shape, np.bool_)
    down, right = regions[1:] != regions[:-1], regions[:, 1:] != regions[:, :-1]
    edges[1:] |= down
    edges[:-1] |= down
    edges[:, 1:] |= right
    edges[:, :-1] |= right
    return edges
