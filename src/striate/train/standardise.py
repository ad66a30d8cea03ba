"""Numbers to learn, brought to mean 0 and spread 1 while a network learns, and back by the weights of its head.

A dense layer learns numbers about 1 whatever their unit; folded into its weights at the end, the unit costs nothing
and needs no place in the model file.
"""

import dataclasses
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from striate.data.catalogue import Catalogue
from striate.models.network import Network
from striate.train.job import Job

Floats = NDArray[np.float64]


def standardise(job: Job) -> Job:
    """Give the job as it is learned: the targets of a regression in spreads about the mean of its training split."""
    catalogue = job.catalogue
    if catalogue.task != "regression":
        return job
    mean, spread = measure_targets(catalogue)
    targets = ((catalogue.targets - mean) / spread).astype(np.float32)
    return dataclasses.replace(job, catalogue=dataclasses.replace(catalogue, targets=targets))


def restore_units(network: Network, catalogue: Catalogue) -> None:
    """Let the head of a network that learned standardised targets answer in their own units."""
    if catalogue.task != "regression":
        return
    mean, spread = (torch.from_numpy(part) for part in measure_targets(catalogue))
    head = cast(nn.Linear, network.get_submodule("head"))
    with torch.no_grad():
        head.weight.copy_(head.weight.double() * spread[:, None])
        head.bias.copy_(head.bias.double() * spread + mean)


def measure_targets(catalogue: Catalogue) -> tuple[Floats, Floats]:
    """Give mean and standard deviation (D,) of the training targets; 1 where they do not vary."""
    targets = catalogue.targets[catalogue.splits == "train"].astype(np.float64)
    spread = targets.std(0)
    return targets.mean(0), np.where(spread > 0, spread, 1.0)
