"""Fit pictures of any size into one size without cutting or stretching them.

The same function feeds the cache that training reads and the input layer that prediction runs, so that a network
never meets a picture prepared in another way than it was taught with.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from striate.errors import ShapeError


def letterbox(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Scale (..., C, H, W) uint8 into (..., C, *size) uint8, aspect kept, centred, the rest black.

    Antialiased bilinear, rounded to uint8; always computed on the CPU, so that every device gets equal values.
    Leading dimensions may be any number; `size` is (height, width) in pixels. A picture that has this size comes
    back as it is. A side never falls below one pixel. Raises ShapeError for another dtype or an empty picture.

    >>> letterbox(torch.full((3, 10, 20), 9, dtype=torch.uint8), (8, 8))[0, :, 0].tolist()
    [0, 0, 9, 9, 9, 9, 0, 0]
    """
    _expect_picture(picture, size)
    if picture.shape[-2:] == size:
        return picture
    inner = fit_size(picture.shape[-2:], size)
    flat = picture.reshape(-1, *picture.shape[-3:]).cpu().contiguous()  # (M, C, H, W)
    if flat.shape[-2:] != inner:
        flat = _resize(flat, inner)
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    borders = (left, size[1] - inner[1] - left, top, size[0] - inner[0] - top)
    return F.pad(flat, borders).reshape(*picture.shape[:-2], *size).to(picture.device)


def _resize(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """Scale (M, C, H, W) uint8 to (M, C, *size) uint8.

    To a side of one pixel by way of float32, where PyTorch's uint8 kernel fails (wrong values, or an internal error;
    seen in torch 2.14.1, found by the tests).
    """
    exact = pictures.float() if min(size) == 1 else pictures
    scaled = F.interpolate(exact, size, mode="bilinear", antialias=True, align_corners=False)
    return scaled.round().to(torch.uint8) if min(size) == 1 else scaled


def fit_size(inner: tuple[int, ...], outer: tuple[int, int]) -> tuple[int, int]:
    """Give the (height, width) that a picture of size `inner` takes within `outer`: whole pixels, halves rounded up.

    >>> fit_size((3000, 4000), (96, 96))
    (72, 96)
    """
    (height, width), (most_height, most_width) = inner, outer
    if most_height * width <= most_width * height:  # the height is what limits
        return most_height, max(1, (2 * width * most_height + height) // (2 * height))
    return max(1, (2 * height * most_width + width) // (2 * width)), most_width


def _expect_picture(picture: Tensor, size: tuple[int, int]) -> None:
    if picture.dtype != torch.uint8:
        raise ShapeError("letterbox takes uint8 pictures", got=str(picture.dtype), fix="scale to 0..255 and round")
    if picture.dim() < 3 or 0 in picture.shape[-3:] or min(size) < 1:
        raise ShapeError(
            "letterbox takes pictures (..., C, H, W) and a size, none of them empty",
            got=f"pictures {tuple(picture.shape)}, size {size}",
            fix="give at least one pixel and one channel",
        )
