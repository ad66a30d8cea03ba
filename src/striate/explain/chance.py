"""Maps that know nothing, to compare with: as smooth as the one in question, and otherwise random."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def random_maps(like: Array, count: int, *, seed: int) -> Array:
    """(count, H, W): random maps as smooth as `like` (H, W): its strength at every frequency, at random phases.

    White noise would be an unfair comparison: it hits everything a little, a smooth map one thing whole.
    Source: surrogate data, Theiler et al. 1992, "Testing for nonlinearity in time series", in two dimensions.
    """
    noise = np.random.default_rng(seed).standard_normal((count, *like.shape))
    strengths = np.abs(np.fft.fft2(like - like.mean()))
    waves = np.fft.fft2(noise)
    drawn: Array = np.fft.ifft2(strengths * waves / np.maximum(np.abs(waves), 1e-12)).real
    return drawn


def rank_pixels(maps: Array, ties: Array) -> NDArray[np.int64]:
    """(M, H, W) -> (M, H, W): the rank of each pixel in its map, 0 the largest; equal ones as `ties` has them.

    >>> rank_pixels(np.array([[[0.0, 7.0, 0.0]]]), np.array([[[1.0, 2.0, 3.0]]]))
    array([[[2, 0, 1]]])
    """
    ranks = np.empty(maps.shape, np.int64)
    for one, values, others in zip(ranks, maps, ties, strict=True):
        one.ravel()[np.lexsort((-others.ravel(), -values.ravel()))] = np.arange(values.size)
    return ranks


def is_flat(values: Array) -> bool:
    """Say whether a map has one value everywhere, but for rounding."""
    return bool(np.ptp(values) <= 1e-9 * np.abs(values).max(initial=0.0))
