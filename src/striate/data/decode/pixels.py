"""Numbers of any layout and range to uint8 pictures (N, C, H, W), by rules that are stated and never guessed."""

import numpy as np
from numpy.typing import NDArray

from striate.errors import DataError

CHANNELS = (1, 3, 4)  # grey, RGB, RGB with alpha
CHUNK = 4096  # pictures converted at once, to bound memory


def put_channels_first(pictures: NDArray[np.generic]) -> NDArray[np.generic]:
    """Bring (N, H, W), (N, H, W, C) or (N, C, H, W) to (N, C, H, W), C one of 1, 3, 4.

    Raises DataError when no axis or both outer axes could be the channels.

    >>> put_channels_first(np.zeros((5, 28, 30, 3))).shape
    (5, 3, 28, 30)
    """
    shape = pictures.shape
    if pictures.ndim == 3:
        return pictures[:, None]
    first, last = (pictures.ndim == 4 and shape[axis] in CHANNELS for axis in (1, -1))
    if first == last:
        raise DataError(
            "pictures are (N, H, W), (N, H, W, C) or (N, C, H, W) with C of 1, 3 or 4, and only one axis may be C",
            got=f"shape {shape}",
            fix="reshape, or transpose to (N, H, W, C) with C last",
        )
    return pictures if first else pictures.transpose(0, 3, 1, 2)


def to_bytes(pictures: NDArray[np.generic], sound: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], str]:
    """Turn numbers (N, ...) into uint8, and say how; only the `sound` (N,) ones decide about the range.

    uint8 stays; uint16 above 255 is divided by 257; otherwise the range of all values together decides:
    [0, 1] is scaled by 255, [-1, 1] is moved and scaled by 127.5, [0, 255] is rounded. Raises DataError for others.
    """
    if pictures.dtype == np.uint8:
        return pictures.astype(np.uint8, copy=False), ""
    low, high = _range(pictures, sound)
    scale, offset, what = _rule(pictures.dtype, low, high)
    out = np.empty(pictures.shape, np.uint8)
    for start in range(0, len(pictures), CHUNK):
        part = pictures[start : start + CHUNK].astype(np.float64) * scale + offset
        out[start : start + CHUNK] = np.rint(np.where(np.isfinite(part), part, 0)).clip(0, 255)
    return out, what


def draw_over_white(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw pictures with alpha (..., C + 1, H, W) over white: (..., C, H, W), uint8, rounded.

    >>> draw_over_white(np.array([[[10]], [[0]]], np.uint8)).tolist()  # a transparent pixel
    [[[255]]]
    """
    colour, alpha = picture[..., :-1, :, :].astype(np.uint16), picture[..., -1:, :, :].astype(np.uint16)
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def reduce_16_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale 0..65535 to 0..255, rounded: 65535 / 257 is 255."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _range(pictures: NDArray[np.generic], sound: NDArray[np.bool_]) -> tuple[float, float]:
    parts = [pictures[i : i + CHUNK][sound[i : i + CHUNK]] for i in range(0, len(pictures), CHUNK)]
    filled = [part for part in parts if part.size]
    if not filled:
        return 0.0, 0.0
    return float(min(part.min() for part in filled)), float(max(part.max() for part in filled))


def _rule(kind: "np.dtype[np.generic]", low: float, high: float) -> tuple[float, float, str]:
    """Give scale, offset and words for values of type `kind` between `low` and `high`."""
    said = f"{kind} values from {low:g} to {high:g}"
    if kind == np.bool_ or (low >= 0 and high <= 1):
        return 255.0, 0.0, f"{said} scaled by 255 to 8 bits"
    if low >= -1 and high <= 1:
        return 127.5, 127.5, f"{said} moved from [-1, 1] to 0..255"
    if low >= 0 and high <= 255:
        return 1.0, 0.0, f"{said} rounded to 8 bits"
    if kind == np.uint16:
        return 1 / 257, 0.0, f"{said} divided by 257 to 8 bits"
    raise DataError(
        "pixel values lie in [0, 1], [-1, 1] or [0, 255], or are uint16",
        got=said,
        fix="scale them to 0..255 and give uint8",
    )
