"""What simpler methods get where several labels may apply: how often each does, and features made by hand."""

import numpy as np
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.evaluate.baselines.ridge import answer_by_ridge
from striate.records import Baseline
from striate.tasks.bootstrap import bootstrap
from striate.tasks.known import mean_known
from striate.tasks.multilabel import rank


def label_all(catalogue: Catalogue) -> dict[str, Baseline]:
    """Give the mean average precision of `frequencies` on the test split: the same answer for all examples."""
    train, test = catalogue.select("train"), catalogue.select("test")
    scores = np.tile((train.targets > 0).mean(0), (len(test.targets), 1))
    return {"frequencies": _score("Each label as often as in training", scores, test.targets, len(train.targets))}


def label_pictures(catalogue: Catalogue, *, seed: int = 0) -> dict[str, Baseline]:
    """Give the mean average precision of `frequencies` and `hog_ridge` on the test split."""
    train, test = catalogue.select("train"), catalogue.select("test")
    scores, taught = answer_by_ridge(train.inputs, (train.targets > 0).astype(np.float64), test.inputs, seed=seed)
    return {
        **label_all(catalogue),
        "hog_ridge": _score("HOG features + a linear map (ridge)", scores, test.targets, taught),
    }


def _score(title: str, scores: NDArray[np.float64], targets: NDArray[np.uint8], trained_on: int) -> Baseline:
    found = bootstrap(lambda weights: mean_known(rank(scores, targets > 0, weights)), len(targets))
    return Baseline(title=title, value=found.value, low=found.low, high=found.high, n=found.n, trained_on=trained_on)
