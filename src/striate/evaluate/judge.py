"""The one evaluator: a network on one split of a catalogue, always in float32 on the CPU's own arithmetic."""

import torch

from striate.data.catalogue import Catalogue
from striate.models.infer import infer
from striate.models.network import Network
from striate.records import AnyEvaluation
from striate.runtime.device import Device
from striate.tasks.table import TASKS


def judge(network: Network, catalogue: Catalogue, split: str) -> AnyEvaluation:
    """Judge a network (on the CPU) on one split, in float32, whatever precision it was trained in."""
    task = TASKS[catalogue.task]
    device = Device(kind="cpu", precision="float32", threads=torch.get_num_threads())
    kept = infer(network, catalogue.select(split).inputs, device, keep=task.keep)
    return task.judge(kept, catalogue, split)
