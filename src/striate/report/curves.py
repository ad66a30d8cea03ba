"""A signal as a small picture: a curve a channel, one under the other."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

WIDTH, LANE = 160, 26  # pixels of a picture, and of the height that each channel gets
MOST = 6  # channels drawn: the first ones
MARGIN = 2  # pixels that stay white above and below a curve
FINE = 8  # places a column at which a curve is looked at
INK, PAPER = 40, 255  # greys


def draw_curves(signal: ArrayLike) -> NDArray[np.uint8]:
    """Draw a signal (C, T), not-a-number where there is no value, as (1, H, W) uint8, dark on white.

    Each channel fills its lane from its least to its largest value; a column is inked over all that the curve, straight
    between moments, passes there.

    >>> draw_curves([[0.0, 1.0], [5.0, float("nan")]]).shape
    (1, 52, 160)
    """
    channels = np.asarray(signal, np.float64)[:MOST]
    return np.concatenate([_draw_lane(channel) for channel in channels])[None]


def _draw_lane(channel: NDArray[np.float64]) -> NDArray[np.uint8]:
    lane = np.full((LANE, WIDTH), PAPER, np.uint8)
    if np.isnan(channel).all():
        return lane
    low, high = np.nanmin(channel), np.nanmax(channel)
    share = (channel - low) / (high - low) if high > low else 0 * channel + 0.5
    fine = max(WIDTH * FINE, len(channel))
    places = np.linspace(0, len(channel) - 1, fine)
    curve = np.interp(places, np.arange(len(channel)), np.nan_to_num(share))
    gone = np.isnan(share[np.rint(places).astype(np.int64)])
    rows = MARGIN + (1 - curve) * (LANE - 1 - 2 * MARGIN)
    top, bottom = np.where(gone, np.inf, rows), np.where(gone, -np.inf, rows)
    starts = np.arange(WIDTH) * fine // WIDTH
    first = np.rint(np.minimum.reduceat(top, starts))
    last = np.rint(np.maximum.reduceat(bottom, starts))
    row = np.arange(LANE)[:, None]
    lane[(row >= first) & (row <= last)] = INK
    return lane
