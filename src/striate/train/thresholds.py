"""From which probability a label is said to apply: chosen on the validation split, written into the head's bias."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from striate.models.network import Network

GAP = 1e-5  # between logits that the head's bias can hold apart
FEWEST = 5  # validation examples of a label, with and without it, from which a threshold is chosen


def shift_thresholds(network: Network, logits: Tensor, targets: Tensor) -> list[float]:
    """Shift each label's logit so that probability 1/2 is where its F1 is best on the validation split.

    `logits` (N, K) are the network's of validation examples with targets (N, K) of 0 and 1. No ranking changes, so
    neither does average precision. Gives the probabilities (K,) that stood at the new 1/2 before; 1/2 stays where a
    label is too rare, or too common, for a choice. Source: Lipton et al. 2014, arXiv:1402.1892 (why it is not 1/2).
    """
    scores, truth = logits.double().numpy(), targets.numpy() > 0
    cuts = [choose_threshold(scores[:, k], truth[:, k]) for k in range(truth.shape[1])]
    head = cast(nn.Linear, network.get_submodule("head"))
    with torch.no_grad():
        head.bias.sub_(torch.tensor(cuts).to(head.bias))
    return torch.sigmoid(torch.tensor(cuts).double()).tolist()


def choose_threshold(scores: NDArray[np.float64], applies: NDArray[np.bool_]) -> float:
    """Give the logit with the best F1 of calling all above it: scores (N,) and truth (N,).

    It lies in the middle of the gap; of equally good ones the nearest to 0 is taken.

    >>> choose_threshold(np.arange(10.0), np.arange(10) >= 5)
    4.5
    """
    if min(applies.sum(), (~applies).sum()) < FEWEST:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(applies[order])
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + applies.sum())  # of calling the first 1, 2, ... so
    middles = (ranked + np.append(ranked[1:], ranked[-1] - 1)) / 2
    apart = np.append(ranked[:-1] - ranked[1:] > GAP, True)  # of equal scores, all are called so or none
    best = np.flatnonzero(apart & (f1 >= f1[apart].max() - 1e-12))
    return float(middles[best[np.abs(middles[best]).argmin()]])
