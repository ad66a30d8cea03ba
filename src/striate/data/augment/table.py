"""The table of disturbances: how a batch of each kind of content is varied, and its targets with it."""

from torch import Generator, Tensor

from striate.data.augment.boxes import move_boxes
from striate.data.augment.clips import augment_clips
from striate.data.augment.masks import move_masks
from striate.data.augment.pictures import augment, draw_maps, draw_pictures
from striate.data.augment.sounds import augment_sounds
from striate.kinds import TaskName
from striate.recipe import Augmentation
from striate.records import AudioInput, ClipInput, ImageInput, InputSpec


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
        case ImageInput() if task == "segmentation":
            maps = draw_maps(chosen, inputs.shape[-2:], settings, generator, epoch=epoch)
            return draw_pictures(inputs, chosen, maps, settings, generator), move_masks(targets, chosen, maps)
        case ImageInput() if task == "detection":
            maps = draw_maps(chosen, inputs.shape[-2:], settings, generator, epoch=epoch)
            moved = move_boxes(targets[chosen], maps, (spec.height, spec.width))
            return draw_pictures(inputs, chosen, maps, settings, generator), moved
        case ImageInput():
            return augment(inputs, settings, generator, chosen=chosen, epoch=epoch), targets[chosen]
        case AudioInput():
            return augment_sounds(inputs, settings, generator, chosen=chosen), targets[chosen]
        case ClipInput():
            return augment_clips(inputs, settings, generator, chosen=chosen, epoch=epoch), targets[chosen]
        case _:
            return inputs[chosen], targets[chosen]
