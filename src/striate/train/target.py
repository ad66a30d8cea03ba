"""A target that ends training: asked for several times an epoch on a few pictures, believed only on all of them."""

import math

import numpy as np
import torch
from torch import Tensor

from striate.models.infer import infer
from striate.models.network import Network
from striate.runtime.device import Device

CHECKS = 4  # an epoch
SAMPLE = 1000  # pictures asked first


def is_due(step: int, per_epoch: int) -> bool:
    """Say whether a look at the target is due after `step` steps: CHECKS times an epoch, its end included.

    >>> [step for step in range(1, 11) if is_due(step, 10)]
    [3, 5, 8, 10]
    """
    return step * CHECKS // per_epoch > (step - 1) * CHECKS // per_epoch


def is_reached(target: float, accuracy: float, n: int) -> bool:
    """Say whether an accuracy on n pictures lies above the target by its standard error, sqrt(a (1 - a) / n).

    The network's true accuracy is then at or above the target in about 5 of 6 cases, rather than in every second.

    >>> is_reached(0.9, 0.91, 1000), is_reached(0.9, 0.905, 1000)
    (True, False)
    """
    return accuracy - _standard_error(accuracy, n) >= target


def look(network: Network, pictures: np.ndarray, labels: Tensor, *, target: float, device: Device) -> Tensor | None:
    """Give the logits (N, K) of the validation pictures (N, C, H, W) if they reach the target; None if they do not.

    `labels` (N,). Every n-th picture, some 1,000, is asked first, since most looks come too early.
    """
    every = max(1, len(labels) // SAMPLE)
    few = _accuracy(infer(network, pictures[::every], device), labels[::every])
    if few + _standard_error(few, len(labels[::every])) < target:
        return None
    logits = infer(network, pictures, device)
    return logits if is_reached(target, _accuracy(logits, labels), len(labels)) else None


def _accuracy(logits: Tensor, labels: Tensor) -> float:
    return float((logits.argmax(1) == labels).to(torch.float64).mean())


def _standard_error(accuracy: float, n: int) -> float:
    return math.sqrt(accuracy * (1 - accuracy) / n)
