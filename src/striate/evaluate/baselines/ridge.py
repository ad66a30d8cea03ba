"""The traditional way to several answers at once: features made by hand and one linear map, solved, not learned.

Ridge regression (Hoerl and Kennard 1970) on HOG and a small copy of the picture; of three strengths of the penalty the
one with the least error when each example is left out in turn. For labels its answers are scores that rank.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from striate.data.rows import Inputs
from striate.evaluate.baselines.hog import describe

LEARNED = 5000  # training pictures at most
SMALL = 16  # pixels a side of the small copy
PENALTIES = (0.1, 1.0, 10.0)  # times the number of features
CHUNK = 500  # pictures described at a time


def answer_by_ridge(
    train_pictures: Inputs, targets: NDArray[np.float64], test_pictures: Inputs, *, seed: int
) -> tuple[NDArray[np.float64], int]:
    """Learn targets (N, M) from pictures (N, C, H, W), answer for each test picture (n, C, H, W): (n, M).

    Also gives how many training pictures were learned from: at most 5,000, drawn with `seed`.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    chosen = np.sort(np.random.default_rng(seed).permutation(len(targets))[:LEARNED])
    known = describe_all(train_pictures[chosen])
    machine = make_pipeline(StandardScaler(), RidgeCV([share * known.shape[1] for share in PENALTIES]))
    machine.fit(known, targets[chosen])
    answers = np.asarray(machine.predict(describe_all(test_pictures)), np.float64)
    return answers.reshape(len(test_pictures), -1), len(chosen)


def describe_all(pictures: Inputs) -> NDArray[np.float32]:
    """Describe pictures (N, C, H, W) by HOG and their grey values at 16 x 16: (N, features)."""
    parts = (pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK))
    return np.concatenate([np.concatenate([describe(part), _shrink(part)], axis=1) for part in parts])


def _shrink(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = np.rint(pictures.astype(np.float32).mean(1)).astype(np.uint8)  # (n, H, W)
    small = [Image.fromarray(picture).resize((SMALL, SMALL), Image.Resampling.BOX) for picture in grey]
    return np.stack([np.asarray(picture, np.float32).ravel() / 255 for picture in small])
