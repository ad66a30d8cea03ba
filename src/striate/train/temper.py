"""Honest probabilities: one number, fitted on the validation split, that makes the network as sure as it is right."""

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from striate.models.network import Network

COLDEST, HOTTEST, STEPS = 0.05, 20.0, 60  # temperatures tried, and halvings by the golden section


def temper(network: Network, logits: Tensor, labels: Tensor) -> float:
    """Divide the logits by the temperature with the least validation loss, inside the head's own weights.

    Guo et al. 2017, "On calibration of modern neural networks", section 4.2. No answer changes, only how sure it is.
    `logits` (N, K) are the network's of the validation pictures with labels (N,). Returns the temperature (above 1: the
    network was too sure).
    """
    temperature = fit_temperature(logits.double(), labels)
    head = cast(nn.Linear, network.get_submodule("head"))
    with torch.no_grad():
        head.weight.div_(temperature)
        head.bias.div_(temperature)
    return temperature


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Find T > 0 that makes the cross-entropy of logits (N, K) / T against labels (N,) least, by golden section.

    The loss has one valley in log T. Where every answer is right it falls for ever as T goes to 0, so T stays in
    [0.05, 20]; and one imagined example that is wrong at random keeps a small split from claiming certainty.
    """

    def loss(log_t: float) -> float:
        scaled = torch.log_softmax(logits / np.exp(log_t), dim=1)
        wrong = -scaled.mean(dim=1).mean()  # the imagined example: its label is any class
        return float((-scaled.gather(1, labels[:, None]).sum() + wrong) / (len(labels) + 1))

    golden = (np.sqrt(5) - 1) / 2
    low, high = float(np.log(COLDEST)), float(np.log(HOTTEST))
    for _ in range(STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2))
