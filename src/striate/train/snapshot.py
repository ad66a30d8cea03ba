"""Kernels of the first convolution as small pictures over training, thinned as it goes on so that they stay few."""

import dataclasses

import torch.nn.functional as F
from torch import Tensor

from striate.records import KernelCourse, KernelSnapshot

MOST = 12  # snapshots
KERNELS, SIDE = 16, 16  # the first so many, each side averaged down to at most so many values
STEPS = 127  # that a magnitude is rounded to


def begin_kernels(name: str, weight: Tensor) -> KernelCourse | None:
    """Begin the course of kernels (F, C, h, w), None where they are not flat and cannot be seen as grey or colour."""
    if weight.dim() != 4 or weight.shape[1] not in (1, 3):
        return None
    features, channels, height, width = weight.shape
    shape = (min(KERNELS, features), channels, min(SIDE, height), min(SIDE, width))
    return KernelCourse(name=name, shape=shape, trained=weight.requires_grad, snapshots=())


def add_snapshot(course: KernelCourse, weight: Tensor, epochs: tuple[int, ...]) -> KernelCourse:
    """Add the kernels (F, C, h, w) as they are after the last of `epochs`, those of all looks until now.

    Of the looks, every second, fourth, ... is kept, and always the last: MOST at most, spread evenly.
    """
    if course.snapshots and not course.trained:
        return course
    every = 1
    while len(epochs[::every]) >= MOST:
        every *= 2
    kept = {*epochs[::every], epochs[-1]}
    snapshots = (*course.snapshots, _take(course, weight, epochs[-1]))
    return dataclasses.replace(course, snapshots=tuple(one for one in snapshots if one.epoch in kept))


def _take(course: KernelCourse, weight: Tensor, epoch: int) -> KernelSnapshot:
    seen = F.adaptive_avg_pool2d(weight.detach()[:KERNELS].cpu().contiguous(), course.shape[2:])  # (F, C, h, w)
    largest = float(seen.abs().max())
    values = (seen / (largest or 1.0) * STEPS).round().int().flatten().tolist()
    return KernelSnapshot(epoch=epoch, largest=float(f"{largest:.4g}"), values=tuple(values))
