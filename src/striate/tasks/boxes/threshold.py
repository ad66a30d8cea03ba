"""From which score on a box is shown: the point of the best F1, by class, that becomes a score of one half."""

import numpy as np
import torch
from numpy.typing import NDArray

from striate.tasks.boxes.precision import Matched

ENOUGH = 20  # true boxes of a class, from which on it has a point of its own; others take that of all classes
Floats = NDArray[np.float64]


def best_thresholds(matched: Matched, n_classes: int) -> Floats:
    """Give the score (K,) with the best F1 of each class, in (0, 1): halfway to the next score below.

    F1 = 2 hits / (true boxes + boxes of at least that score), at the first level of overlap.
    """
    every = _best(matched.scores > 0, matched, int(matched.counts.sum()))
    totals = matched.counts.sum(0)
    own = [_best((matched.labels == k) & (matched.scores > 0), matched, int(totals[k])) for k in range(n_classes)]
    return np.where(totals >= ENOUGH, np.array(own), every)


def centre_scores(answer: "torch.nn.Conv2d", thresholds: Floats) -> None:
    """Shift the logits of classes (the last K features of `answer`) so that scores at `thresholds` (K,) become 1/2.

    The order of a class's boxes stays, and with it every average precision.
    """
    assert answer.bias is not None
    with torch.no_grad():
        answer.bias[-len(thresholds) :] -= torch.logit(torch.tensor(thresholds)).to(answer.bias.dtype)


def _best(chosen: NDArray[np.bool_], matched: Matched, n_true: int) -> float:
    """Give the threshold of the best F1 of chosen boxes (N, D), of `n_true`; 1/2 where nothing is right."""
    order = np.argsort(-matched.scores[chosen], kind="stable")
    scores, hits = matched.scores[chosen][order], matched.hits[0][chosen][order].cumsum()
    if not len(hits) or hits[-1] == 0:
        return 0.5
    f1 = 2 * hits / (n_true + np.arange(1, len(hits) + 1))
    best = int(f1.argmax())
    below = scores[best + 1] if best + 1 < len(scores) else 0.0
    return float(np.clip((scores[best] + below) / 2, 1e-4, 1 - 1e-4))
