"""The small network of the suit test: convolutions with random filters, pooled, and a head that is solved exactly.

Random filters under a linear head come near trained ones on small data (Saxe et al. 2011; ROCKET, Dempster et al.
2020), and need no training that could go well or badly by chance: dozens of orders are compared in seconds.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

FILTERS = 45  # of each kernel size, in all
CELLS = 4  # parts along a signal that are pooled apart; 2 along each side of a picture
KERNELS = ((3, 1), (5, 1), (3, 2))  # size, dilation
LONG_KERNELS = ((3, 1), (5, 1), (7, 1), (5, 2), (5, 4))
LONG = 24  # places from which a signal is a long one
PENALTIES = 10.0 ** np.arange(-1, 5)
Floats = NDArray[np.float64]
Operator = Callable[..., torch.Tensor]
CONVOLVE: dict[int, Operator] = {1: F.conv1d, 2: F.conv2d}
MEAN: dict[int, Operator] = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d}
LARGEST: dict[int, Operator] = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d}


def see(x: Floats, rng: np.random.Generator) -> torch.Tensor:
    """x (N, C, *spatial) -> (N, features) float64: relu of random convolutions, mean and maximum of each part."""
    spatial = x.shape[2:]
    n = len(spatial)
    signal = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
    parts = [max(1, min(CELLS if n == 1 else 2, side // 4)) for side in spatial]
    seen = []
    kernels = _kernels(spatial)
    for size, dilation in kernels:
        weight, bias = _draw(FILTERS // len(kernels), x.shape[1], (size,) * n, rng)
        convolved = CONVOLVE[n](signal, weight, bias, padding=dilation * (size // 2), dilation=dilation).relu()
        seen += [MEAN[n](convolved, parts).flatten(1), LARGEST[n](convolved, parts).flatten(1)]
    features = torch.cat(seen, dim=1).double()
    return (features - features.mean(0)) / (features.std(0) + 1e-6)


def _kernels(spatial: tuple[int, ...]) -> Sequence[tuple[int, int]]:
    if len(spatial) == 1 and spatial[0] >= LONG:
        return LONG_KERNELS
    return KERNELS if min(spatial) >= 5 else KERNELS[:1]


def _draw(n: int, channels: int, size: tuple[int, ...], rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw n filters of length 1 and their biases; half of them look at differences alone."""
    weight = rng.normal(size=(n, channels, *size))
    axes = tuple(range(2, weight.ndim))
    weight[::2] -= weight[::2].mean(axis=axes, keepdims=True)
    weight /= np.linalg.norm(weight.reshape(n, -1), axis=1).reshape(n, 1, *(1 for _ in size))
    return torch.from_numpy(weight).float(), torch.from_numpy(rng.normal(0, 0.7, n)).float()


def answer(features: torch.Tensor, wanted: torch.Tensor, folds: NDArray[np.int64]) -> torch.Tensor:
    """Answer each example (N, features) by ridge regression on the other folds: (N, K), like `wanted`.

    The penalty is the one of PENALTIES with the least error when each example of training is left out once, which
    needs no fitting of its own (Allen 1974, PRESS).
    """
    answers = torch.zeros_like(wanted)
    for fold in np.unique(folds):
        held = torch.from_numpy(folds == fold)
        known, truth = features[~held], wanted[~held]
        middle, mean = known.mean(0), truth.mean(0)
        slopes = _solve(known - middle, truth - mean)
        answers[held] = (features[held] - middle) @ slopes + mean
    return answers


def _solve(known: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Give the weights (features, K) of the best penalty, by one decomposition for all of them."""
    left, size, right = _decompose(known)
    turned = left.T @ truth
    best, slopes = np.inf, torch.zeros(known.shape[1], truth.shape[1], dtype=known.dtype)
    for penalty in PENALTIES:
        shrunk = size**2 / (size**2 + penalty)
        leverage = (left**2 @ shrunk).clamp(max=1 - 1e-9)
        error = float((((truth - left @ (shrunk[:, None] * turned)) / (1 - leverage)[:, None]) ** 2).sum())
        if error < best:
            best, slopes = error, right @ ((size / (size**2 + penalty))[:, None] * turned)
    return slopes


def _decompose(known: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give U, s, V of known = U diag(s) V', through the smaller of its two squares, which is far quicker."""
    wide = known.shape[0] < known.shape[1]
    values, vectors = torch.linalg.eigh(known @ known.T if wide else known.T @ known)
    kept = values > 1e-9 * values[-1].clamp(min=1e-30)
    size, side = values[kept].sqrt(), vectors[:, kept]
    return (side, size, known.T @ side / size) if wide else (known @ side / size, size, side)
