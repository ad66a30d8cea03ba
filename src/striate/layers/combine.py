"""Blocks of layers: a line in brackets, a skip connection, a gate."""

from collections.abc import Sequence

from torch import Tensor, nn

from striate.layers.heads.table import HEADS
from striate.layers.table import make_module
from striate.notation import Combination, Layer


class Line(nn.Sequential):
    """Layers one after the other, each a child under its name in the notation."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        for layer in layers:
            self.add_module(layer.name, build_layer(layer))


class Group(nn.Module):
    """A line in brackets: body(x)."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.body = Line(layer.body)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.body(x)
        return out


class Skip(nn.Module):
    """A skip connection: body(x) + x, or body(x) + shortcut(x) where the shape changes (He et al. 2016a)."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.body = Line(layer.body)
        self.shortcut = Line(layer.shortcut)  # empty: the input as it is

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.body(x) + self.shortcut(x)
        return out


class Scale(nn.Module):
    """A gate: x * body(x), with one factor a channel or one a cell (Hu et al. 2018)."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.body = Line(layer.body)

    def forward(self, x: Tensor) -> Tensor:
        factor: Tensor = self.body(x)
        return x * factor.view(*factor.shape, *(1,) * (x.dim() - factor.dim()))


COMBINATIONS = {"group": Group, "skip": Skip, "scale": Scale}


def build_layer(layer: Layer) -> nn.Module:
    """Build one planned layer, with all that it holds."""
    if isinstance(layer.operation, Combination):
        return COMBINATIONS[layer.operation.kind](layer)
    if type(layer.operation) in HEADS:
        return HEADS[type(layer.operation)](layer.operation, layer.input_shape)
    return make_module(layer.operation, layer.input_shape)
