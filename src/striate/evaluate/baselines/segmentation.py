"""What simpler methods get on the same masks as a network, so that its Dice is never read without them.

Four, from the plainest: background everywhere; at each place the class that is commonest there; a threshold a picture
(Otsu 1979); a random forest on each pixel's surroundings, as interactive pixel classifiers do it (Berg et al. 2019).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from striate.data.catalogue import Catalogue, Selection
from striate.data.listing import VOID
from striate.records import Baseline
from striate.runtime.progress import track
from striate.tasks.bootstrap import bootstrap
from striate.tasks.known import mean_known
from striate.tasks.regions import count_pixels, dice
from striate.tasks.segmentation import find_objects

Masks = NDArray[np.uint8]
GREY = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601 luma
WIDTHS = (1.0, 2.0, 4.0, 8.0)  # of the surroundings that the forest sees, in pixels (standard deviation)
LEARNED, PICTURES = 20_000, 200  # pixels that it learns from, and training pictures that they come from, at most
ANSWERED = 500_000  # pixels that it answers for; others take the answer of a neighbour
TREES, DEPTH, LEAF = 25, 14, 5


def segment(catalogue: Catalogue, *, seed: int = 0) -> dict[str, Baseline]:
    """Give the mean Dice on the test split of `majority`, `place`, `otsu` and `forest`, as `tasks.segmentation` has it.

    The forest learns from pixels of training pictures drawn with `seed`. Same arguments, same figures.
    """
    train, test, classes = catalogue.select("train"), catalogue.select("test"), catalogue.classes
    common = np.stack([(train.targets == k).sum(0) for k in range(len(classes))]).argmax(0)  # (H, W)
    background = np.zeros_like(test.targets)
    answers = {
        "majority": ("Background everywhere", background + np.bincount(common.ravel()).argmax().astype(np.uint8)),
        "place": ("The commonest class of each place", background + common.astype(np.uint8)),
        "otsu": ("Otsu's threshold in each picture", answer_by_threshold(train, test)),
        "forest": ("A random forest on each pixel's surroundings", answer_by_forest(train, test, seed=seed)),
    }
    return {name: _score(title, mask, catalogue, test, len(train.indices)) for name, (title, mask) in answers.items()}


def answer_by_threshold(train: Selection, test: Selection) -> Masks:
    """Give each test picture's pixels on one side of its own threshold the commonest class beside class 0: (N, H, W).

    The side is the brighter, the darker or the smaller one, whichever agrees best with the training masks.
    """
    commonest = np.bincount(train.targets[train.targets != VOID], minlength=2)[1:].argmax() + 1
    truth = train.targets[:PICTURES] == commonest
    bright = np.stack([_brighter(picture) for picture in train.inputs[:PICTURES]])
    chosen = {side: _choose_side(bright, side) for side in ("brighter", "darker", "smaller")}
    agreement = {side: (found & truth).sum() / max(1, (found | truth).sum()) for side, found in chosen.items()}
    answers = _choose_side(
        np.stack([_brighter(picture) for picture in test.inputs]), max(agreement, key=lambda side: agreement[side])
    )
    answered: Masks = (answers * commonest).astype(np.uint8)
    return answered


def _choose_side(bright: NDArray[np.bool_], side: str) -> NDArray[np.bool_]:
    """Give the pixels (N, H, W) on one side of each picture's threshold; `bright` are those above."""
    turned = {"brighter": False, "darker": True, "smaller": bright.mean((1, 2), keepdims=True) > 0.5}[side]
    chosen: NDArray[np.bool_] = np.logical_xor(bright, turned)
    return chosen


def _brighter(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Mark the pixels (H, W) above Otsu's threshold; none where a picture has one grey only."""
    from skimage.filters import threshold_otsu

    grey = _to_grey(picture)
    threshold = threshold_otsu(grey) if grey.min() < grey.max() else 1.0  # type: ignore[no-untyped-call]
    above: NDArray[np.bool_] = grey > threshold
    return above


def answer_by_forest(train: Selection, test: Selection, *, seed: int) -> Masks:
    """Learn from training pixels by their surroundings, and answer for each test pixel: (N, H, W)."""
    from sklearn.ensemble import RandomForestClassifier

    known, labels = _draw_pixels(train, seed)
    forest = RandomForestClassifier(TREES, max_depth=DEPTH, min_samples_leaf=LEAF, random_state=seed, n_jobs=-1)
    forest.fit(known, labels)
    step = max(1, int(np.ceil(np.sqrt(test.targets.size / ANSWERED))))
    chosen = np.s_[step // 2 :: step, step // 2 :: step]
    pictures = track(test.inputs, "pixel forest", total=len(test.inputs))
    seen = np.stack([describe_pixels(picture)[chosen] for picture in pictures])  # (N, h, w, features)
    found = forest.predict(seen.reshape(-1, seen.shape[-1])).reshape(seen.shape[:3])
    H, W = test.targets.shape[1:]
    answers: Masks = np.pad(found.repeat(step, 1).repeat(step, 2), ((0, 0), (0, step), (0, step)), "edge")[:, :H, :W]
    return answers


def describe_pixels(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe each pixel of a picture (C, H, W) by what it and its surroundings look like: (H, W, features).

    Its colour, the brightness, slope and curvature of surroundings of four widths, its colour over the third of them,
    and the mean and spread of the whole picture.
    """
    x = picture.astype(np.float32) / 255
    grey = _to_grey(picture).astype(np.float32)
    blurred = [ndimage.gaussian_filter(grey, width) for width in WIDTHS]
    slopes = [np.hypot(*np.gradient(level)) for level in blurred]
    curves = [ndimage.laplace(level) for level in blurred]
    colours = [ndimage.gaussian_filter(channel, WIDTHS[2]) for channel in x] if len(x) > 1 else []
    whole = [np.full_like(grey, figure) for figure in (grey.mean(), grey.std())]
    return np.stack([*x, *blurred, *slopes, *curves, *colours, *whole], axis=-1)


def _draw_pixels(train: Selection, seed: int) -> tuple[NDArray[np.float32], Masks]:
    """Draw pixels evenly from training pictures, as many as are learned from: features (n, F) and classes (n,)."""
    rng = np.random.default_rng(seed)
    pictures = rng.permutation(len(train.inputs))[:PICTURES]
    each = -(-LEARNED // len(pictures))
    drawn = list(_draw_from(train, pictures, each, rng))
    return np.concatenate([features for features, _ in drawn]), np.concatenate([labels for _, labels in drawn])


def _draw_from(
    train: Selection, pictures: NDArray[np.int64], each: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], Masks]]:
    for n in pictures.tolist():
        counted = np.flatnonzero(train.targets[n] != VOID)
        chosen = rng.choice(counted, min(each, len(counted)), replace=False)
        features = describe_pixels(train.inputs[n])
        yield features.reshape(-1, features.shape[-1])[chosen], train.targets[n].ravel()[chosen]


def _to_grey(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(C, H, W) -> (H, W) in [0, 1]."""
    grey: NDArray[np.float64] = (picture[0] if len(picture) == 1 else np.tensordot(GREY, picture, 1)) / 255
    return grey


def _score(title: str, answers: Masks, catalogue: Catalogue, test: Selection, trained_on: int) -> Baseline:
    counts = count_pixels(answers, test.targets, len(catalogue.classes)).astype(np.float64)
    objects = find_objects(catalogue.classes)
    found = bootstrap(lambda weights: mean_known(dice(np.tensordot(weights, counts, 1))[:, objects]), len(counts))
    return Baseline(title=title, value=found.value, low=found.low, high=found.high, n=found.n, trained_on=trained_on)
