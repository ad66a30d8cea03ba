"""The table of disturbances: how a batch of each kind of content is varied, and its targets with it."""

from torch import Generator, Tensor

from striate.data.augment.pictures import augment
from striate.data.augment.scenes import disturb_scenes
from striate.kinds import TaskName
from striate.recipe import Augmentation
from striate.records import ImageInput, InputSpec


def disturb(
    inputs: Tensor,
    targets: Tensor,
    spec: InputSpec,
    settings: Augmentation,
    generator: Generator,
    *,
    chosen: Tensor,
    epoch: int,
    task: TaskName = "classification",
) -> tuple[Tensor, Tensor]:
    """Gather the `chosen` (N,) of inputs (M, ...) and targets (M, ...), each disturbed in its own way.

    Only what the settings switch on draws random numbers, on the CPU `generator`.
    """
    match spec:
        case ImageInput() if task == "detection":
            return disturb_scenes(inputs, targets, settings, generator, chosen=chosen, epoch=epoch)
        case ImageInput():
            return augment(inputs, settings, generator, chosen=chosen, epoch=epoch), targets[chosen]
        case _:
            return inputs[chosen], targets[chosen]
