"""Planned layers -> the program of the native kernels: layers fused into steps, each making one value of earlier ones.

A convolution takes its activation and 2x2 max-pooling with it, a norm, a dense layer and a sum their activation. The
order of what is fused does not change a value. The parameters stay those of the network, under their names.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from striate.notation import (
    Activation,
    AvgPool,
    BatchNorm,
    Combination,
    Conv,
    Dense,
    Flatten,
    GlobalPool,
    Layer,
    MaxPool,
)

CONV, DENSE, NORM, MAXPOOL, AVGPOOL, ADD, RELU = range(7)  # as native/program.hpp counts them
PAIRED = 8  # channels and features of a convolution that is worth pairing
LARGEST_WINDOW = 255  # cells: the winner of a window is kept in one byte


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step; the fields are those of native/program.hpp, in its order. `weight` and `bias` count into the names."""

    kind: int
    source: int
    other: int = 0
    channels: int
    height: int
    width: int
    features: int
    out_height: int
    out_width: int
    kernel_h: int = 1
    kernel_w: int = 1
    stride_h: int = 1
    stride_w: int = 1
    pad_h: int = 0
    pad_w: int = 0
    dilate_h: int = 1
    dilate_w: int = 1
    groups: int = 1
    relu: int = 0
    pool: int = 0
    count_padding: int = 0
    weight: int = -1
    bias: int = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """The steps, and the dotted names of the parameters and running statistics that they read."""

    steps: tuple[Step, ...]
    names: tuple[str, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The steps as whole numbers, one after another, as the kernels read them."""
        return tuple(number for step in self.steps for number in dataclasses.astuple(step))

    @property
    def norms(self) -> list[Step]:
        """The batch normalisations, in their order."""
        return [step for step in self.steps if step.kind == NORM]


def takes_pairs(step: Step) -> bool:
    """Say whether a step multiplies pairs of bfloat16 where that is asked for (native/program.hpp, way_of)."""
    return step.kind == CONV and min(step.channels, step.features) // step.groups >= PAIRED


def is_native(layer: Layer) -> bool:
    """Say whether the kernels can compute a layer, with all that it holds."""
    operation, dims = layer.operation, len(layer.input_shape) - 1
    if isinstance(operation, Combination):
        return operation.kind in ("group", "skip") and all(is_native(part) for part in (*layer.body, *layer.shortcut))
    if isinstance(operation, Activation):
        return operation.kind == "relu" and dims <= 2
    if isinstance(operation, MaxPool):
        return dims <= 2 and _cells(operation.size) <= LARGEST_WINDOW
    if isinstance(operation, GlobalPool):
        return dims <= 2 and operation.kind == "avg"
    if isinstance(operation, Flatten):
        return dims == 0  # dense layers read maps as they are; what else flattens is PyTorch's
    return dims <= 2 and isinstance(operation, AvgPool | BatchNorm | Conv | Dense)


def write_program(layers: Sequence[Layer]) -> Program:
    """Write the program of layers that follow one another, all of which `is_native`.

    >>> from striate.notation import plan
    >>> lenet = plan("conv 6 5x5 pad 2 > relu > maxpool 2 > dense 10", (1, 28, 28))
    >>> [(step.kind, step.relu, step.pool) for step in write_program(lenet.layers).steps]
    [(0, 1, 1), (1, 0, 0)]
    """
    writer = _Writer()
    value = writer.line(layers, 0, prefix="")
    if value == 0:
        return Program(steps=(), names=())
    return Program(steps=tuple(writer.steps), names=tuple(writer.names))


class _Writer:
    """Writes step after step; `held` are values that a skip connection will read again, so nothing may change them."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.names: list[str] = []
        self.held: list[int] = []

    def line(self, layers: Sequence[Layer], value: int, *, prefix: str) -> int:
        for layer in layers:
            value = self.layer(layer, value, name=f"{prefix}{layer.name}")
        return value

    def layer(self, layer: Layer, value: int, *, name: str) -> int:
        operation = layer.operation
        if isinstance(operation, Combination):
            return self.block(layer, value, name=name)
        if isinstance(operation, Activation):
            return self.rectify(layer, value)
        if isinstance(operation, Flatten):
            return value  # of what is flat already
        if isinstance(operation, MaxPool) and self.absorb_pool(operation, layer, value):
            return value
        return self.add(_describe(layer), layer, value, name=name)

    def block(self, layer: Layer, value: int, *, name: str) -> int:
        if isinstance(layer.operation, Combination) and layer.operation.kind == "group":
            return self.line(layer.body, value, prefix=f"{name}.body.")
        self.held.append(value)
        inner = self.line(layer.body, value, prefix=f"{name}.body.")
        self.held.append(inner)
        beside = self.line(layer.shortcut, value, prefix=f"{name}.shortcut.")
        del self.held[-2:]
        self.steps.append(Step(kind=ADD, source=inner, other=beside, **_sizes(layer.output_shape, layer.output_shape)))
        return len(self.steps)

    def rectify(self, layer: Layer, value: int) -> int:
        last = self.steps[-1] if self.steps and value == len(self.steps) and value not in self.held else None
        if last is not None and last.kind in (CONV, DENSE, NORM, ADD):
            self.steps[-1] = dataclasses.replace(last, relu=1)
            return value
        self.steps.append(Step(kind=RELU, source=value, relu=1, **_sizes(layer.input_shape, layer.output_shape)))
        return len(self.steps)

    def absorb_pool(self, pool: MaxPool, layer: Layer, value: int) -> bool:
        """Let the convolution before keep the largest of each 2x2 window itself."""
        plain = pool.size == pool.stride == (2, 2) and pool.pad == (0, 0) and pool.dilate == (1, 1)
        last = self.steps[-1] if self.steps and value == len(self.steps) and value not in self.held else None
        halved = tuple(n // 2 for n in layer.input_shape[1:]) == layer.output_shape[1:]
        if not plain or not halved or last is None or last.kind != CONV or last.pool:
            return False
        _, height, width = layer.output_shape
        self.steps[-1] = dataclasses.replace(last, pool=1, out_height=height, out_width=width)
        return True

    def add(self, fields: dict[str, int], layer: Layer, value: int, *, name: str) -> int:
        operation, weight, bias = layer.operation, -1, -1
        if isinstance(operation, Conv | Dense | BatchNorm):
            weight = len(self.names)
            self.names.append(f"{name}.weight")
            if isinstance(operation, BatchNorm) or operation.bias is not False:
                bias = len(self.names)
                self.names.append(f"{name}.bias")
            if isinstance(operation, BatchNorm):
                self.names += [f"{name}.running_mean", f"{name}.running_var"]
        sizes = _sizes(layer.input_shape, layer.output_shape)
        self.steps.append(Step(source=value, weight=weight, bias=bias, **sizes, **fields))
        return len(self.steps)


def _describe(layer: Layer) -> dict[str, int]:
    """The fields of a step that come from its operation."""
    operation = layer.operation
    if isinstance(operation, Conv):
        window = _window(operation.kernel, operation.stride, operation.pad, operation.dilate)
        return {"kind": CONV, "groups": operation.groups, **window}
    if isinstance(operation, MaxPool):
        return {"kind": MAXPOOL, **_window(operation.size, operation.stride, operation.pad, operation.dilate)}
    if isinstance(operation, AvgPool):
        ones = (1,) * len(operation.size)
        window = _window(operation.size, operation.stride, operation.pad, ones)
        return {"kind": AVGPOOL, "count_padding": int(operation.count_padding), **window}
    if isinstance(operation, GlobalPool):
        whole = layer.input_shape[1:]
        return {"kind": AVGPOOL, **_window(whole, whole, (0,) * len(whole), (1,) * len(whole))}
    return {"kind": DENSE if isinstance(operation, Dense) else NORM}


def _sizes(arrived: tuple[int, ...], made: tuple[int, ...]) -> dict[str, int]:
    """Sizes of one example before and after; a signal is one row, a flat value one cell a channel."""
    (channels, height, width), (features, out_height, out_width) = _as_map(arrived), _as_map(made)
    return {
        "channels": channels,
        "height": height,
        "width": width,
        "features": features,
        "out_height": out_height,
        "out_width": out_width,
    }


def _as_map(shape: tuple[int, ...]) -> tuple[int, int, int]:
    channels, height, width = (shape[0], *(1,) * (3 - len(shape)), *shape[1:])
    return channels, height, width


def _window(
    kernel: tuple[int, ...], stride: tuple[int, ...], pad: tuple[int, ...], dilate: tuple[int, ...]
) -> dict[str, int]:
    fields: dict[str, int] = {}
    for name, sizes, alone in (("kernel", kernel, 1), ("stride", stride, 1), ("pad", pad, 0), ("dilate", dilate, 1)):
        height, width = sizes if len(sizes) == 2 else (alone, *sizes)
        fields |= {f"{name}_h": height, f"{name}_w": width}
    return fields


def _cells(size: tuple[int, ...]) -> int:
    cells = 1
    for n in size:
        cells *= n
    return cells
