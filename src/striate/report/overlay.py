"""Maps of numbers as small pictures for an HTML file: on the scale of colours, or laid over a picture."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from striate.report.colour import BLUE, ORANGE, WHITE
from striate.report.picture import data_uri

DIMMED = 0.35  # how much of the picture is left where a map says nothing


def map_uri(rows: ArrayLike, largest: float) -> str:
    """Draw (H, W) numbers on the diverging scale that is full at +-`largest`, as a PNG data URI."""
    share = np.clip(np.asarray(rows, np.float64) / (largest or 1.0), -1, 1)[..., None]
    ends = np.where(share > 0, np.array(ORANGE), np.array(BLUE))
    colours = np.array(WHITE) + np.abs(share) * (ends - np.array(WHITE))
    return data_uri(_channels_first(colours))


def overlay_uri(picture: ArrayLike, rows: ArrayLike, *, failed: bool) -> str:
    """Give `overlay` as a PNG data URI."""
    return data_uri(overlay(picture, rows, failed=failed))


def overlay(picture: ArrayLike, rows: ArrayLike, *, failed: bool) -> NDArray[np.uint8]:
    """Lay a map (H, W) over the picture (C, H, W) uint8: bright and orange where it is large, grey where it failed.

    Gives (3, H, W) uint8.
    """
    grey = np.asarray(picture, np.float64).mean(0)
    heights = np.asarray(rows, np.float64)
    low, high = float(heights.min()), float(heights.max())
    share = (heights - low) / (high - low) if high > low else np.zeros_like(heights)
    hue = np.array(WHITE if failed else ORANGE, np.float64)
    base = (DIMMED + (1 - DIMMED) * share)[..., None] * grey[..., None]
    return _channels_first(base + 0.6 * share[..., None] * (hue - base))


def _channels_first(colours: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(np.clip(colours, 0, 255)).astype(np.uint8).transpose(2, 0, 1)
