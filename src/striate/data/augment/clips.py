"""Disturb whole batches of clips: mirrored, moved, and with fewer or more frames passed over, all frames alike."""

import torch
from torch import Generator, Tensor

from striate.data.augment.pictures import draw_maps
from striate.kernels.resample import resample
from striate.recipe import Augmentation


def augment_clips(
    clips: Tensor, settings: Augmentation, generator: Generator, *, chosen: Tensor, epoch: int = 0
) -> Tensor:
    """Disturb the `chosen` (N,) of clips (M, C, T, H, W) uint8, each in its own way: float32 in [0, 1].

    Flip, shift, rotation, scale and crop are drawn once a clip, as for pictures, so that its movement stays one.
    """
    batch = clips[chosen]
    N, C, T, H, W = batch.shape
    maps = draw_maps(chosen, (H, W), settings, generator, epoch=epoch)  # (N, 2, 3)
    frames = batch.transpose(1, 2).reshape(N * T, C, H, W)
    moved = resample(frames, torch.arange(N * T), maps.repeat_interleave(T, dim=0))
    moved = moved.reshape(N, T, C, H, W).transpose(1, 2)
    if settings.noise:
        moved = moved.add(torch.randn(moved.shape, generator=generator), alpha=settings.noise).clamp(0, 1)
    return moved.contiguous()
