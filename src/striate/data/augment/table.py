"""The table of disturbances: how a batch of each kind of content is varied, and its targets with it."""

import dataclasses
from collections.abc import Iterable

from torch import Generator, Tensor

from striate.data.augment.clips import augment_clips
from striate.data.augment.masks import move_masks
from striate.data.augment.pictures import augment, draw_maps, draw_pictures
from striate.data.augment.scenes import disturb_scenes
from striate.data.augment.signals import augment_signals
from striate.data.augment.sounds import augment_sounds
from striate.data.augment.texts import forget_words
from striate.errors import UsageError
from striate.kinds import Modality, TaskName
from striate.recipe import Augmentation
from striate.records import AudioInput, ClipInput, ImageInput, InputSpec, SignalInput, TextInput

PICTURES = (
    *("flip", "shift", "rotate", "scale", "crop", "cutout", "mixup", "cutmix"),
    *("brightness", "contrast", "saturation", "hue", "noise", "mosaic"),
)
SETTINGS: dict[Modality, tuple[str, ...]] = {  # the disturbances that each kind of content knows
    "image": PICTURES,
    "audio": ("shift", "speed", "noise", "filter", "mask_time", "mask_bands", "mixup", "cutmix"),
    "clip": ("flip", "shift", "rotate", "scale", "crop", "noise", "mixup"),
    "text": ("forget",),
    "signal": ("shift", "warp", "scale", "noise", "cutout", "mixup"),
}


def expect_known(settings: Augmentation, typed: Iterable[str], modality: Modality) -> None:
    """Raise UsageError where a typed disturbance is switched on that this kind of content does not know."""
    known = SETTINGS.get(modality, ())
    fields = {field.name for field in dataclasses.fields(Augmentation)}
    for name in typed:
        if name in fields and name not in known and getattr(settings, name) not in (0, "off"):
            rule = f"data of kind {modality} is disturbed by {', '.join(known) or 'nothing'}"
            raise UsageError(rule, got=f"{name}={getattr(settings, name)}", fix="leave it out")


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
            return disturb_scenes(inputs, targets, settings, generator, chosen=chosen, epoch=epoch)
        case ImageInput():
            return augment(inputs, settings, generator, chosen=chosen, epoch=epoch), targets[chosen]
        case AudioInput():
            return augment_sounds(inputs, settings, generator, chosen=chosen), targets[chosen]
        case ClipInput():
            return augment_clips(inputs, settings, generator, chosen=chosen, epoch=epoch), targets[chosen]
        case TextInput():
            texts = inputs[chosen]
            return forget_words(texts, settings.forget, generator) if settings.forget else texts, targets[chosen]
        case SignalInput():
            return augment_signals(inputs, settings, generator, chosen=chosen), targets[chosen]
