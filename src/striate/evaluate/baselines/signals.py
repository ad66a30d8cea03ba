"""What simpler methods get on the same test signals: a network's figure means nothing without them.

Three, from the plainest: always the commonest class; the class of the training signal that is nearest, moment by
moment; the same after time was warped to fit best, for decades the method to beat (Bagnall et al. 2017, DMKD 31).
"""

import numpy as np
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.evaluate.baselines.hog import choose_by_class
from striate.evaluate.baselines.pictures import count_right
from striate.evaluate.baselines.warping import warp_distances
from striate.records import Baseline

LEARNED = 5000  # training signals at most; what warping takes is bounded besides
TRIED = 500  # training signals that choose the normalisation
WARPED = 500  # test signals that are warped at most
MOMENTS = 128  # of a signal that is warped: longer ones are averaged
BAND = 0.1  # of a signal's length, by which time may be warped
CELLS = 2e8  # of all tables of warping together, a few seconds
Floats = NDArray[np.float32]


def compare_signals(catalogue: Catalogue, *, seed: int = 0) -> dict[str, Baseline]:
    """Let each simple method learn from the training split, and count it right on the test split.

    `catalogue` holds signals for classification. They learn from at most 5,000 training signals, drawn by class with
    `seed`; warping from as many as a few seconds allow, and it is asked about at most 500 test signals, as its title
    says. Same catalogue, same figures.
    """
    chosen = catalogue.select("train")
    train = choose_by_class(chosen.targets, LEARNED, seed=seed)
    test = catalogue.select("test")
    labels, truth = chosen.targets[train], test.targets
    known, asked = normalise(chosen.inputs[train], labels, test.inputs[:])
    commonest = np.bincount(labels, minlength=len(catalogue.classes)).argmax()
    nearest = labels[_find_nearest(known, asked)]
    few = np.sort(np.random.default_rng(seed).permutation(len(asked))[:WARPED])
    short, shorter = _shorten(known), _shorten(asked[few])
    band = max(1, round(BAND * short.shape[2]))
    cells = len(few) * short.shape[1] * short.shape[2] * (2 * band + 1)
    kept = choose_by_class(labels, max(1, int(CELLS // cells)), seed=seed)
    warped = labels[kept][warp_distances(shorter, short[kept], band=band).argmin(1)]
    said = "" if len(few) == len(asked) else f", asked about {len(few)}"
    return {
        "majority": count_right("Always the commonest class", commonest == truth, len(labels)),
        "nearest": count_right("The nearest training signal, moment by moment", nearest == truth, len(labels)),
        "warped": count_right(f"The nearest one with time warped{said}", warped == truth[few], len(kept)),
    }


def normalise(
    known: NDArray[np.floating], labels: NDArray[np.int64], asked: NDArray[np.floating]
) -> tuple[Floats, Floats]:
    """Bring signals (N, C, T), (M, C, T) to mean 0 and spread 1, a channel each; missing values become 0.

    Either by the channel's figures over all N, or by each signal's own: what leaves fewer of up to 500 training signals
    nearest to one of another class than they are of.
    """
    by_all = _measure(known, axis=(0, 2))
    ways = [(_apply(known, *by_all), _apply(asked, *by_all))]
    ways.append((_apply(known, *_measure(known, axis=(2,))), _apply(asked, *_measure(asked, axis=(2,)))))
    kept = choose_by_class(labels, TRIED, seed=0)
    return max(ways, key=lambda way: _agree(way[0][kept], labels[kept]))


def _measure(signals: NDArray[np.floating], axis: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give mean and spread along axes, kept with length 1; a spread of 0 counts as 1, missing values not at all."""
    count = np.maximum((~np.isnan(signals)).sum(axis=axis, keepdims=True), 1)
    mean = np.nansum(signals, axis=axis, keepdims=True, dtype=np.float64) / count
    spread = np.sqrt(np.nansum((signals - mean) ** 2, axis=axis, keepdims=True) / count)
    return mean, np.where(spread > 0, spread, 1.0)


def _apply(signals: NDArray[np.floating], mean: NDArray[np.float64], spread: NDArray[np.float64]) -> Floats:
    return np.nan_to_num((signals - mean) / spread).astype(np.float32)


def _agree(signals: Floats, labels: NDArray[np.int64]) -> float:
    """Give the share of signals whose nearest other one has their label."""
    flat = signals.reshape(len(signals), -1)
    scores = flat @ flat.T - (flat**2).sum(1) / 2  # as in _find_nearest
    np.fill_diagonal(scores, -np.inf)
    return float((labels[scores.argmax(1)] == labels).mean())


def _find_nearest(known: Floats, asked: Floats) -> NDArray[np.intp]:
    """(N, C, T) and (M, C, T) -> (M,): the known one at the smallest squared distance."""
    flat, other = known.reshape(len(known), -1), asked.reshape(len(asked), -1)
    # |x - e|^2 = |x|^2 - 2 (x.e - |e|^2 / 2): the smallest distance is the largest bracket
    nearest: NDArray[np.intp] = (other @ flat.T - (flat**2).sum(1) / 2).argmax(1)
    return nearest


def _shorten(signals: Floats) -> Floats:
    """Average stretches of signals (N, C, T), so that at most 128 moments are left."""
    stretch = -(-signals.shape[2] // MOMENTS)
    whole = signals.shape[2] // stretch * stretch
    short: Floats = signals[:, :, :whole].reshape(*signals.shape[:2], -1, stretch).mean(3)
    return short
