"""What simpler methods find on the same test pictures: the commonest boxes, and a window slid over each picture."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue, Selection
from striate.evaluate.baselines.windows import LEARNED, find_windows, teach_finder
from striate.records import Baseline
from striate.tasks.bootstrap import bootstrap
from striate.tasks.boxes.precision import LEVELS, match, mean_precision
from striate.tasks.boxes.suppress import FOUND

GRID = 6  # parts of each side, in which commonest boxes are counted
Floats = NDArray[np.float64]


def compare_boxes(catalogue: Catalogue) -> dict[str, Baseline]:
    """Give mAP50 on the test split of `majority` and of `hog_svm`, which learns from at most 100 training pictures."""
    train, test, n_classes = catalogue.select("train"), catalogue.select("test"), len(catalogue.classes)
    measure = partial(_measure, test=test, n_classes=n_classes)
    commonest = list_commonest(train.targets, train.inputs.shape[2:], n_classes)
    always = np.tile(commonest, (len(test.inputs), 1, 1))
    found = {"majority": measure("Always the commonest boxes", always, len(train.inputs))}
    has_boxes = np.flatnonzero((train.targets[..., 0] >= 0).any(1))
    if len(has_boxes):
        chosen = has_boxes[np.linspace(0, len(has_boxes) - 1, min(LEARNED, len(has_boxes))).round().astype(int)]
        finder = teach_finder(train.inputs[chosen], train.targets[chosen], n_classes=n_classes, seed=0)
        slid = find_windows(finder, test.inputs)
        found["hog_svm"] = measure("Sliding window with HOG features + linear SVM", slid, len(chosen))
    return found


def list_commonest(targets: NDArray[np.floating], size: tuple[int, ...], n_classes: int) -> Floats:
    """Give the mean boxes of each class in each part of the picture, the commonest first: (100, 6), as found boxes.

    The score is the share of pictures that have such a box, of targets (N, M, 5) in pictures of `size` (H, W).
    """
    rows = targets[targets[..., 0] >= 0].astype(np.float64)
    centres = (rows[:, 1:3] + rows[:, 3:]) / 2 / np.array(size[::-1])
    across, down = np.clip((centres * GRID).astype(np.int64), 0, GRID - 1).T
    cells = (rows[:, 0].astype(np.int64) * GRID + down) * GRID + across
    counts = np.bincount(cells, minlength=n_classes * GRID * GRID)
    sums = np.stack([np.bincount(cells, rows[:, 1 + i], minlength=len(counts)) for i in range(4)], axis=1)
    order = np.argsort(-counts, kind="stable")[:FOUND]
    order = order[counts[order] > 0]
    found = np.zeros((FOUND, 6))
    found[: len(order), :4] = sums[order] / counts[order, None]
    found[: len(order), 4] = counts[order] / max(1, len(targets))
    found[: len(order), 5] = order // (GRID * GRID)
    return found


def _measure(title: str, found: Floats, trained_on: int, *, test: Selection, n_classes: int) -> Baseline:
    matched = match(found, test.targets, n_classes=n_classes, levels=LEVELS[:1])
    figure = bootstrap(lambda w: mean_precision(matched, n_classes, weights=w), len(found))
    value, low, high = np.nan_to_num([figure.value, figure.low, figure.high], nan=0.0).tolist()
    return Baseline(title=title, value=value, low=low, high=high, n=figure.n, trained_on=trained_on)
