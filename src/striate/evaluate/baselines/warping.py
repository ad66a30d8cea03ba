"""Dynamic time warping: how far two signals are apart when time may run faster or slower within a band."""

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 24  # values held at a time
Floats = NDArray[np.float32]


def warp_distances(first: Floats, second: Floats, *, band: int) -> Floats:
    """Give the squared distance of each of `first` (M, C, T) to each of `second` (N, C, T) along the best path: (M, N).

    D[i, j] = sum over c of (x[c, i] - y[c, j])^2 + min(D[i-1, j], D[i, j-1], D[i-1, j-1]), where |i - j| <= band; all
    channels warp together. Diagonal after diagonal, since its cells do not need each other.
    Source: Sakoe and Chiba 1978, IEEE TASSP 26 (the band).

    >>> bump, late = np.eye(6, dtype=np.float32)[[2, 3]][:, None]
    >>> warp_distances(bump[None], late[None], band=1).item(), warp_distances(bump[None], late[None], band=0).item()
    (0.0, 2.0)
    """
    rows = max(1, CHUNK // (len(second) * (2 * band + 1) * first.shape[1]))
    return np.concatenate([_warp(first[i : i + rows], second, band) for i in range(0, len(first), rows)])


def _warp(first: Floats, second: Floats, band: int) -> Floats:
    M, _, T = first.shape
    x = np.ascontiguousarray(first.transpose(2, 1, 0))[:, :, :, None]  # (T, C, M, 1)
    y = np.ascontiguousarray(second.transpose(2, 1, 0))[:, :, None]  # (T, C, 1, N)
    nothing = np.full((1, M, len(second)), np.inf, np.float32)
    before, last = (0, nothing), (0, nothing)  # of two diagonals the first row, and the cells after an infinite one
    for d in range(2 * T - 1):
        low, high = max(0, d - T + 1, (d - band + 1) // 2), min(T - 1, d, (d + band) // 2)
        i = np.arange(low, high + 1)
        cost = ((x[i] - y[d - i]) ** 2).sum(1)  # (cells, M, N)
        best = np.minimum(np.minimum(_pick(last, i - 1), _pick(last, i)), _pick(before, i - 1)) if d else 0.0
        before, last = last, (low, np.concatenate([nothing, cost + best]))
    end: Floats = last[1][1]
    return end


def _pick(diagonal: tuple[int, Floats], rows: NDArray[np.int64]) -> Floats:
    """Give the cells of a diagonal at `rows`; infinity where it has none."""
    start, cells = diagonal
    there = (rows >= start) & (rows < start + len(cells) - 1)
    return cells[np.where(there, rows - start + 1, 0)]
