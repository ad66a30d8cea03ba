"""Four pictures in one: each batch shows more objects, smaller ones, cut ones, and on more kinds of ground."""

import torch
from torch import Generator, Tensor

from striate.data.augment.boxes import cut_boxes, move_boxes
from striate.data.augment.pictures import draw_maps, draw_pictures
from striate.recipe import Augmentation

SMALLEST = 0.5  # times its size, to 1, that a picture has in a mosaic
MIDDLE = (0.3, 0.7)  # where the four meet, as shares of each side


def draw_mosaics(
    inputs: Tensor, targets: Tensor, settings: Augmentation, generator: Generator, *, chosen: Tensor, epoch: int
) -> tuple[Tensor, Tensor]:
    """Draw a mosaic for each of the `chosen` (N,) of pictures (M, C, H, W) uint8 with boxes (M, B, 5).

    Gives pictures (N, C, H, W) float32 in [0, 1] and boxes (N, 4 B, 5). Of the four quarters, which meet at a random
    place, one shows the chosen picture, the others show any; each lies with a corner at that place, disturbed as the
    settings say and scaled to SMALLEST to 1 of its size. Source: Bochkovskiy et al. 2020, arXiv:2004.10934, section
    3.3.
    """
    N, (H, W) = len(chosen), inputs.shape[-2:]
    low, high = MIDDLE
    middle = ((low + (high - low) * torch.rand(N, 2, generator=generator)) * torch.tensor([W, H])).round()  # x, y
    others = torch.randint(len(inputs), (N, 3), generator=generator)
    order = torch.rand(N, 4, generator=generator).argsort(dim=1)
    shown = torch.cat([chosen[:, None], others], dim=1).gather(1, order).flatten()  # (4 N,) top left, right, bottom ...
    maps = draw_maps(shown, (H, W), settings, generator, epoch=epoch) @ _place(middle, (H, W), generator)
    quarters = draw_pictures(inputs, shown, maps, settings, generator).unflatten(0, (N, 4))
    moved = move_boxes(targets[shown], maps, (H, W))
    boxes = cut_boxes(moved[..., 0], moved[..., 1:], _list_windows(middle, (H, W)))
    return _join(quarters, middle), boxes.reshape(N, -1, 5)


def _place(middle: Tensor, size: tuple[int, int], generator: Generator) -> Tensor:
    """Draw how large each quarter's picture is, with a corner at `middle` (N, 2): maps (4 N, 3, 3) to its pixels."""
    sides = torch.tensor([size[1], size[0]])
    zoom = SMALLEST + (1 - SMALLEST) * torch.rand(len(middle), 4, 1, generator=generator)
    before = torch.tensor([[1.0, 1], [0, 1], [1, 0], [0, 0]])  # whether the picture lies left of the middle, above it
    corner = middle[:, None] - before * zoom * sides  # (N, 4, 2), of its edge
    maps = torch.zeros(len(middle), 4, 3, 3)
    maps[..., [0, 1], [0, 1]] = 1 / zoom
    maps[..., :2, 2] = (0.5 - corner) / zoom - 0.5  # places of pixels lie half a pixel off their edges
    maps[..., 2, 2] = 1
    return maps.flatten(0, 1)


def _list_windows(middle: Tensor, size: tuple[int, int]) -> Tensor:
    """Give the four quarters of each mosaic: (4 N, 4), x0, y0, x1, y1."""
    (x, y), (H, W) = middle.unbind(1), size
    none, right, bottom = torch.zeros_like(x), torch.full_like(x, W), torch.full_like(y, H)
    quarters = [(none, none, x, y), (x, none, right, y), (none, y, x, bottom), (x, y, right, bottom)]
    return torch.stack([torch.stack(edges, dim=1) for edges in quarters], dim=1).flatten(0, 1)


def _join(quarters: Tensor, middle: Tensor) -> Tensor:
    """Take from pictures (N, 4, C, H, W) the quarter that each shows: (N, C, H, W)."""
    H, W = quarters.shape[-2:]
    left = torch.arange(W) < middle[:, 0, None]  # (N, W)
    above = torch.arange(H) < middle[:, 1, None]  # (N, H)
    rows = torch.where(left[:, None, None, None, :], quarters[:, 0::2], quarters[:, 1::2])  # (N, 2, C, H, W)
    return torch.where(above[:, None, :, None], rows[:, 0], rows[:, 1])
