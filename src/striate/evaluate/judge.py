"""The one evaluator: a network on one split of a catalogue, always in float32 on the CPU's own arithmetic."""

import torch

from striate.data.catalogue import Catalogue
from striate.models.infer import infer
from striate.models.network import Network
from striate.records import Evaluation
from striate.runtime.device import Device
from striate.tasks import classification


def judge(network: Network, catalogue: Catalogue, split: str) -> Evaluation:
    """Judge a network (on the CPU) on one split, in float32, whatever precision it was trained in."""
    chosen = catalogue.select(split)
    device = Device(kind="cpu", precision="float32", threads=torch.get_num_threads())
    probabilities = classification.decode(infer(network, chosen.pictures, device))
    return classification.measure(
        probabilities,
        chosen.labels,
        classes=catalogue.classes,
        names=[catalogue.names[i] for i in chosen.indices],
        pictures=chosen.pictures,
        split=split,
    )
