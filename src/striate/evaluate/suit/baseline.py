"""Methods to which the order of the values means nothing: gradient boosting, and a linear one."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BOOSTING, LINEAR = "gradient boosting", "linear model"
TREES = 160  # in all: shared among more than four classes, at least 12 rounds
MOST_COLUMNS = 400  # that boosting looks at: more are drawn from


def answer_without_order(
    x: Floats, truth: NDArray[np.int64] | Floats, folds: NDArray[np.int64], *, seed: int
) -> dict[str, NDArray[np.int64] | Floats]:
    """Answer each row of x (N, D) by models that learned from the other folds; classes when `truth` is whole numbers.

    Of more than 400 columns boosting gets 400, drawn with `seed`.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifies = truth.dtype.kind == "i"
    drawn = np.sort(np.random.default_rng(seed).permutation(x.shape[1])[:MOST_COLUMNS])
    boosting = HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor
    linear = LogisticRegression(C=0.1, max_iter=200) if classifies else RidgeCV(np.logspace(-1, 4, 6))
    classes = int(truth.max(initial=0)) + 1 if classifies else 1
    rounds = max(12, min(40, TREES // classes))
    answers = {name: np.zeros_like(truth) for name in (BOOSTING, LINEAR)}
    for fold in np.unique(folds):
        held = folds == fold
        booster = boosting(
            max_iter=rounds, max_leaf_nodes=15, learning_rate=0.15, random_state=seed, early_stopping=False
        )
        answers[BOOSTING][held] = booster.fit(x[~held][:, drawn], truth[~held]).predict(x[held][:, drawn])
        line = make_pipeline(StandardScaler(), linear)
        answers[LINEAR][held] = line.fit(x[~held], truth[~held]).predict(x[held])
    return answers
