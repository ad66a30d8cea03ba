"""What an answer is worth as its pixels go: deletion and insertion along maps (Petsiuk et al. 2018, RISE)."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from striate.models.network import Network

CELLS = 64 * 512 * 28 * 28  # values of the largest feature map that one batch may hold
BATCH = 256
BLUR = 6  # the blur's standard deviation is the shorter side over this: outlines go, colour and light stay

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """The probability of a class after each step, (M, steps + 1) for M maps.

    `deletion` replaces the most important pixels first, from none to all; `insertion` restores them, from none to all.
    """

    deletion: Array
    insertion: Array

    @property
    def gains(self) -> Array:
        """(M,) in [-1, 1]: the area under insertion less that under deletion; about 0 for a map that says nothing."""
        return areas(self.insertion) - areas(self.deletion)


def areas(curves: Array) -> Array:
    """(M, steps + 1) -> (M,): the mean height by the trapezoid rule."""
    mean: Array = (curves[:, 1:] + curves[:, :-1]).mean(1) / 2
    return mean


def perturb(network: Network, pixels: Tensor, k: int, ranks: NDArray[np.int64], *, steps: int) -> Curves:
    """Follow the probability of class `k` as `pixels` (1, C, H, W) in [0, 1] give way to their blur, and come back.

    `ranks` (M, H, W) holds the rank of each pixel in each of M maps, 0 the most important. Source: Petsiuk et al. 2018,
    section 4.2; there deletion leaves grey, here both leave the blur, which is more like a picture.
    """
    nothing = blur(pixels)
    inner = [ranks[0].size * i // steps for i in range(1, steps)]
    held = torch.from_numpy(ranks)[:, None]  # (M, 1, H, W)
    gone = [held < cut for cut in inner] + [held >= cut for cut in inner]
    empty, whole = probabilities(network, torch.cat([nothing, pixels]), k)
    between = np.empty((2, 0, len(ranks)))
    if inner:
        answers = _answer_without(network, pixels, nothing, torch.cat(gone), k)
        between = answers.reshape(2, len(inner), len(ranks))
    ends = np.array([[[whole]], [[empty]]]) + np.zeros((2, 1, len(ranks)))
    deletion, insertion = np.concatenate([ends, between, ends[::-1]], 1).transpose(0, 2, 1)
    return Curves(deletion=deletion, insertion=insertion)


def _answer_without(network: Network, pixels: Tensor, nothing: Tensor, gone: Tensor, k: int) -> Array:
    """Give the probability (masks,) of class k with the pixels that are `gone` (masks, 1, H, W) replaced."""
    largest = max(layer.activation_bytes // 4 for layer in network.plan.layers)
    batch = max(1, min(BATCH, CELLS // largest))
    parts = [probabilities(network, torch.where(part, nothing, pixels), k) for part in gone.split(batch)]
    return np.concatenate(parts)


@torch.no_grad()
def probabilities(network: Network, pixels: Tensor, k: int) -> Array:
    """(N, C, H, W) in [0, 1] -> (N,) in [0, 1]: the probability of class k."""
    values: Array = network(pixels).double().softmax(1)[:, k].numpy()
    return values


def blur(pixels: Tensor) -> Tensor:
    """(N, C, H, W) -> the same size, blurred until it shows nothing; beyond the border the outermost pixels go on."""
    spread = min(pixels.shape[2:]) / BLUR
    reach = int(3 * spread) + 1
    steps = torch.arange(-reach, reach + 1, dtype=pixels.dtype)
    bell = torch.exp(-(steps**2) / (2 * spread**2))
    bell = (bell / bell.sum()).expand(pixels.shape[1], 1, 1, -1)  # (C, 1, 1, taps)
    wide = F.pad(pixels, (reach, reach, reach, reach), mode="replicate")
    across = F.conv2d(wide, bell, groups=pixels.shape[1])
    return F.conv2d(across, bell.transpose(2, 3), groups=pixels.shape[1])
