"""The zoo: registered names and the lines they stand for. No torch here: a name is a line, nothing more."""

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
    # He et al. 2016a, table 1
    "resnet18": "conv 64 7x7 /2 pad 3 > batchnorm > relu > maxpool 3x3 /2 pad 1 > residual 64 x2"
    " > residual 128 /2 x2 > residual 256 /2 x2 > residual 512 /2 x2 > globalpool",
    # Simonyan & Zisserman 2015, table 1, column A
    "vgg11": "conv 64 3x3 pad 1 > relu > maxpool 2 > conv 128 3x3 pad 1 > relu > maxpool 2"
    " > (conv 256 3x3 pad 1 > relu) x2 > maxpool 2 > (conv 512 3x3 pad 1 > relu) x2 > maxpool 2"
    " > (conv 512 3x3 pad 1 > relu) x2 > maxpool 2 > (dense 4096 > relu > dropout 0.5) x2",
    # Words one by one and three by three, and the strongest trace of each feature (after Kim 2014, arXiv:1408.5882,
    # whose windows of three sizes stand side by side; here a skip lets the words themselves through)
    "textcnn": "embed 128 > dropout 0.3 > skip(conv 128 3 pad 1 > relu) > globalpool max > dropout 0.5",
    # Wang et al. 2017, arXiv:1611.06455, fig. 1b, with half of the features, and odd kernels that keep the length
    "fcn": "conv 64 7 pad 3 > batchnorm > relu > conv 128 5 pad 2 > batchnorm > relu"
    " > conv 64 3 pad 1 > batchnorm > relu > globalpool",
}


SPEED = 40e9  # multiply-adds a second of two ordinary cores; a guess on purpose: a timing would differ at each resume
USED = 0.8  # the share of the minutes that goes into steps
THOROUGH_EPOCHS = 8  # fewer than these are better spent on swift


def choose_line(facts: Facts) -> str:
    """Name the network for data, task and limits when none was asked for."""
    return CHOICES.get((facts.task, facts.modality), choose_for_pictures)(facts)


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


CHOICES: dict[tuple[TaskName, Modality], Callable[[Facts], str]] = {
    ("classification", "image"): choose_for_pictures,
    ("classification", "text"): lambda facts: "textcnn",
    ("classification", "signal"): lambda facts: "fcn",
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
