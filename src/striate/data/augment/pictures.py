"""Disturb whole batches of pictures, driven by an explicit generator: the same generator state, the same bits."""

import math

import torch
from torch import Generator, Tensor

from striate.kernels.resample import Relight, resample
from striate.recipe import Augmentation

LUMINANCE = (0.299, 0.587, 0.114)  # of red, green, blue (ITU-R BT.601)
ASPECT = 4 / 3  # of a crop's sides, at most, against the picture's


def augment(
    pictures: Tensor, settings: Augmentation, generator: Generator, *, chosen: Tensor | None = None, epoch: int = 0
) -> Tensor:
    """Disturb the `chosen` (N,) of pictures (M, C, H, W) uint8, each in its own way: float32 (N, C, H, W) in [0, 1].

    In this order: flip, shift, rotation and scale, crop, all in one bilinear sampling; contrast, saturation, hue and
    brightness, in one matrix; noise; cutout. Only what is switched on draws random numbers, on the CPU `generator`.
    An alternating flip goes by the index of the picture and the number of the `epoch`. Without `chosen`, all pictures.

    >>> batch = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    >>> augment(batch, Augmentation(flip="random", shift=0.1), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3, 8, 8])
    """
    chosen = torch.arange(len(pictures)) if chosen is None else chosen
    if len(chosen) == 0:
        return torch.zeros(0, *pictures.shape[1:])
    maps = draw_maps(chosen, pictures.shape[-2:], settings, generator, epoch=epoch)
    return draw_pictures(pictures, chosen, maps, settings, generator)


def draw_pictures(
    pictures: Tensor, chosen: Tensor, maps: Tensor, settings: Augmentation, generator: Generator
) -> Tensor:
    """Draw the `chosen` (N,) of pictures (M, C, H, W) uint8 through maps (N, 2, 3) and recolour them: (N, C, H, W)."""
    batch = resample(pictures, chosen, maps, _draw_light(len(chosen), pictures.shape[1], settings, generator))
    if settings.noise:
        batch = batch.add_(torch.randn(batch.shape, generator=generator), alpha=settings.noise).clamp_(0, 1)
    if settings.cutout:
        batch = _cut_out(batch, settings.cutout, generator)
    return batch


def draw_maps(
    chosen: Tensor, size: tuple[int, ...], settings: Augmentation, generator: Generator, *, epoch: int
) -> Tensor:
    """Draw for each picture where its pixels come from: (N, 2, 3) float32, source pixel of (x, y, 1).

    Each disturbance is undone about the centre of a picture of `size` (H, W), the last one first.
    """
    N, (H, W) = len(chosen), size
    turn = torch.eye(2, dtype=torch.float64).repeat(N, 1, 1)  # source = turn @ (x, y) + move, from the centre
    move = torch.zeros(N, 2, 1, dtype=torch.float64)
    if settings.flip != "off":
        random = settings.flip == "random"
        mirrored = torch.rand(N, generator=generator) < 0.5 if random else alternate(chosen, epoch)
        turn[:, 0, 0] -= 2 * mirrored
    if settings.shift:
        down, right = (
            torch.randint(-most, most + 1, (N,), generator=generator)
            for most in (round(settings.shift * H), round(settings.shift * W))
        )
        move = turn @ -torch.stack([right, down], dim=1).double()[:, :, None]
    if settings.rotate or settings.scale:
        turn = turn @ _draw_turn(N, settings, generator)
    if settings.crop:
        sides, place = _draw_crop(N, settings.crop, generator)
        move = move + turn @ (place * torch.tensor([W, H]))[:, :, None]
        turn = turn * sides[:, None]
    centre = torch.tensor([[(W - 1) / 2], [(H - 1) / 2]], dtype=torch.float64)
    return torch.cat([turn, move + centre - turn @ centre], dim=2).float()


def alternate(chosen: Tensor, epoch: int) -> Tensor:
    """Tell which pictures (N,) are mirrored: about half of them in one epoch, all others in the next.

    So any two epochs that follow each other show each picture both ways. Source: Jordan 2024, arXiv:2404.00498,
    section 3.6; a hash of the picture's index (Knuth, The Art of Computer Programming 3, 6.4) replaces its coin.

    >>> (alternate(torch.arange(9), 0) ^ alternate(torch.arange(9), 1)).all().item()
    True
    """
    coin = chosen * 2654435769 >> 31 & 1
    return (coin + epoch) % 2 == 1


def _draw_turn(n: int, settings: Augmentation, generator: Generator) -> Tensor:
    """Rotations and scalings (n, 2, 2) that undo those drawn."""
    angle = _draw(n, settings.rotate * math.pi / 180, generator).double()
    zoom = 1 / (1 + _draw(n, settings.scale, generator).double())
    cosine, sine = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    return torch.stack([cosine, -sine, sine, cosine], dim=1).reshape(n, 2, 2)


def _draw_crop(n: int, most: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """Windows of 1 - most to 1 of the area, as shares: sides (n, 2), and centres from the picture's (n, 2); x, y.

    Sides differ by up to 4/3, evenly on a log scale, and never leave the picture. Source: Szegedy et al. 2015,
    arXiv:1409.4842, section 6; a crop is brought back to the picture's size, so it is only ever enlarged.
    """
    area = 1 - most * torch.rand(n, generator=generator).double()
    aspect = torch.exp(_draw(n, math.log(ASPECT), generator).double() / 2)
    sides = (area.sqrt()[:, None] * torch.stack([aspect, 1 / aspect], dim=1)).clamp(max=1)
    return sides, (torch.rand(n, 2, generator=generator).double() - 0.5) * (1 - sides)


def _draw_light(n: int, channels: int, settings: Augmentation, generator: Generator) -> Relight | None:
    """Contrast about the picture's mean, saturation and hue about grey, brightness, as one matrix and one sum.

    The rows of the saturation and hue matrices sum to 1, so that the mean may be taken before or after them.
    """
    coloured = channels == 3 and (settings.saturation or settings.hue)
    if not (settings.brightness or settings.contrast or coloured):
        return None
    brightness, contrast = _draw(n, settings.brightness, generator), _draw(n, settings.contrast, generator)
    matrix = torch.eye(channels).repeat(n, 1, 1)
    if coloured:
        saturation = _draw(n, settings.saturation, generator)[:, None, None]
        grey = torch.tensor(LUMINANCE).expand(3, 3)
        matrix = ((1 + saturation) * torch.eye(3) - saturation * grey) @ _draw_hue(n, settings.hue, generator)
    matrix = matrix * (1 + contrast)[:, None, None]
    return Relight(matrix=matrix, light=torch.stack([-contrast, brightness], dim=1))


def _draw_hue(n: int, most: float, generator: Generator) -> Tensor:
    """Rotations of colour about the grey axis by up to `most` degrees: (n, 3, 3), by Rodrigues' formula."""
    angle = _draw(n, most * math.pi / 180, generator)[:, None, None]
    across = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    return torch.cos(angle) * torch.eye(3) + (1 - torch.cos(angle)) / 3 + torch.sin(angle) * across


def _cut_out(batch: Tensor, share: float, generator: Generator) -> Tensor:
    """Blacken a rectangle of `share` of each side at a random place within each picture (DeVries, Taylor 2017)."""
    N, _, H, W = batch.shape
    inside = []
    for side in (H, W):
        length = round(share * side)
        start = torch.randint(0, side - length + 1, (N, 1), generator=generator)
        place = torch.arange(side)
        inside.append((place >= start) & (place < start + length))  # (N, side)
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]  # (N, 1, H, W)
    return batch.masked_fill_(hole, 0.0)


def _draw(n: int, most: float, generator: Generator) -> Tensor:
    """Draw (n,) float32 evenly from [-most, most]."""
    return (2 * torch.rand(n, generator=generator) - 1) * most
