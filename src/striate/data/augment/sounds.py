"""Disturb whole batches of sounds, driven by an explicit generator: the same generator state, the same bits."""

import torch
from torch import Generator, Tensor

from striate.recipe import Augmentation


def augment_sounds(sounds: Tensor, settings: Augmentation, generator: Generator, *, chosen: Tensor) -> Tensor:
    """Disturb the `chosen` (N,) of sounds (M, T) int16, each in its own way: float32 (N, T), full scale at 1.

    In this order: speed and shift, in one linear interpolation, with silence where nothing was; noise. Only what is
    switched on draws random numbers, on the CPU `generator`. Filters and masks of the spectrogram belong to the input
    layer, which knows no loudness.

    >>> batch = torch.full((2, 8), 16384, dtype=torch.int16)
    >>> settings = Augmentation(shift=0.25)
    >>> augment_sounds(batch, settings, torch.Generator().manual_seed(0), chosen=torch.arange(2)).shape
    torch.Size([2, 8])
    """
    batch = sounds[chosen].float() / 32768
    if settings.speed:
        batch = _stretch(batch, _draw(len(batch), settings.speed, generator), _draw_shift(batch, settings, generator))
    elif settings.shift:
        batch = _move(batch, _draw_shift(batch, settings, generator))
    if settings.noise:
        loudness = batch.square().mean(1, keepdim=True).sqrt()
        strength = settings.noise * torch.rand(len(batch), 1, generator=generator) * loudness
        batch = batch + strength * torch.randn(batch.shape, generator=generator)
    return batch


def _draw_shift(batch: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Draw by how many samples each of (N, T) comes later: (N,) int64."""
    most = round(settings.shift * batch.shape[1])
    return torch.randint(-most, most + 1, (len(batch),), generator=generator)


def _move(batch: Tensor, later: Tensor) -> Tensor:
    """Let each sound of (N, T) begin `later` (N,) samples, with silence where nothing was."""
    T = batch.shape[1]
    source = torch.arange(T) - later[:, None]  # (N, T)
    return batch.gather(1, source.clamp(0, T - 1)) * ((source >= 0) & (source < T))


def _stretch(batch: Tensor, faster: Tensor, later: Tensor) -> Tensor:
    """Play each sound of (N, T) by a share `faster` (N,), higher in pitch by as much, about its middle, and `later`."""
    T = batch.shape[1]
    offset = (torch.arange(T) - T / 2) * faster[:, None]  # (N, T), how far the source lies from its place
    whole = offset.floor()
    source = torch.arange(T) - later[:, None] + whole.long()
    near, far = (batch.gather(1, (source + i).clamp(0, T - 1)) for i in (0, 1))
    inside = (source >= 0) & (source < T - 1)
    return torch.lerp(near, far, offset - whole) * inside


def _draw(n: int, most: float, generator: Generator) -> Tensor:
    """Draw (n,) float32 evenly from [-most, most]."""
    return (2 * torch.rand(n, generator=generator) - 1) * most
