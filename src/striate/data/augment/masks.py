"""Masks that follow their pictures: each pixel's class is fetched from where the picture's pixel comes from."""

import torch
from torch import Tensor

from striate.data.listing import VOID


def move_masks(masks: Tensor, chosen: Tensor, maps: Tensor) -> Tensor:
    """Draw the `chosen` (N,) of masks (M, H, W) uint8 through maps (N, 2, 3), by the nearest pixel: (N, H, W).

    out[n, y, x] = masks[chosen[n]] at maps[n] @ (x, y, 1), as `kernels.resample` draws pictures; VOID outside.

    >>> shifted = torch.tensor([[[1.0, 0, -1], [0, 1, 0]]])
    >>> move_masks(torch.full((1, 1, 3), 7, dtype=torch.uint8), torch.tensor([0]), shifted).tolist()
    [[[255, 7, 7]]]
    """
    H, W = masks.shape[1:]
    columns, rows = torch.arange(W, dtype=torch.float32), torch.arange(H, dtype=torch.float32)[:, None]
    x, y = (
        (part[:, 0, None, None] * columns + (part[:, 1, None, None] * rows + part[:, 2, None, None])).round_()
        for part in maps.unbind(1)
    )  # (N, H, W) each
    inside = (x >= 0) & (x < W) & (y >= 0) & (y < H)
    places = (y.long() * W + x.long()).masked_fill_(~inside, 0)
    moved = masks[chosen].flatten(1).gather(1, places.flatten(1)).view(x.shape)
    return moved.masked_fill_(~inside, VOID)
