"""Training pictures of two examples at once: blended or pasted, with the share that each one's label keeps."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from striate.recipe import Augmentation


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixing:
    """What a mixed batch holds: of each picture `share` in [0, 1], the rest of its partner (N,), an index into it.

    The loss is share * loss(labels) + (1 - share) * loss(labels[partners]).
    """

    partners: Tensor
    share: float


def mix_pictures(batch: Tensor, settings: Augmentation, generator: Generator) -> tuple[Tensor, Mixing | None]:
    """Mix pictures (N, C, H, W), sounds (N, T) or others (N, C, ...), float32, by mixup, by cutmix, or one at random.

    Each batch has one share, drawn from Beta(a, a) where a is the setting. Mixup (Zhang et al. 2017, arXiv:1710.09412)
    blends: share * picture + (1 - share) * partner. Cutmix (Yun et al. 2019, arXiv:1905.04899) pastes a rectangle of
    the partner, or a stretch of time, of 1 - share of the whole where it does not stick out. `batch` stays as it is.
    """
    if not (settings.mixup or settings.cutmix):
        return batch, None
    partners = torch.randperm(len(batch), generator=generator)
    rng = np.random.default_rng(int(torch.randint(1 << 62, (), generator=generator)))
    pastes = bool(settings.cutmix) and (not settings.mixup or rng.random() < 0.5)
    concentration = settings.cutmix if pastes else settings.mixup
    share = float(rng.beta(concentration, concentration))
    if not pastes:
        return torch.lerp(batch[partners], batch, share), Mixing(partners=partners, share=share)
    sides = batch.shape[min(2, batch.dim() - 1) :]
    spans = [_interval(side, (1 - share) ** (1 / len(sides)), rng) for side in sides]
    whole = [slice(None)] * (batch.dim() - 1 - len(sides))
    inside = [*whole, *(slice(start, end) for start, end in spans)]
    theirs: tuple[Tensor | slice, ...] = (partners, *inside)
    ours: tuple[slice, ...] = (slice(None), *inside)
    mixed = batch.clone()
    mixed[ours] = batch[theirs]
    return mixed, Mixing(partners=partners, share=1 - math.prod(end - start for start, end in spans) / math.prod(sides))


def _interval(side: int, part: float, rng: np.random.Generator) -> tuple[int, int]:
    """Draw a `part` of a side about any place on it, cut off where the side ends."""
    centre, length = int(rng.integers(side)), round(part * side)
    return max(0, centre - length // 2), min(side, centre - length // 2 + length)
