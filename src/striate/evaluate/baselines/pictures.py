"""What simpler methods get on the same test pictures: a network's figure means nothing without them.

Three, from the plainest: always the commonest class; the naive way of comparing pixel by pixel with one kept picture
a class; the traditional way of hand-made features (HOG) with a linear classifier.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from striate.data.rows import Inputs
from striate.errors import ShapeError
from striate.evaluate.baselines.hog import answer_by_hog
from striate.records import Baseline, share

Labels = NDArray[np.int64]
CHUNK = 1 << 22  # pixels held as float64 at a time


def baselines(
    train_pictures: Inputs,
    train_labels: NDArray[np.integer],
    test_pictures: Inputs,
    test_labels: NDArray[np.integer],
    *,
    n_classes: int,
    seed: int = 0,
) -> dict[str, Baseline]:
    """Train each simple method on (N, C, H, W) uint8 with labels (N,) in 0..K-1, N > 0, and count it right on the test.

    Returns `majority`, `exemplar` and `hog_svm`, each on all test pictures; `hog_svm` learns from at most 5,000
    training pictures, drawn by class with `seed`. Same arguments, same figures.
    Raises ShapeError where pictures and labels do not fit together.
    """
    train, test = np.asarray(train_labels, np.int64), np.asarray(test_labels, np.int64)
    _check(train_pictures, train, test_pictures, test)
    commonest = np.bincount(train, minlength=n_classes).argmax()
    nearest = _compare(test_pictures, train_pictures[choose_exemplars(train_pictures, train)])
    compared = np.unique(train)[nearest]
    answers, taught = answer_by_hog(train_pictures, train, test_pictures, seed=seed)
    return {
        "majority": _count("Always the commonest class", commonest == test, len(train)),
        "exemplar": _count("One exemplar a class, compared pixel by pixel", compared == test, len(train)),
        "hog_svm": _count("HOG features + linear SVM", answers == test, taught),
    }


def choose_exemplars(pictures: Inputs, labels: Labels) -> NDArray[np.intp]:
    """For each class that occurs, in order, the index of its picture nearest the class mean (squared distance)."""
    return np.array([_choose_exemplar(pictures, np.flatnonzero(labels == k)) for k in np.unique(labels)])


def _choose_exemplar(pictures: Inputs, members: NDArray[np.intp]) -> int:
    mean = sum(part.sum(0) for part in _flat(pictures, members)) / len(members)
    distances = np.concatenate([((part - mean) ** 2).sum(1) for part in _flat(pictures, members)])
    return int(members[distances.argmin()])


def _compare(pictures: Inputs, exemplars: NDArray[np.uint8]) -> NDArray[np.intp]:
    """(N, C, H, W) against (E, C, H, W) -> (N,): the exemplar at the smallest squared distance."""
    # |x - e|^2 = |x|^2 - 2 (x.e - |e|^2 / 2): the smallest distance is the largest bracket
    half = np.concatenate([(some**2).sum(1) / 2 for some in _flat(exemplars, np.arange(len(exemplars)))])
    nearest = []
    for part in _flat(pictures, np.arange(len(pictures))):
        products = [part @ some.T for some in _flat(exemplars, np.arange(len(exemplars)))]
        nearest.append((np.concatenate(products, axis=1) - half).argmax(1))
    return np.concatenate(nearest)


def _flat(pictures: Inputs, members: NDArray[np.intp]) -> Iterator[NDArray[np.float64]]:
    """Yield the chosen pictures, some at a time, as (n, pixels)."""
    pixels = int(np.prod(pictures.shape[1:]))
    for part in np.array_split(members, 1 + len(members) * pixels // CHUNK):
        yield np.asarray(pictures[part]).reshape(len(part), pixels).astype(np.float64)


def _count(title: str, right: NDArray[np.bool_], trained_on: int) -> Baseline:
    found = share(int(right.sum()), len(right))
    return Baseline(title=title, value=found.value, low=found.low, high=found.high, n=found.n, trained_on=trained_on)


def _check(train_pictures: Inputs, train: Labels, test_pictures: Inputs, test: Labels) -> None:
    alike = train_pictures.ndim == 4 and train_pictures.shape[1:] == test_pictures.shape[1:]
    paired = len(train_pictures) == len(train) > 0 and len(test_pictures) == len(test) > 0
    if not (alike and paired and train_pictures.dtype == test_pictures.dtype == np.uint8):
        raise ShapeError(
            "training and test pictures must be uint8 (N, C, H, W) of one size, each with a label, N > 0",
            got=f"{train_pictures.dtype} {train_pictures.shape} with {len(train)} labels, "
            f"{test_pictures.dtype} {test_pictures.shape} with {len(test)} labels",
            fix="decode both to the same size",
        )
