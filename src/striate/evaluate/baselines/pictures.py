"""What simpler methods get on the same test pictures: a network's figure means nothing without them.

Three, from the plainest: always the commonest class; the naive way of comparing pixel by pixel with one kept picture
a class; the traditional way of hand-made features (HOG) with a linear classifier.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from striate.errors import ShapeError
from striate.evaluate.baselines.hog import answer_by_hog
from striate.records import Baseline, share

Pictures = NDArray[np.uint8]
Labels = NDArray[np.int64]
CHUNK = 1 << 22  # pixels held as float64 at a time


def baselines(
    train_pictures: Pictures,
    train_labels: NDArray[np.integer],
    test_pictures: Pictures,
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
        "majority": count_right("Always the commonest class", commonest == test, len(train)),
        "exemplar": count_right("One exemplar a class, compared pixel by pixel", compared == test, len(train)),
        "hog_svm": count_right("HOG features + linear SVM", answers == test, taught),
    }


def choose_exemplars(pictures: Pictures, labels: Labels) -> NDArray[np.intp]:
    """For each class that occurs, in order, the index of its picture nearest the class mean (squared distance)."""
    return np.array([_choose_exemplar(pictures, np.flatnonzero(labels == k)) for k in np.unique(labels)])


def _choose_exemplar(pictures: Pictures, members: NDArray[np.intp]) -> int:
    mean = sum(part.sum(0) for part in _flat(pictures, members)) / len(members)
    distances = np.concatenate([((part - mean) ** 2).sum(1) for part in _flat(pictures, members)])
    return int(members[distances.argmin()])


def _compare(pictures: Pictures, exemplars: Pictures) -> NDArray[np.intp]:
    """(N, C, H, W) against (E, C, H, W) -> (N,): the exemplar at the smallest squared distance."""
    kept = exemplars.reshape(len(exemplars), -1).astype(np.float64)  # (E, C, H, W) -> (E, pixels)
    half = (kept**2).sum(1) / 2
    # |x - e|^2 = |x|^2 - 2 (x.e - |e|^2 / 2): the smallest distance is the largest bracket
    parts = _flat(pictures, np.arange(len(pictures)))
    return np.concatenate([(part @ kept.T - half).argmax(1) for part in parts])


def _flat(pictures: Pictures, members: NDArray[np.intp]) -> Iterator[NDArray[np.float64]]:
    """Yield the chosen pictures, some at a time, as (n, pixels)."""
    pixels = int(np.prod(pictures.shape[1:]))
    for part in np.array_split(members, 1 + len(members) * pixels // CHUNK):
        yield pictures[part].reshape(len(part), pixels).astype(np.float64)


def count_right(title: str, right: NDArray[np.bool_], trained_on: int) -> Baseline:
    """Make the record of a method from which of its answers (N,) are right."""
    found = share(int(right.sum()), len(right))
    return Baseline(title=title, value=found.value, low=found.low, high=found.high, n=found.n, trained_on=trained_on)


def _check(train_pictures: Pictures, train: Labels, test_pictures: Pictures, test: Labels) -> None:
    alike = train_pictures.ndim == 4 and train_pictures.shape[1:] == test_pictures.shape[1:]
    paired = len(train_pictures) == len(train) > 0 and len(test_pictures) == len(test) > 0
    if not (alike and paired and train_pictures.dtype == test_pictures.dtype == np.uint8):
        raise ShapeError(
            "training and test pictures must be uint8 (N, C, H, W) of one size, each with a label, N > 0",
            got=f"{train_pictures.dtype} {train_pictures.shape} with {len(train)} labels, "
            f"{test_pictures.dtype} {test_pictures.shape} with {len(test)} labels",
            fix="decode both to the same size",
        )
