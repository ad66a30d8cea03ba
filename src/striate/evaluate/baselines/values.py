"""What simpler methods get where numbers are asked for: always the mean, and features made by hand."""

import numpy as np
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.evaluate.baselines.ridge import answer_by_ridge
from striate.records import Baseline
from striate.tasks.bootstrap import bootstrap
from striate.tasks.known import mean_known
from striate.tasks.regression import measure_r2


def estimate_all(catalogue: Catalogue) -> dict[str, Baseline]:
    """Give the R2 of `mean` on the test split: the training mean for all examples."""
    train, test = catalogue.select("train"), catalogue.select("test")
    answers = np.tile(train.targets.astype(np.float64).mean(0), (len(test.targets), 1))
    return {"mean": _score("Always the mean", answers, test.targets, len(train.targets))}


def estimate_pictures(catalogue: Catalogue, *, seed: int = 0) -> dict[str, Baseline]:
    """Give the R2 of `mean` and `hog_ridge` on the test split."""
    train, test = catalogue.select("train"), catalogue.select("test")
    answers, taught = answer_by_ridge(train.inputs, train.targets.astype(np.float64), test.inputs, seed=seed)
    return {
        **estimate_all(catalogue),
        "hog_ridge": _score("HOG features + a linear map (ridge)", answers, test.targets, taught),
    }


def _score(title: str, answers: NDArray[np.float64], targets: NDArray[np.float32], trained_on: int) -> Baseline:
    truth = targets.astype(np.float64)
    found = bootstrap(lambda weights: mean_known(measure_r2(answers, truth, weights)), len(truth))
    return Baseline(title=title, value=found.value, low=found.low, high=found.high, n=found.n, trained_on=trained_on)
