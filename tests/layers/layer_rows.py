"""The table that drives the tests of layers: every word of the notation, alone and where layers meet."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from striate.layers.combine import Line
from striate.notation import Layer, plan

Array = NDArray[np.float64]
Shape = tuple[int, ...]
ROWS: list[tuple[str, Shape]] = [
    ("conv 4 3", (3, 9)),
    ("conv 4 3x2 /2x1 pad 1x0", (3, 7, 6)),
    ("conv 4 2 /2 pad 3 dilate 2 groups 2 nobias", (6, 4, 5, 6)),
    ("conv 4 3 pad 7 dilate 3", (2, 2, 3)),
    ("conv 6 1 groups 3", (3, 5, 5)),
    ("depthwise 3 pad 1", (4, 8)),
    ("depthwise 3x5 /2 pad 2 nobias", (3, 6, 7)),
    ("depthwise 2 dilate 2", (2, 4, 4, 4)),
    ("relu", (3, 7)),
    ("relu", (5,)),
    ("leaky", (3, 4, 5)),
    ("leaky 0.3", (2, 3, 4, 2)),
    ("sigmoid", (3, 4)),
    ("tanh", (3, 4, 5)),
    ("gelu", (3, 2, 3, 2)),
    ("silu", (3, 4, 5)),
    ("maxpool 2", (3, 9)),
    ("maxpool 3x2 /2x1 pad 1", (3, 7, 6)),
    ("maxpool 3 /2 ceil", (2, 6, 8)),
    ("maxpool 2 /3 pad 1 ceil", (2, 7)),
    ("maxpool 2 /1 dilate 3", (2, 8, 7)),
    ("maxpool 3 /2 pad 2", (2, 7, 6)),  # padding over half the window, which torch refuses
    ("maxpool 4 /3 pad 3 ceil", (2, 5, 8)),
    ("maxpool 4x3 /3x2 pad 0x2 ceil", (2, 9, 8)),
    ("maxpool 3 /1 pad 3 dilate 2", (2, 9)),
    ("maxpool 3 /4 pad 2 ceil", (2, 5, 6, 4)),
    ("avgpool 2", (3, 9)),
    ("avgpool 3x2 /2x1 pad 1", (3, 7, 6)),
    ("avgpool 3 /2 pad 1 count_padding", (2, 6, 5)),
    ("avgpool 3 /2 ceil", (2, 6, 8)),
    ("avgpool 3 /2 pad 1 ceil count_padding", (2, 6, 8)),
    ("avgpool 2 /3 pad 1 ceil", (2, 7)),
    ("avgpool 3 /2 pad 2", (2, 7, 6)),  # padding over half the window
    ("avgpool 3 /2 pad 2 count_padding", (2, 7, 6)),
    ("avgpool 4 /3 pad 3 ceil", (2, 5, 8)),
    ("avgpool 4 /3 pad 3 ceil count_padding", (2, 5, 8)),
    ("avgpool 4x3 /4x2 pad 0x2 ceil count_padding", (2, 9, 8)),
    ("avgpool 3 /4 pad 2 ceil count_padding", (2, 5, 6, 4)),
    ("globalpool", (3, 7)),
    ("globalpool avg", (3, 4, 5)),
    ("globalpool max", (3, 2, 3, 4)),
    ("batchnorm", (4,)),
    ("batchnorm", (4, 6)),
    ("batchnorm", (4, 3, 5)),
    ("batchnorm", (4, 2, 3, 2)),
    ("groupnorm 2", (4, 6)),
    ("groupnorm 4", (4, 3, 5)),
    ("groupnorm 1", (4, 2, 3, 2)),
    ("groupnorm 3", (6,)),
    ("dropout", (4, 6)),
    ("dropout 0.25", (3, 4, 5)),
    ("dropout 0", (3, 2, 2, 2)),
    ("dense 5", (4,)),
    ("dense 5 nobias", (3, 4)),
    ("dense 5", (2, 3, 4)),
    ("dense 2", (2, 3, 2, 2)),
    ("embed 3", (6, 5)),
    ("embed 1", (2, 4)),
    ("flatten", (4,)),
    ("flatten", (3, 2, 5)),
    ("upsample 3", (2, 5)),
    ("upsample 2 nearest", (2, 3, 4)),
    ("upsample 2", (2, 2, 3, 2)),
    ("upsample 3 bilinear", (2, 5)),
    ("upsample 2 bilinear", (2, 3, 4)),
    ("upsample 2 bilinear", (2, 2, 3, 2)),
    ("edge", (2, 6)),
    ("edge", (2, 5, 6)),
    ("blur", (2, 5, 1)),
    ("blur", (2, 3, 4, 3)),
    ("sharpen", (1, 5, 6)),
    ("sharpen", (2, 3, 2, 3)),
    ("columns", (3, 4, 5)),
    ("rnn 4", (3, 6)),
    ("rnn 3 both", (2, 5)),
    ("gru 4", (3, 6)),
    ("gru 3 both", (2, 5)),
    ("lstm 4", (3, 6)),
    ("lstm 3 both", (2, 5)),
    # blocks, and lines in which layers meet
    ("residual 3", (3, 5, 6)),
    ("residual 4 /2 x2", (3, 7)),
    ("residual 4 /2", (3, 4, 5, 4)),
    ("bottleneck 2 /2 x2", (3, 6, 5)),
    ("squeeze_excite 2", (4, 3, 5)),
    ("(conv 3 3 > tanh) x2 > globalpool max", (2, 8, 9)),
    ("skip(conv 2 3 pad 1 > gelu | conv 2 1)", (3, 9)),
    ("scale(conv 3 1 > sigmoid) > skip(blur)", (3, 4, 5)),
    ("frames(conv 3 3 > tanh > globalpool)", (2, 3, 5, 4)),
    ("frames(conv 3 3 > tanh) > lstm 4 both > globalpool max", (2, 3, 4, 4)),
    ("conv 3 2 > columns > gru 4 both", (2, 4, 5)),
    ("embed 4 > skip(conv 4 3 pad 1 > relu) > globalpool max", (9, 7)),
    ("(embed 2 > tanh) x1 > dense 3", (3, 4)),
    ("conv 4 3 > batchnorm > dense 6 > batchnorm > dropout > leaky > dense 2", (2, 6, 5)),
]
IDS = [f"{line} on {'x'.join(map(str, shape))}" for line, shape in ROWS]
each_row = pytest.mark.parametrize(("line", "shape"), ROWS, ids=IDS)


def built(line: str, shape: Shape) -> tuple[tuple[Layer, ...], Line]:
    """The planned layers and their modules in float64, with no weight and no running statistic left at its start."""
    torch.manual_seed(3)
    layers = plan(line, shape).layers
    module = Line(layers).double()
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) + 0.2)
    return layers, module


def examples(shape: Shape, n: int = 3, *, line: str = "") -> Array:
    """Maps (n, *shape), or whole numbers (n, T) for a line that begins by embedding them."""
    rng = np.random.default_rng(7)
    if line.lstrip("(").startswith("embed"):
        return rng.integers(0, shape[0], (n, shape[1])).astype(np.float64)
    return rng.normal(size=(n, *shape))


def as_input(x: Array, *, line: str = "") -> torch.Tensor:
    """A leaf whose gradient is kept, or whole numbers, which have none."""
    if line.lstrip("(").startswith("embed"):
        return torch.from_numpy(x).long()
    return torch.from_numpy(x).requires_grad_()
