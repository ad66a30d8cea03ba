"""The traditional way to find objects: a window slid over the picture at every scale, judged by what its cells hold.

Dalal and Triggs 2005: histograms of gradient directions, a linear SVM, and a second round that learns from the windows
that the first one wrongly took for objects. A cell's mean colour stands beside its histogram, and one size of window
serves all classes, each of which has the shape of its mean box.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from striate.data.rows import Inputs
from striate.evaluate.baselines.hog import count_directions, slopes
from striate.runtime.progress import track
from striate.tasks.boxes.overlap import overlap
from striate.tasks.boxes.suppress import FOUND, survive

CELL, SIDE = 8, 5  # pixels of a cell, cells of a window's side
LEVELS, LARGEST = 5, 3.0  # sizes of objects that are looked for, and how many times a picture is enlarged at most
LEARNED = 100  # training pictures learned from
FREE, FIRST = 240, 60  # windows without an object of each picture: in the choice of round two, and in round one
CLOSE, FAR = 0.4, 0.3  # overlaps with a true box: of windows that show it at least, of those without one at most
PENALTY = 0.01  # the SVM's C
CANDIDATES = 300  # windows of a picture that suppression looks at
Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Finder:
    """A linear classifier a class over windows of `sizes` pixels: `weights` (K, features) and `bias` (K,).

    `shapes` (K, 2): how wide and high the objects of a class are on average, as shares of the window that fits them.
    """

    weights: Floats
    bias: Floats
    sizes: tuple[float, ...]
    shapes: Floats


def teach_finder(pictures: Pixels, targets: NDArray[np.floating], *, n_classes: int, seed: int) -> Finder:
    """Learn from pictures (N, C, H, W) with boxes (N, M, 5), at least one: windows on objects against free ones.

    Of each picture free windows are drawn with `seed`; the second round takes those that the first finds likeliest.
    """
    rng = np.random.default_rng(seed)
    sizes, shapes = _choose_sizes(targets[targets[..., 0] >= 0].astype(np.float64), n_classes)
    held, labels, free = [], [], []
    for picture, truth in zip(track(pictures, "windows, training"), targets, strict=True):
        features, boxes = list_windows(picture, sizes)
        known = truth[truth[:, 0] >= 0].astype(np.float64)
        overlaps = _overlap(boxes, known[:, 1:])  # (P, m)
        shown = overlaps.max(0, initial=0.0) >= CLOSE
        held.append(features[overlaps.argmax(0)[shown]] if len(known) else features[:0])
        labels.append(known[shown, 0].astype(np.int64))
        empty = np.flatnonzero(overlaps.max(1, initial=0.0) <= FAR)
        free.append(features[rng.permutation(empty)[:FREE]])
    first, every = np.concatenate([part[:FIRST] for part in free]), np.concatenate(free)
    weights, bias = _separate(np.concatenate(held), np.concatenate(labels), first, n_classes)
    hard = np.argsort(-(every @ weights.T + bias).max(1), kind="stable")[: len(first)]
    weights, bias = _separate(np.concatenate(held), np.concatenate(labels), every[hard], n_classes)
    return Finder(weights=weights, bias=bias, sizes=sizes, shapes=shapes)


def find_windows(finder: Finder, pictures: Inputs) -> Floats:
    """Find objects in pictures (N, C, H, W): (N, 100, 6), x0, y0, x1, y1, score, class, the likeliest first."""
    return np.stack([_find(finder, picture) for picture in track(pictures, "windows, test")])


def list_windows(picture: Pixels, sizes: tuple[float, ...]) -> tuple[NDArray[np.float32], Floats]:
    """Give every window of a picture (C, H, W): what is in it (P, features), and its box (P, 4) in its pixels.

    For each size the picture is scaled so that SIDE cells are as long; a window begins at each of its cells.
    """
    features, boxes = [], []
    x = torch.from_numpy(picture.astype(np.float32))[None]
    for size in sizes:
        height, width = (round(n * SIDE * CELL / size) for n in picture.shape[1:])
        if min(height, width) < SIDE * CELL:
            continue
        scaled = F.interpolate(x, (height, width), mode="bilinear", antialias=True).numpy()
        cells = _describe_cells(scaled)  # (rows, columns, 9 + C)
        windows = np.lib.stride_tricks.sliding_window_view(cells, (SIDE, SIDE), axis=(0, 1))
        features.append(windows.reshape(-1, cells.shape[2] * SIDE * SIDE))
        down, across = np.indices(windows.shape[:2]) * (CELL * size / (SIDE * CELL))
        boxes.append(np.stack([across, down, across + size, down + size], axis=-1).reshape(-1, 4))
    if not features:
        return np.zeros((0, (9 + len(picture)) * SIDE * SIDE), np.float32), np.zeros((0, 4))
    return np.concatenate(features), np.concatenate(boxes)


def _choose_sizes(rows: Floats, n_classes: int) -> tuple[tuple[float, ...], Floats]:
    """Choose sizes of windows, evenly on a log scale over those of boxes (G, 5), and each class's shape in them."""
    sides = rows[:, 3:] - rows[:, 1:3]
    lengths = np.sqrt(sides.prod(1)).clip(min=4)
    low, high = np.quantile(lengths, [0.05, 0.95]).clip(min=SIDE * CELL / LARGEST)
    sizes = np.unique(np.geomspace(low, high, LEVELS).round(1))
    fitting = sizes[np.abs(np.log(lengths[:, None] / sizes)).argmin(1)]
    there = (rows[:, 0] == np.arange(n_classes)[:, None]).astype(np.float64)  # (K, G)
    shapes = (there @ (sides / fitting[:, None])) / np.maximum(there.sum(1), 1)[:, None]
    return tuple(sizes.tolist()), shapes


def _describe_cells(scaled: NDArray[np.float32]) -> NDArray[np.float32]:
    """(1, C, H, W) -> (rows, columns, 9 + C): directions of slopes, of length 1 at most, and mean colours of cells."""
    directions = count_directions(*slopes(scaled), CELL)[0]
    directions = directions / np.maximum(np.linalg.norm(directions, axis=-1, keepdims=True), 4.0)
    rows, columns = directions.shape[:2]
    inside = scaled[0, :, : rows * CELL, : columns * CELL]
    colours = inside.reshape(len(inside), rows, CELL, columns, CELL).mean((2, 4)).transpose(1, 2, 0) / 255
    return np.concatenate([directions, colours], axis=-1).astype(np.float32)


def _separate(
    held: NDArray[np.float32], labels: NDArray[np.int64], free: NDArray[np.float32], n_classes: int
) -> tuple[Floats, Floats]:
    """Fit a linear SVM a class, its objects against all else: (K, features), (K,); -1 for a class without a window."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    x, y = np.concatenate([held, free]), np.concatenate([labels, np.full(len(free), -1)])
    weights, bias = np.zeros((n_classes, x.shape[1])), np.full(n_classes, -1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits of a baseline do not matter
        for k in np.unique(labels).tolist() if len(np.unique(y)) > 1 else ():  # else nothing to tell apart
            machine = LinearSVC(C=PENALTY, dual=True, tol=0.01, random_state=0).fit(x, y == k)
            weights[k], bias[k] = machine.coef_[0], machine.intercept_[0]
    return weights, bias


def _find(finder: Finder, picture: Pixels) -> Floats:
    features, windows = list_windows(picture, finder.sizes)
    votes = features @ finder.weights.T + finder.bias  # (P, K)
    order = np.argsort(-votes, axis=None, kind="stable")[:CANDIDATES]
    places, labels = np.divmod(order, len(finder.bias))
    sides = (windows[:, 2:] - windows[:, :2])[places] * finder.shapes[labels]
    centres = (windows[:, 2:] + windows[:, :2])[places] / 2
    boxes = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
    kept = survive(torch.from_numpy(boxes)[None], torch.from_numpy(labels)[None])[0].numpy()
    chosen = np.flatnonzero(kept)[:FOUND]
    found = np.zeros((FOUND, 6))
    scores = 1 / (1 + np.exp(-votes.ravel()[order][chosen]))
    found[: len(chosen)] = np.concatenate([boxes[chosen], scores[:, None], labels[chosen, None]], axis=1)
    return found


def _overlap(one: Floats, other: Floats) -> Floats:
    """(P, 4) and (M, 4) -> (P, M): intersection over union."""
    overlaps: Floats = overlap(torch.from_numpy(one)[:, None], torch.from_numpy(other)[None]).numpy()
    return overlaps
