"""Pictures and their boxes disturbed together, some of them put together of four."""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from striate.data.augment.boxes import move_boxes
from striate.data.augment.mosaic import draw_mosaics
from striate.data.augment.pictures import draw_maps, draw_pictures
from striate.recipe import Augmentation


def disturb_scenes(
    inputs: Tensor, targets: Tensor, settings: Augmentation, generator: Generator, *, chosen: Tensor, epoch: int
) -> tuple[Tensor, Tensor]:
    """Disturb the `chosen` (N,) of pictures (M, C, H, W) uint8 with boxes (M, B, 5): float32 in [0, 1], and boxes.

    The first of them, a share `mosaic`, are put together of four. Boxes (N, B', 5) have as many rows as they need.
    """
    n, size = round(settings.mosaic * len(chosen)), (inputs.shape[-2], inputs.shape[-1])
    alone = chosen[n:]
    maps = draw_maps(alone, size, settings, generator, epoch=epoch)
    pictures = draw_pictures(inputs, alone, maps, settings, generator)
    boxes = move_boxes(targets[alone], maps, size)
    if n:
        mosaics, more = draw_mosaics(inputs, targets, settings, generator, chosen=chosen[:n], epoch=epoch)
        boxes = F.pad(boxes, (0, 0, 0, more.shape[1] - boxes.shape[1]), value=-1.0)
        pictures, boxes = torch.cat([mosaics, pictures]), torch.cat([more, boxes])
    return pictures, gather_rows(boxes)


def gather_rows(boxes: Tensor) -> Tensor:
    """Bring the rows (N, M, 5) that hold a box to the front, in their order, and cut off what no picture needs."""
    empty = boxes[..., 0] < 0
    front = empty.int().argsort(dim=1, stable=True)
    most = max(1, int((~empty).sum(1).max())) if len(boxes) else 1
    return boxes.gather(1, front[..., None].expand_as(boxes))[:, :most]
