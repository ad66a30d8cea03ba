"""Disturb whole batches of signals: moved, warped in time, scaled, with noise, and with a stretch struck out."""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from striate.recipe import Augmentation

KNOTS = 4  # places along a signal between which time runs smoothly faster or slower


def augment_signals(signals: Tensor, settings: Augmentation, generator: Generator, *, chosen: Tensor) -> Tensor:
    """Disturb the `chosen` (N,) of signals (M, C, T) float32, each in its own way; missing values stay missing.

    In this order: shift and warp, in one linear sampling, the ends repeated; scale, a factor a channel; noise, in units
    of each signal's own spread; cutout, a stretch that becomes missing. Only what is switched on draws numbers.
    Sources: Um et al. 2017, arXiv:1706.00527 (jitter, scaling, time warping), DeVries and Taylor 2017 (cutout).

    >>> batch = torch.zeros(2, 3, 8)
    >>> augment_signals(batch, Augmentation(noise=0.1), torch.Generator(), chosen=torch.tensor([1])).shape
    torch.Size([1, 3, 8])
    """
    batch = signals[chosen]
    if len(batch) == 0:
        return batch
    N, C, T = batch.shape
    if settings.shift or settings.warp:
        batch = _sample(batch, _draw_places(N, T, settings, generator))
    if settings.scale:
        batch = batch * (1 + _draw((N, C, 1), settings.scale, generator))
    if settings.noise:
        spread = _measure_spread(batch)
        batch = batch + settings.noise * spread * torch.randn(batch.shape, generator=generator)
    if settings.cutout:
        length = round(settings.cutout * T)
        start = torch.randint(0, T - length + 1, (N, 1, 1), generator=generator)
        place = torch.arange(T)
        batch = batch.masked_fill((place >= start) & (place < start + length), torch.nan)
    return batch


def _draw_places(n: int, length: int, settings: Augmentation, generator: Generator) -> Tensor:
    """Draw where each moment (n, T) of the new signals comes from, in moments of the old ones."""
    places = torch.arange(length).expand(n, length).float()
    if settings.warp:
        speeds = 1 + _draw((n, 1, KNOTS), settings.warp, generator)
        speed = F.interpolate(speeds, size=length, mode="linear", align_corners=True)[:, 0]  # (n, T)
        run = speed.cumsum(1)
        places = (run - run[:, :1]) / (run[:, -1:] - run[:, :1]).clamp(min=1e-6) * (length - 1)
    if settings.shift:
        places = places + _draw((n, 1), settings.shift * length, generator)
    return places.clamp(0, length - 1)


def _sample(batch: Tensor, places: Tensor) -> Tensor:
    """Take signals (N, C, T) at `places` (N, T) between moments, linearly; between a value and none there is none."""
    low = places.floor().long().clamp(max=batch.shape[2] - 1)
    high = (low + 1).clamp(max=batch.shape[2] - 1)
    share = (places - low)[:, None]
    first, second = (batch.gather(2, at[:, None].expand_as(batch)) for at in (low, high))
    return torch.where(share > 0, first + share * (second - first), first)


def _measure_spread(batch: Tensor) -> Tensor:
    """Give the standard deviation (N, C, 1) of each signal's channels over the moments that have a value."""
    there = ~batch.isnan()
    count = there.sum(2, keepdim=True).clamp(min=1)
    mean = batch.nansum(2, keepdim=True) / count
    return (((batch - mean) ** 2).nansum(2, keepdim=True) / count).sqrt()


def _draw(shape: tuple[int, ...], most: float, generator: Generator) -> Tensor:
    """Draw float32 evenly from [-most, most]."""
    return (2 * torch.rand(shape, generator=generator) - 1) * most
