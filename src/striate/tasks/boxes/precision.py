"""Average precision: which found boxes are true ones, and how precise the answers are as more of them are asked for.

COCO's rules (Lin et al. 2014, arXiv:1405.0312; cocoapi, PythonAPI/pycocotools/cocoeval.py), on weighted pictures, so
that an epoch's score takes milliseconds and resamples of the pictures need no new matching. A test holds it to the
library.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVELS = np.linspace(0.5, 0.95, 10)  # of overlap, from which on a found box counts as the true one
RECALLS = np.linspace(0.0, 1.0, 101)  # at which precision is read
CHUNK = 1 << 22  # weights of found boxes held at a time
PAIRS = 1 << 24  # of a found and a true box, at all levels, looked at at a time


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Matched:
    """Found boxes of N pictures, D each: scores (N, D), 0 for none, labels (N, D), and hits (T, N, D) at T levels.

    `counts` (N, K) are those of the true boxes; `partners` (N, D) the true box that each found one has at the first
    level, -1 where it has none.
    """

    scores: Floats
    labels: NDArray[np.int64]
    hits: NDArray[np.bool_]
    counts: NDArray[np.int64]
    partners: NDArray[np.int64]


def match(found: NDArray[np.floating], truth: NDArray[np.floating], *, n_classes: int, levels: Floats) -> Matched:
    """Match found boxes (N, D, 6), likeliest first, with true ones (N, M, 5), at levels (T,) of overlap.

    One after the other, each takes the true box of its class that it overlaps most, of those that are left.
    """
    n, depth, m = len(found), found.shape[1], truth.shape[1]
    partners = np.full((len(levels), n, depth), -1)
    for part in np.array_split(np.arange(n), 1 + len(levels) * n * depth * m // PAIRS):
        partners[:, part] = _pair(found[part].astype(np.float64), truth[part].astype(np.float64), levels)
    return Matched(
        scores=found[..., 4].astype(np.float64),
        labels=found[..., 5].astype(np.int64),
        hits=partners >= 0,
        counts=(truth[..., :1] == np.arange(n_classes)).sum(1),
        partners=partners[0],
    )


def _pair(found: Floats, truth: Floats, levels: Floats) -> NDArray[np.int64]:
    """Give the true box that each found one takes at each level, -1 for none: (T, N, D)."""
    overlaps = _overlap(found[..., :4], truth[..., 1:])  # (N, D, M)
    overlaps[(found[..., 5:] != truth[:, None, :, 0]) | (found[..., 4:5] == 0)] = -1
    n, depth, m = overlaps.shape
    partners = np.full((len(levels), n, depth), -1)
    left = np.ones((len(levels), n, m), np.bool_)
    for rank in range(depth if m else 0):
        if not found[:, rank, 4].any():
            break
        best = np.where(left, overlaps[:, rank], -1.0)  # (T, N, M)
        chosen = best.argmax(2)[..., None]
        hit = np.take_along_axis(best, chosen, 2) >= levels[:, None, None]
        partners[..., rank] = np.where(hit, chosen, -1)[..., 0]
        np.put_along_axis(left, chosen, np.take_along_axis(left, chosen, 2) & ~hit, 2)
    return partners


def average_precision(matched: Matched, k: int, level: int, weights: Floats | None = None) -> Floats:
    """Give the average precision of class k for pictures weighed by weights (R, N): (R,).

    Not-a-number where there is no true box. The mean over 101 recalls r of the best precision that any number of
    answers with recall >= r has; 0 where none has.
    """
    weights = np.ones((1, len(matched.scores))) if weights is None else weights
    pictures, ranks = np.nonzero((matched.labels == k) & (matched.scores > 0))
    order = np.argsort(-matched.scores[pictures, ranks], kind="stable")
    pictures, hits = pictures[order], matched.hits[level, pictures, ranks][order]
    total = weights @ matched.counts[:, k]
    parts = np.array_split(np.arange(len(weights)), 1 + len(weights) * len(pictures) // CHUNK)
    return np.concatenate([_integrate(weights[part][:, pictures], hits, total[part]) for part in parts])


def mean_precision(
    matched: Matched, n_classes: int, *, levels: range = range(1), weights: Floats | None = None
) -> Floats:
    """Give the mean over classes and levels of average precision: (R,); classes without a true box do not count."""
    each = np.stack([average_precision(matched, k, level, weights) for k in range(n_classes) for level in levels])
    known = np.isfinite(each)
    sums, counts = np.where(known, each, 0.0).sum(0), known.sum(0)
    mean: Floats = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    return mean


def _integrate(weights: Floats, hits: NDArray[np.bool_], total: Floats) -> Floats:
    """weights (R, D) of found boxes, likeliest first, which are hits (D,), against totals (R,) -> (R,)."""
    right, asked = np.cumsum(weights * hits, axis=1), np.cumsum(weights, axis=1)
    precision = np.divide(right, asked, out=np.zeros_like(right), where=asked > 0)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    envelope = np.concatenate([envelope, np.zeros((len(envelope), 1))], axis=1)  # beyond the last: 0
    recall = np.divide(right, total[:, None], out=np.zeros_like(right), where=total[:, None] > 0)
    read = [row[np.searchsorted(reached, RECALLS)].mean() for row, reached in zip(envelope, recall, strict=True)]
    return np.where(total > 0, np.array(read), np.nan)


def _overlap(one: Floats, other: Floats) -> Floats:
    """(N, D, 4) and (N, M, 4) -> (N, D, M): intersection over union."""
    a, b = one[:, :, None], other[:, None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.maximum(sides, 0).prod(-1)
    areas = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1)
    overlaps: Floats = shared / np.maximum(areas - shared, 1e-12)
    return overlaps
