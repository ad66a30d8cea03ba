"""The zoo: registered names and the lines they stand for. No torch here: a name is a line, nothing more."""

from striate.notation import Plan, plan

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
    # He et al. 2016a, table 1
    "resnet18": "conv 64 7x7 /2 pad 3 > batchnorm > relu > maxpool 3x3 /2 pad 1 > residual 64 x2"
    " > residual 128 /2 x2 > residual 256 /2 x2 > residual 512 /2 x2 > globalpool",
    # Simonyan & Zisserman 2015, table 1, column A
    "vgg11": "conv 64 3x3 pad 1 > relu > maxpool 2 > conv 128 3x3 pad 1 > relu > maxpool 2"
    " > (conv 256 3x3 pad 1 > relu) x2 > maxpool 2 > (conv 512 3x3 pad 1 > relu) x2 > maxpool 2"
    " > (conv 512 3x3 pad 1 > relu) x2 > maxpool 2 > (dense 4096 > relu > dropout 0.5) x2",
}


def plan_network(text: str, input_shape: tuple[int, ...], *, outputs: int | None = None) -> Plan:
    """Plan a line or a registered name for inputs of shape (C, *spatial), with a head of `outputs` units.

    >>> plan_network("vgg11", (3, 224, 224), outputs=1000).parameters
    132863336
    """
    return plan(text, input_shape, outputs=outputs, names=ZOO)
