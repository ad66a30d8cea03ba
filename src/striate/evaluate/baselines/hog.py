"""The traditional way: histograms of gradient directions, made by hand, and a linear classifier on top.

HOG as in Dalal and Triggs 2005, number for number scikit-image's (a test holds them together) but a whole batch at a
time, ten times as fast. The classifier is scikit-learn's linear SVM: up to 2,000 pictures by LIBLINEAR (Fan et al.
2008), for more by averaged descent (Xu 2011), which on Fashion-MNIST, mnist-10k and X's and O's is as right within
0.2 points, or more so, in a fifth of the time.
"""

import math
import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from striate.data.rows import Inputs
from striate.runtime.progress import track

LEARNED = 5000  # training pictures at most
SOLVED = 2000  # up to so many, the SVM is solved to its optimum
SEEN, PENALTY = 25_000, 1e-3  # pictures that the descent sees, in 5 passes at least
LARGEST = 64  # pixels of the longer side
CHUNK, BYTES = 500, 1 << 26  # pictures described at a time, and their bytes
DIRECTIONS = 9
CLIP = 0.2  # of a block's length, that one bright edge may not drown the rest


def answer_by_hog(
    train_pictures: Inputs, train_labels: NDArray[np.int64], test_pictures: Inputs, *, seed: int
) -> tuple[NDArray[np.int64], int]:
    """Learn from pictures (N, C, H, W) with labels (N,), answer for each test picture (M, C, H, W).

    Features are standardised; the solved SVM's C is 1 / number of features, so that the penalty does not depend on
    size. Returns the answers (M,) and how many training pictures were learned from: at most
    5,000, shared among the classes as they occur, drawn with `seed`.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    chosen = choose_by_class(train_labels, LEARNED, seed=seed)
    labels = train_labels[chosen]
    if len(np.unique(labels)) == 1:  # nothing to tell apart
        return np.full(len(test_pictures), labels[0]), len(chosen)
    known = np.concatenate(list(_describe_all(train_pictures, chosen, "HOG, training")))
    if len(labels) <= SOLVED:
        svm = LinearSVC(C=1 / known.shape[1], dual=True, tol=0.05, random_state=seed)
    else:
        passes = max(5, round(SEEN / len(labels)))
        svm = SGDClassifier(alpha=PENALTY, max_iter=passes, tol=None, average=True, random_state=seed, n_jobs=-1)
    machine = make_pipeline(StandardScaler(), svm)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits of a baseline do not matter
        machine.fit(known, labels)
    everything = np.arange(len(test_pictures))
    answers = [machine.predict(features) for features in _describe_all(test_pictures, everything, "HOG, test")]
    return np.concatenate(answers), len(chosen)


def choose_by_class(labels: NDArray[np.int64], limit: int, *, seed: int) -> NDArray[np.intp]:
    """Indices, rising, of about `limit` of the labels (N,): the same fraction of each class, at least one of each."""
    fraction, rng = min(1.0, limit / len(labels)), np.random.default_rng(seed)
    members = [np.flatnonzero(labels == k) for k in np.unique(labels)]
    drawn = [rng.permutation(those)[: max(1, round(fraction * len(those)))] for those in members]
    return np.sort(np.concatenate(drawn))


def describe(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """HOG of pictures (n, C, H, W) of any size -> (n, features): 9 directions, cells in blocks of 2x2.

    Pictures above 64 pixels are reduced; the cell is a seventh of the shorter side, within 2 to 8 pixels.
    Of several channels, each pixel takes the one with the steepest gradient.

    >>> describe(np.zeros((1, 1, 28, 28), np.uint8)).shape  # cells of 4: 7x7, in 6x6 blocks of 2x2
    (1, 1296)
    """
    small = np.stack([reduce(picture) for picture in pictures])  # (n, C, H, W)
    height, width = small.shape[2:]
    cell = max(1, min(8, max(2, min(height, width) // 7), min(height, width)))
    block = min(2, min(height, width) // cell)
    cells = count_directions(*slopes(small.astype(np.float32)), cell)  # (n, rows, columns, 9)
    blocks = np.lib.stride_tricks.sliding_window_view(cells, (block, block), axis=(1, 2))
    blocks = blocks.transpose(0, 1, 2, 4, 5, 3).reshape(*blocks.shape[:3], -1)  # (n, ., ., block * block * 9)
    features = _unit(np.minimum(_unit(blocks), CLIP))
    return features.reshape(len(small), -1).astype(np.float32)


def slopes(x: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, C, H, W) -> twice (n, H, W): differences down and to the right, of the steepest channel; 0 at edges."""
    down, right = np.zeros_like(x), np.zeros_like(x)
    down[:, :, 1:-1] = x[:, :, 2:] - x[:, :, :-2]
    right[..., 1:-1] = x[..., 2:] - x[..., :-2]
    steepest = np.hypot(down, right).argmax(1)[:, None]
    return np.take_along_axis(down, steepest, 1)[:, 0], np.take_along_axis(right, steepest, 1)[:, 0]


def count_directions(down: NDArray[np.float32], right: NDArray[np.float32], cell: int) -> NDArray[np.float64]:
    """(n, H, W) slopes -> (n, rows, columns, 9): mean steepness by direction, in cells of cell x cell pixels."""
    n, height, width = down.shape
    rows, columns = height // cell, width // cell
    inside = np.s_[:, : rows * cell, : columns * cell]
    steepness = np.hypot(down, right)[inside]
    angle = np.rad2deg(np.arctan2(down, right))[inside] % 180
    direction = np.minimum((angle * (DIRECTIONS / 180)).astype(np.int64), DIRECTIONS - 1)
    row, column = np.arange(rows * cell)[:, None] // cell, np.arange(columns * cell) // cell
    place = ((np.arange(n)[:, None, None] * rows + row) * columns + column) * DIRECTIONS + direction
    counts = np.bincount(place.ravel(), weights=steepness.ravel(), minlength=n * rows * columns * DIRECTIONS)
    return counts.reshape(n, rows, columns, DIRECTIONS) / cell**2


def _unit(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring the last axis to length 1."""
    lengths: NDArray[np.float64] = np.sqrt((blocks**2).sum(-1, keepdims=True) + 1e-10)
    return blocks / lengths


def reduce(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring a picture (C, H, W) to at most 64 pixels on the longer side, keeping its shape, by averaging."""
    height, width = picture.shape[1:]
    scale = LARGEST / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    channels = [Image.fromarray(channel).resize(size, Image.Resampling.BOX) for channel in picture]
    return np.stack([np.asarray(channel) for channel in channels])


def _describe_all(pictures: Inputs, chosen: NDArray[np.intp], what: str) -> Iterator[NDArray[np.float32]]:
    """Yield the features of the chosen pictures, as many at a time as memory may hold."""
    together = max(1, min(CHUNK, BYTES // math.prod(pictures.shape[1:])))
    parts = np.array_split(chosen, -(-len(chosen) // together))
    return (describe(pictures[part]) for part in track(parts, what))
