"""What the answer is worth when pixels go: deletion and insertion along a map, and random maps to compare with."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.models.network import Network

CELLS = 64 * 512 * 28 * 28  # values of the largest feature map that one batch may hold

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """The probability of a class after each step, (M, steps + 1) for M maps, and the areas under it, (M,) in [0, 1].

    `deletion` replaces the most important pixels first, from none to all; `insertion` restores them, from none to all.
    """

    deletion: Array
    insertion: Array

    @property
    def gains(self) -> Array:
        """(M,) in [-1, 1]: the area under insertion less that under deletion; 0 for a map that says nothing."""
        return areas(self.insertion) - areas(self.deletion)


def areas(curves: Array) -> Array:
    """(M, steps + 1) -> (M,): the mean height by the trapezoid rule."""
    return (curves[:, 1:] + curves[:, :-1]).mean(1) / 2


def perturb(network: Network, pixels: Tensor, k: int, orders: NDArray[np.int64], *, steps: int) -> Curves:
    """Follow the probability of class `k` as `pixels` (1, C, H, W) in [0, 1] are replaced in `orders` (M, H * W).

    `orders[m, i]` is the rank of pixel i, 0 the most important. Source: Petsiuk et al. 2018, "RISE", section 4.2.
    """
    nothing = blurred(pixels)
    n = orders.shape[1]
    cuts = [n * i // steps for i in range(steps + 1)]
    ranks = torch.from_numpy(orders).view(len(orders), 1, *pixels.shape[2:])  # (M, 1, H, W)
    gone = torch.cat([ranks < cut for cut in cuts[1:-1]] + [ranks >= cut for cut in cuts[1:-1]])
    whole, empty = probabilities(network, torch.cat([pixels, nothing]), k)
    inner = _answer_masked(network, pixels, nothing, gone, k).reshape(2, steps - 1, len(orders)).transpose(0, 2, 1)
    wholes, empties = np.full((len(orders), 1), whole), np.full((len(orders), 1), empty)
    return Curves(
        deletion=np.concatenate([wholes, inner[0], empties], 1),
        insertion=np.concatenate([empties, inner[1], wholes], 1),
    )


def _answer_masked(network: Network, pixels: Tensor, nothing: Tensor, gone: Tensor, k: int) -> Array:
    """(masks,) probabilities of class k with the pixels that are `gone` (masks, 1, H, W) replaced."""
    largest = max(layer.activation_bytes // 4 for layer in network.plan.layers)
    batch = max(1, min(256, CELLS // largest))
    parts = [probabilities(network, torch.where(part, nothing, pixels), k) for part in gone.split(batch)]
    return np.concatenate(parts)


@torch.no_grad()
def probabilities(network: Network, pixels: Tensor, k: int) -> Array:
    """(N, C, H, W) in [0, 1] -> (N,) in [0, 1]: the probability of class k."""
    values: Array = network(pixels).double().softmax(1)[:, k].numpy()
    return values


def blurred(pixels: Tensor) -> Tensor:
    return pixels.mean((2, 3), keepdim=True).expand_as(pixels)


def rank(maps: Array, ties: Array) -> NDArray[np.int64]:
    """(M, H, W) -> (M, H * W): the rank of each pixel, 0 the largest value; equal ones as `ties` (M, H, W) has them."""
    flat, second = maps.reshape(len(maps), -1), ties.reshape(len(maps), -1)
    ranks = np.empty(flat.shape, np.int64)
    for row, (first, tie) in enumerate(zip(flat, second, strict=True)):
        ranks[row, np.lexsort((-tie, -first))] = np.arange(flat.shape[1])
    return ranks


def random_maps(like: Array, count: int, *, seed: int = 0) -> Array:
    """(count, H, W): random maps as smooth as `like` (H, W), of the same strengths at random phases.

    Source: surrogate data, Theiler et al. 1992, section 2.4.2, in two dimensions.
    """
    chance = np.random.default_rng(seed)
    strengths = np.abs(np.fft.fft2(like - like.mean()))
    noise = np.fft.fft2(chance.standard_normal((count, *like.shape)))
    drawn: Array = np.fft.ifft2(strengths * noise / np.abs(noise)).real
    return drawn
