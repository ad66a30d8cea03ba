"""Disturb whole batches of pictures, driven by an explicit generator: the same generator state, the same bits."""

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from striate.recipe import Augmentation


def augment(pictures: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Disturb pictures (N, C, H, W), uint8 or float in [0, 1], each in its own way: float32 in [0, 1], same shape.

    Order: flip and shift, rotation and scale, brightness and contrast, noise, cutout. Only what is switched on draws
    random numbers, always on the CPU `generator`, so that the result does not depend on the device of `pictures`.

    >>> batch = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    >>> augment(batch, Augmentation(flip=True, shift=0.1), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3, 8, 8])
    """
    if len(pictures) == 0:
        return pictures.float()
    if settings.flip or settings.shift:
        pictures = _flip_and_shift(pictures, settings, generator)
    batch = pictures.float() / 255 if pictures.dtype == torch.uint8 else pictures
    if settings.rotate or settings.scale:
        batch = _turn_and_scale(batch, settings, generator)
    if settings.brightness or settings.contrast:
        batch = _relight(batch, settings, generator)
    if settings.noise:
        noise = torch.randn(batch.shape, generator=generator).to(batch.device)
        batch = (batch + settings.noise * noise).clamp(0, 1)
    if settings.cutout:
        batch = _cut_out(batch, settings.cutout, generator)
    return batch


def flip(pictures: Tensor, chosen: Tensor) -> Tensor:
    """Mirror the `chosen` (N,) of the pictures (N, C, H, W) left to right."""
    return torch.where(chosen[:, None, None, None], pictures.flip(-1), pictures)


def shift(pictures: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Move pictures (N, C, H, W) by whole pixels, (N,) each, down and to the right; black enters.

    >>> shift(torch.tensor([[[[1, 2, 3]]]]), torch.tensor([0]), torch.tensor([1])).tolist()
    [[[[0, 1, 2]]]]
    """
    N, _, H, W = pictures.shape
    margins = int(down.abs().max()), int(right.abs().max())
    padded = F.pad(pictures, (margins[1], margins[1], margins[0], margins[0]))
    windows = padded.unfold(2, H, 1).unfold(3, W, 1)  # (N, C, 2m+1, 2m+1, H, W), no copy
    return windows[torch.arange(N, device=pictures.device), :, margins[0] - down, margins[1] - right]  # (N, C, H, W)


def _flip_and_shift(pictures: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    N, _, H, W = pictures.shape
    device = pictures.device
    if settings.flip:
        pictures = flip(pictures, (torch.rand(N, generator=generator) < 0.5).to(device))
    if settings.shift:
        down, right = (
            torch.randint(-most, most + 1, (N,), generator=generator).to(device)
            for most in (round(settings.shift * H), round(settings.shift * W))
        )
        pictures = shift(pictures, down, right)
    return pictures


def _turn_and_scale(batch: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Rotate about the centre and scale, in one bilinear sampling of the whole batch."""
    N, _, H, W = batch.shape
    angle = _draw(N, settings.rotate * math.pi / 180, generator)
    zoom = 1 / (1 + _draw(N, settings.scale, generator))
    cosine, sine = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    nought = torch.zeros(N)
    rows = (cosine, -sine * H / W, nought), (sine * W / H, cosine, nought)  # in half-sides, where H and W differ
    theta = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)  # (N, 2, 3)
    grid = F.affine_grid(theta.to(batch.device), list(batch.shape), align_corners=False)
    return F.grid_sample(batch, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _relight(batch: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    N = len(batch)
    brightness = _draw(N, settings.brightness, generator).to(batch.device)[:, None, None, None]
    contrast = _draw(N, settings.contrast, generator).to(batch.device)[:, None, None, None]
    mean = batch.mean(dim=(1, 2, 3), keepdim=True)
    return ((batch - mean) * (1 + contrast) + mean + brightness).clamp(0, 1)


def _cut_out(batch: Tensor, share: float, generator: Generator) -> Tensor:
    """Blacken a rectangle of `share` of each side at a random place within each picture (DeVries, Taylor 2017)."""
    N, _, H, W = batch.shape
    inside = []
    for side in (H, W):
        length = round(share * side)
        start = torch.randint(0, side - length + 1, (N, 1), generator=generator)
        place = torch.arange(side)
        inside.append(((place >= start) & (place < start + length)).to(batch.device))  # (N, side)
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]  # (N, 1, H, W)
    return batch.masked_fill(hole, 0.0)


def _draw(n: int, most: float, generator: Generator) -> Tensor:
    """Draw (n,) float32 evenly from [-most, most]."""
    return (2 * torch.rand(n, generator=generator) - 1) * most
