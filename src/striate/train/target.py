"""A target that ends training: asked for several times an epoch on a few examples, believed only on all of them."""

import math

import torch
from torch import Tensor

from striate.data.catalogue import Selection
from striate.models.infer import answer, infer
from striate.models.network import Network
from striate.runtime.device import Device
from striate.tasks.task import Task

CHECKS = 4  # an epoch
SAMPLE = 1000  # examples asked first


def is_due(step: int, per_epoch: int) -> bool:
    """Say whether a look at the target is due after `step` steps: CHECKS times an epoch, its end included.

    >>> [step for step in range(1, 11) if is_due(step, 10)]
    [3, 5, 8, 10]
    """
    return step * CHECKS // per_epoch > (step - 1) * CHECKS // per_epoch


def is_reached(target: float, accuracy: float, n: int) -> bool:
    """Say whether a score, such as accuracy, on n examples lies above the target by its standard error.

    That is sqrt(a (1 - a) / n).

    The network's true accuracy is then at or above the target in about 5 of 6 cases, rather than in every second.

    >>> is_reached(0.9, 0.91, 1000), is_reached(0.9, 0.905, 1000)
    (True, False)
    """
    return accuracy - _standard_error(accuracy, n) >= target


def look(
    network: Network, task: Task, held: Selection, *, target: float, device: Device
) -> tuple[Tensor, float] | None:
    """Examine the network on the validation split `held` if it reaches the target; None if it does not.

    Every n-th example, some 1,000, is asked first, since most looks come too early.
    """
    every = max(1, len(held.targets) // SAMPLE)
    some = infer(network, held.inputs.take(slice(None, None, every)), device, keep=task.keep)
    few = task.score(some, torch.from_numpy(held.targets[::every]))
    if few + _standard_error(few, len(some)) < target:
        return None
    kept, loss = examine(network, task, held, device)
    return (kept, loss) if is_reached(target, task.score(kept, torch.from_numpy(held.targets)), len(kept)) else None


def examine(network: Network, task: Task, held: Selection, device: Device) -> tuple[Tensor, float]:
    """Give what the task keeps of the answers to all examples of a split (N, ...), and their mean loss."""
    kept, total = [], 0.0
    for part, outputs in answer(network, held.inputs, device):
        kept.append(task.keep(outputs))
        total += task.loss(outputs, torch.from_numpy(held.targets[part])).item() * len(outputs)
    return torch.cat(kept), total / len(held.targets)


def _standard_error(accuracy: float, n: int) -> float:
    return math.sqrt(max(0.0, accuracy * (1 - accuracy)) / n)
