"""The table of disturbances: how a batch of each kind of content is varied, and its targets with it."""

from torch import Generator, Tensor

from striate.data.augment.pictures import augment
from striate.data.augment.signals import augment_signals
from striate.data.augment.texts import forget_words
from striate.recipe import Augmentation
from striate.records import ImageInput, InputSpec, SignalInput, TextInput


def disturb(
    inputs: Tensor,
    targets: Tensor,
    spec: InputSpec,
    settings: Augmentation,
    generator: Generator,
    *,
    chosen: Tensor,
    epoch: int,
) -> tuple[Tensor, Tensor]:
    """Gather the `chosen` (N,) of inputs (M, ...) and targets (M, ...), each disturbed in its own way.

    Only what the settings switch on draws random numbers, on the CPU `generator`.
    """
    match spec:
        case ImageInput():
            return augment(inputs, settings, generator, chosen=chosen, epoch=epoch), targets[chosen]
        case TextInput():
            texts = inputs[chosen]
            return forget_words(texts, settings.forget, generator) if settings.forget else texts, targets[chosen]
        case SignalInput():
            return augment_signals(inputs, settings, generator, chosen=chosen), targets[chosen]
        case _:
            return inputs[chosen], targets[chosen]
