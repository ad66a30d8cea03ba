"""The zoo: registered names and the lines they stand for. No torch here: a name is a line, nothing more."""

import math
from collections.abc import Callable

from striate.kinds import Modality, TaskName
from striate.notation import Operation, Plan, plan
from striate.recipe import LARGE, Facts

DEFAULT = "compact"
ZOO = {
    # LeCun et al. 1998, "Gradient-based learning applied to document recognition", fig. 2, with ReLU and max-pooling
    "lenet5": "conv 6 5x5 pad 2 > relu > maxpool 2 > conv 16 5x5 > relu > maxpool 2"
    " > dense 120 > relu > dense 84 > relu",
    # Small enough to read every number, for X's and O's
    "xo": "conv 8 3x3 pad 1 > batchnorm > relu > maxpool 2 > conv 16 3x3 pad 1 > batchnorm > relu > maxpool 2"
    " > conv 32 3x3 pad 1 > batchnorm > relu > globalpool max",
    # Our default for small pictures: convolve, pool before the norm, and skip where the map keeps its size
    "compact": "conv 24 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu > conv 48 3x3 pad 1 > batchnorm > relu"
    " > skip(conv 48 3x3 pad 1 > batchnorm > relu) > conv 96 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu"
    " > skip(conv 96 3x3 pad 1 > batchnorm > relu > conv 96 3x3 pad 1 > batchnorm > relu) > globalpool",
    # Small pictures in little time: the better part of what compact can do, for a quarter of its multiply-adds
    "swift": "conv 16 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu > conv 32 3x3 pad 1 > batchnorm > relu"
    " > conv 32 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu > conv 64 3x3 pad 1 > batchnorm > relu"
    " > conv 64 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu",
    # swift with more features, for when there is time
    "thorough": "conv 24 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu > conv 48 3x3 pad 1 > batchnorm > relu"
    " > conv 48 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu > conv 96 3x3 pad 1 > batchnorm > relu"
    " > skip(conv 96 3x3 pad 1 > batchnorm > relu) > maxpool 2",
    # Our default for sounds: after CNN6 of Kong et al. 2020, "PANNs", table 1; narrower, with kernels of 3x3
    "audiocnn": "conv 32 3x3 pad 1 nobias > batchnorm > relu > maxpool 2 > conv 64 3x3 pad 1 nobias > batchnorm > relu"
    " > maxpool 2 > conv 64 3x3 pad 1 nobias > batchnorm > relu > maxpool 2 > conv 128 3x3 pad 1 nobias > batchnorm"
    " > relu > globalpool",
    # audiocnn for long sounds, and little time: the first layer looks at every second band and frame
    "audioswift": "conv 32 5x5 /2 pad 2 nobias > batchnorm > relu > maxpool 2 > conv 48 3x3 pad 1 nobias > batchnorm"
    " > relu > maxpool 2 > conv 64 3x3 pad 1 nobias > batchnorm > relu > maxpool 2 > conv 96 3x3 pad 1 nobias"
    " > batchnorm > relu > globalpool",
    # Each frame seen on its own, then read one after the other (Donahue et al. 2015, with Cho et al.'s cell)
    "cliprnn": "frames(conv 16 3x3 /2 pad 1 > batchnorm > relu > conv 32 3x3 pad 1 > batchnorm > relu > maxpool 2"
    " > conv 64 3x3 pad 1 > batchnorm > relu > maxpool 2 > conv 64 3x3 pad 1 > batchnorm > relu > maxpool 2)"
    " > gru 64 both > globalpool max",
    # Space and time one after the other (Tran et al. 2018, R(2+1)D), small
    "clipnet": "conv 16 1x3x3 /1x2x2 pad 0x1x1 > batchnorm > relu > conv 16 3x1x1 pad 1x0x0 > batchnorm > relu"
    " > conv 32 1x3x3 pad 0x1x1 > batchnorm > relu > conv 32 3x1x1 pad 1x0x0 > batchnorm > relu > maxpool 1x2x2"
    " > conv 64 1x3x3 pad 0x1x1 > batchnorm > relu > conv 64 3x1x1 /2x1x1 pad 1x0x0 > batchnorm > relu > maxpool 1x2x2"
    " > conv 96 1x3x3 pad 0x1x1 > batchnorm > relu > conv 96 3x1x1 /2x1x1 pad 1x0x0 > batchnorm > relu > globalpool",
    # Shi et al. 2015, arXiv:1507.05717, table 1, with fewer features: convolutions, columns, states both ways
    "crnn": "conv 24 3x3 pad 1 > batchnorm > relu > maxpool 2 > conv 48 3x3 pad 1 > batchnorm > relu > maxpool 2"
    " > conv 96 3x3 pad 1 > batchnorm > relu > maxpool 2x1 > columns > lstm 96 both",
    # Objects in pictures of some 320 pixels: few channels where maps are large, and maps of stride 8, 16 and 32 to read
    "finder": "conv 16 3x3 /2 pad 1 > batchnorm > relu > conv 32 3x3 /2 pad 1 > batchnorm > relu"
    " > conv 64 3x3 /2 pad 1 > batchnorm > relu > skip(conv 64 3x3 pad 1 > batchnorm > relu)"
    " > conv 128 3x3 /2 pad 1 > batchnorm > relu > skip(conv 128 3x3 pad 1 > batchnorm > relu)"
    " > conv 128 3x3 /2 pad 1 > batchnorm > relu > skip(conv 128 3x3 pad 1 > batchnorm > relu)",
    # He et al. 2016a, table 1
    "resnet18": "conv 64 7x7 /2 pad 3 > batchnorm > relu > maxpool 3x3 /2 pad 1 > residual 64 x2"
    " > residual 128 /2 x2 > residual 256 /2 x2 > residual 512 /2 x2 > globalpool",
    # After Chaurasia & Culurciello 2017, arXiv:1707.03718: maps on the way down are added to those up; slimmer
    "linknet": "conv 16 3x3 /2 pad 1 > batchnorm > relu"
    " > skip((conv 32 3x3 /2 pad 1 > batchnorm > relu) > (conv 32 3x3 pad 1 > batchnorm > relu)"
    " > skip((conv 64 3x3 /2 pad 1 > batchnorm > relu) > (conv 64 3x3 pad 1 > batchnorm > relu)"
    " > skip((conv 128 3x3 /2 pad 1 > batchnorm > relu) > (conv 128 3x3 pad 1 > batchnorm > relu)"
    " > conv 64 1x1 > batchnorm > upsample 2 bilinear) > relu > conv 64 3x3 pad 1 > batchnorm > relu"
    " > conv 32 1x1 > batchnorm > upsample 2 bilinear) > relu > conv 32 3x3 pad 1 > batchnorm > relu"
    " > conv 16 1x1 > batchnorm > upsample 2 bilinear) > relu > conv 16 3x3 pad 1 > batchnorm > relu",
    # Simonyan & Zisserman 2015, table 1, column A
    "vgg11": "conv 64 3x3 pad 1 > relu > maxpool 2 > conv 128 3x3 pad 1 > relu > maxpool 2"
    " > (conv 256 3x3 pad 1 > relu) x2 > maxpool 2 > (conv 512 3x3 pad 1 > relu) x2 > maxpool 2"
    " > (conv 512 3x3 pad 1 > relu) x2 > maxpool 2 > (dense 4096 > relu > dropout 0.5) x2",
    # Words one by one and three by three, and the strongest trace of each feature (after Kim 2014, arXiv:1408.5882,
    # whose windows of three sizes stand side by side; here a skip lets the words themselves through)
    "textcnn": "embed 128 > dropout 0.3 > skip(conv 128 3 pad 1 > relu) > globalpool max > dropout 0.5",
    # Wang et al. 2017, arXiv:1611.06455, fig. 1b, with half of the features, and odd kernels that keep the length
    "signalfcn": "conv 64 7 pad 3 > batchnorm > relu > conv 128 5 pad 2 > batchnorm > relu"
    " > conv 64 3 pad 1 > batchnorm > relu > globalpool",
}


SPEED = 40e9  # multiply-adds a second of two ordinary cores; a guess on purpose: a timing would differ at each resume
USED = 0.8  # the share of the minutes that goes into steps
THOROUGH_EPOCHS = 8  # fewer than these are better spent on swift
SOUND_EPOCHS = 12  # fewer than these are better spent on audioswift
LONG = 64 * 200  # cells of a spectrogram: two seconds at 16 kHz


def choose_line(facts: Facts) -> str:
    """Name the network for data, task and limits when none was asked for."""
    chosen = CHOICES.get((facts.task, facts.modality)) or CHOICES.get(("classification", facts.modality))
    return (chosen or choose_for_pictures)(facts)


def choose_for_pictures(facts: Facts) -> str:
    """Name the network that tells classes of pictures apart.

    swift and thorough were tried on many pictures of 28 pixels alone: from LARGE pictures of 16 to 40 pixels a side on,
    thorough where the minutes hold enough epochs of it and no target asks for haste, else swift. All other data get
    compact.

    >>> choose_for_pictures(Facts(n_train=55_000, normed=True, size=(28, 28), minutes=3))
    'swift'
    """
    if facts.n_train < LARGE or not 16 <= min(facts.size) <= max(facts.size) <= 40:
        return DEFAULT
    if facts.minutes is None or facts.target is not None:
        return "swift"
    cost = 3 * plan_network("thorough", (1, *facts.size), outputs=2).multiply_adds * facts.n_train * THOROUGH_EPOCHS
    return "thorough" if cost <= USED * SPEED * 60 * facts.minutes else "swift"


def choose_for_sounds(facts: Facts) -> str:
    """Name the network that tells classes of sounds apart: audiocnn where the minutes hold enough epochs of it.

    Without a limit, audiocnn for spectrograms of up to LONG cells.

    >>> choose_for_sounds(Facts(n_train=2000, normed=True, modality="audio", size=(40, 68), minutes=2))
    'audiocnn'
    """
    if facts.minutes is None:
        return "audiocnn" if math.prod(facts.size) <= LONG else "audioswift"
    cost = 3 * plan_network("audiocnn", (1, *facts.size), outputs=2).multiply_adds * facts.n_train * SOUND_EPOCHS
    return "audiocnn" if cost <= USED * SPEED * 60 * facts.minutes else "audioswift"


def choose_for_boxes(facts: Facts) -> str:
    """Name the network that finds objects."""
    return "finder"


CHOICES: dict[tuple[TaskName, Modality], Callable[[Facts], str]] = {
    ("classification", "image"): choose_for_pictures,
    ("classification", "audio"): choose_for_sounds,
    ("classification", "clip"): lambda facts: "clipnet",
    ("transcription", "image"): lambda facts: "crnn",
    ("detection", "image"): choose_for_boxes,
    ("segmentation", "image"): lambda facts: "linknet",
    ("classification", "text"): lambda facts: "textcnn",
    ("classification", "signal"): lambda facts: "signalfcn",
}


def plan_network(
    text: str,
    input_shape: tuple[int, ...],
    *,
    outputs: int | Operation | None = None,
    modality: Modality | None = None,
) -> Plan:
    """Plan a line or a registered name for inputs of shape (C, *spatial), with a head: a layer, or a number of units.

    With `modality` a line that only fits another kind of content is refused.

    >>> plan_network("vgg11", (3, 224, 224), outputs=1000).parameters
    132863336
    """
    return plan(text, input_shape, outputs=outputs, names=ZOO, modality=modality)
