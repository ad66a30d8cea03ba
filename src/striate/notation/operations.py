"""What a layer is: its numbers, the shape it makes, what it costs. One frozen record and one table line a layer.

A shape is (C, *spatial), or (C,) once the map is gone. Costs are for one example; a multiply-add is one
multiplication and one addition, counted for convolutions, fixed filters and dense layers (as the papers count).
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from striate.errors import ShapeError

Shape = tuple[int, ...]
Window = tuple[tuple[int, ...], tuple[float, ...]]  # (size, step) a spatial dimension, in cells of the map before
ActivationKind = Literal["relu", "leaky", "sigmoid", "tanh", "gelu", "silu"]
FilterKind = Literal["edge", "blur", "sharpen"]


class Operation(Protocol):
    """One layer's arithmetic, seen from outside."""

    def output(self, shape: Shape) -> Shape:
        """Give the shape it makes of `shape`; raise ShapeError when it cannot."""

    def parameters(self, shape: Shape) -> int:
        """Count its trained numbers."""

    def multiply_adds(self, shape: Shape) -> int:
        """Count its multiply-adds for one example."""

    def window(self, shape: Shape) -> Window:
        """Say which window of the map before one cell sees, and how far apart neighbouring windows are."""


@dataclass(frozen=True, slots=True)
class Pointwise:
    """An operation that keeps the shape, looks at single cells, has no weights and multiplies nothing."""

    def output(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> int:
        return 0

    def multiply_adds(self, shape: Shape) -> int:
        return 0

    def window(self, shape: Shape) -> Window:
        return (1,) * (len(shape) - 1), (1.0,) * (len(shape) - 1)


@dataclass(frozen=True, slots=True)
class Conv(Pointwise):
    """Convolution with `features` kernels (0: depthwise, one a channel); bias None: decided by the plan."""

    features: int
    kernel: tuple[int, ...]
    stride: tuple[int, ...] = (1,)
    pad: tuple[int, ...] = (0,)
    dilate: tuple[int, ...] = (1,)
    groups: int = 1
    bias: bool | None = None

    def resolve(self, shape: Shape) -> "Conv":
        """Give the same convolution with every size a dimension written out, for a map of this shape."""
        _needs_map("conv", shape)
        dims, channels = len(shape) - 1, shape[0]
        groups = channels if self.features == 0 else self.groups
        features = self.features or channels
        if channels % groups or features % groups:
            raise ShapeError(
                "groups must divide the channels that arrive and the features",
                got=f"groups {groups} with {channels} channels and {features} features",
                fix=f"use groups {math.gcd(math.gcd(channels, features), groups)}",
            )
        kernel, stride = _spread("kernel", self.kernel, dims), _spread("stride", self.stride, dims)
        pad, dilate = _spread("pad", self.pad, dims), _spread("dilate", self.dilate, dims)
        return Conv(features, kernel, stride, pad, dilate, groups, True if self.bias is None else self.bias)

    def output(self, shape: Shape) -> Shape:
        conv = self.resolve(shape)
        _fits("conv", shape, conv.kernel, conv.pad, conv.dilate)
        return (conv.features, *_slide(shape[1:], conv.kernel, conv.stride, conv.pad, conv.dilate))

    def parameters(self, shape: Shape) -> int:
        conv = self.resolve(shape)
        return conv.features * (shape[0] // conv.groups * math.prod(conv.kernel) + bool(conv.bias))

    def multiply_adds(self, shape: Shape) -> int:
        conv = self.resolve(shape)
        return math.prod(self.output(shape)) * (shape[0] // conv.groups) * math.prod(conv.kernel)

    def window(self, shape: Shape) -> Window:
        conv = self.resolve(shape)
        return _extent(conv.kernel, conv.dilate), tuple(map(float, conv.stride))


@dataclass(frozen=True, slots=True)
class FixedFilter(Pointwise):
    """A named 3-wide kernel that is not trained, applied to every channel on its own with padding 1."""

    kind: FilterKind

    def output(self, shape: Shape) -> Shape:
        _needs_map(self.kind, shape)
        return shape

    def multiply_adds(self, shape: Shape) -> int:
        return int(math.prod(shape) * 3 ** (len(shape) - 1))

    def window(self, shape: Shape) -> Window:
        return (3,) * (len(shape) - 1), (1.0,) * (len(shape) - 1)


@dataclass(frozen=True, slots=True)
class Activation(Pointwise):
    """A function of each cell; `slope` is that of leaky below zero."""

    kind: ActivationKind
    slope: float = 0.01


@dataclass(frozen=True, slots=True)
class MaxPool(Pointwise):
    """The largest value of each window; stride () means the window's own size."""

    size: tuple[int, ...]
    stride: tuple[int, ...] = ()
    pad: tuple[int, ...] = (0,)
    dilate: tuple[int, ...] = (1,)
    ceil: bool = False
    name: ClassVar[str] = "maxpool"

    def resolve(self, shape: Shape) -> "MaxPool":
        """Give the same pooling with every size a dimension written out, for a map of this shape."""
        _needs_map(self.name, shape)
        dims = len(shape) - 1
        size, stride = _spread("window", self.size, dims), _spread("stride", self.stride or self.size, dims)
        pad, dilate = _spread("pad", self.pad, dims), _spread("dilate", self.dilate, dims)
        return MaxPool(size, stride, pad, dilate, self.ceil)

    def output(self, shape: Shape) -> Shape:
        pool = self.resolve(shape)
        _pad_below_window(pool.pad, _extent(pool.size, pool.dilate))
        _fits(self.name, shape, pool.size, pool.pad, pool.dilate)
        places = _slide(shape[1:], pool.size, pool.stride, pool.pad, pool.dilate, ceil=self.ceil)
        if any(map(_steps_over, shape[1:], places, pool.stride, pool.pad, pool.dilate)):
            raise ShapeError(
                "each window must touch the map",
                got=f"dilate {'x'.join(map(str, pool.dilate))} on a {'x'.join(map(str, shape[1:]))} map",
                fix="dilate less or remove pad",
            )
        return (shape[0], *places)

    def window(self, shape: Shape) -> Window:
        pool = self.resolve(shape)
        return _extent(pool.size, pool.dilate), tuple(map(float, pool.stride))


@dataclass(frozen=True, slots=True)
class AvgPool(Pointwise):
    """The mean of each window; padded cells count only when `count_padding`."""

    size: tuple[int, ...]
    stride: tuple[int, ...] = ()
    pad: tuple[int, ...] = (0,)
    ceil: bool = False
    count_padding: bool = False
    name: ClassVar[str] = "avgpool"

    def resolve(self, shape: Shape) -> "AvgPool":
        """Give the same pooling with every size a dimension written out, for a map of this shape."""
        _needs_map(self.name, shape)
        dims = len(shape) - 1
        size, stride = _spread("window", self.size, dims), _spread("stride", self.stride or self.size, dims)
        return AvgPool(size, stride, _spread("pad", self.pad, dims), self.ceil, self.count_padding)

    def output(self, shape: Shape) -> Shape:
        pool = self.resolve(shape)
        ones = (1,) * len(pool.size)
        _pad_below_window(pool.pad, pool.size)
        _fits(self.name, shape, pool.size, pool.pad, ones)
        return (shape[0], *_slide(shape[1:], pool.size, pool.stride, pool.pad, ones, ceil=self.ceil))

    def window(self, shape: Shape) -> Window:
        pool = self.resolve(shape)
        return pool.size, tuple(map(float, pool.stride))


@dataclass(frozen=True, slots=True)
class GlobalPool(Pointwise):
    """The mean or the maximum of each whole feature map: (C, *spatial) -> (C,)."""

    kind: Literal["avg", "max"] = "avg"

    def output(self, shape: Shape) -> Shape:
        _needs_map("globalpool", shape)
        return shape[:1]

    def window(self, shape: Shape) -> Window:
        return shape[1:], (1.0,) * (len(shape) - 1)


@dataclass(frozen=True, slots=True)
class Flatten(Pointwise):
    """Every cell of every map in one row: (C, *spatial) -> (C * spatial,)."""

    def output(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def window(self, shape: Shape) -> Window:
        return shape[1:], (1.0,) * (len(shape) - 1)


@dataclass(frozen=True, slots=True)
class Dense(Pointwise):
    """Every value votes for every one of `units` outputs; a map is flattened first."""

    units: int
    bias: bool | None = None

    def output(self, shape: Shape) -> Shape:
        return (self.units,)

    def parameters(self, shape: Shape) -> int:
        return self.units * (math.prod(shape) + (self.bias is not False))

    def multiply_adds(self, shape: Shape) -> int:
        return self.units * math.prod(shape)

    def window(self, shape: Shape) -> Window:
        return shape[1:], (1.0,) * (len(shape) - 1)


@dataclass(frozen=True, slots=True)
class Embed(Pointwise):
    """Whole numbers below V, T of them, each to its own trained vector: (V, T) -> (features, T); 0 to zeros."""

    features: int

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 2 or shape[0] < 2:
            raise ShapeError(
                "embed needs a text, whose shape is vocabulary x length, the vocabulary 2 at least",
                got="x".join(map(str, shape)),
                fix="write conv 16 3 or another layer in its place",
            )
        return self.features, shape[1]

    def parameters(self, shape: Shape) -> int:
        return (shape[0] - 1) * self.features


@dataclass(frozen=True, slots=True)
class BatchNorm(Pointwise):
    """Each channel to mean 0 and variance 1 over the batch, then a trained scale and shift."""

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]


@dataclass(frozen=True, slots=True)
class GroupNorm(Pointwise):
    """Each of `groups` groups of channels of one example to mean 0 and variance 1, then a trained scale and shift."""

    groups: int

    def output(self, shape: Shape) -> Shape:
        if shape[0] % self.groups:
            raise ShapeError(
                "groups must divide the channels that arrive",
                got=f"groupnorm {self.groups} with {shape[0]} channels",
                fix=f"use groupnorm {math.gcd(self.groups, shape[0])}",
            )
        return shape

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]

    def window(self, shape: Shape) -> Window:
        return shape[1:], (1.0,) * (len(shape) - 1)


@dataclass(frozen=True, slots=True)
class Dropout(Pointwise):
    """In training each value is set to 0 with probability `rate` and the others grow by 1 / (1 - rate)."""

    rate: float


@dataclass(frozen=True, slots=True)
class Upsample(Pointwise):
    """Each map `factor` times as large, by repeating cells or by (bi-, tri-)linear interpolation."""

    factor: int
    kind: Literal["nearest", "bilinear"] = "nearest"

    def output(self, shape: Shape) -> Shape:
        _needs_map("upsample", shape)
        return (shape[0], *(n * self.factor for n in shape[1:]))

    def window(self, shape: Shape) -> Window:
        dims = len(shape) - 1
        return (1 if self.kind == "nearest" else 2,) * dims, (1 / self.factor,) * dims


def _spread(what: str, value: tuple[int, ...], dims: int) -> tuple[int, ...]:
    """One value, or one a dimension -> one a dimension."""
    if len(value) not in (1, dims):
        raise ShapeError(
            f"a {what} has one value, or one a dimension of the data",
            got=f"{'x'.join(map(str, value))} on {dims}-dimensional data",
            fix=f"write {value[0]} or {'x'.join([str(value[0])] * dims)}",
        )
    return value * dims if len(value) == 1 else value


def _extent(kernel: tuple[int, ...], dilate: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilate, strict=True))


def _slide(
    spatial: Shape,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    dilate: tuple[int, ...],
    *,
    ceil: bool = False,
) -> Shape:
    """Count window places a dimension; with `ceil` also the last one that starts inside the map or its left padding."""
    places = []
    for n, k, s, p in zip(spatial, _extent(kernel, dilate), stride, pad, strict=True):
        count = (n + 2 * p - k + (s - 1 if ceil else 0)) // s + 1
        places.append(count - 1 if ceil and (count - 1) * s >= n + p else count)
    return tuple(places)


def _fits(name: str, shape: Shape, kernel: tuple[int, ...], pad: tuple[int, ...], dilate: tuple[int, ...]) -> None:
    extent = _extent(kernel, dilate)
    if any(n + 2 * p < k for n, k, p in zip(shape[1:], extent, pad, strict=True)):
        window, arrived = "x".join(map(str, extent)), "x".join(map(str, shape[1:]))
        raise ShapeError(
            f"the window of {name} must fit into the padded map",
            got=f"a {window} window on a {arrived} map",
            fix="remove it, make it smaller or pad more",
        )


def _pad_below_window(pad: tuple[int, ...], extent: tuple[int, ...]) -> None:
    if any(p >= k for p, k in zip(pad, extent, strict=True)):
        raise ShapeError(
            "pad < window must hold, so that each window touches the map",
            got=f"pad={max(pad)}, window={min(extent)}",
            fix=f"use pad {max(0, min(extent) - 1)} or less",
        )


def _steps_over(n: int, places: int, stride: int, pad: int, dilate: int) -> bool:
    """Say whether a dilated window that starts in the padding steps over all n cells of a small map."""
    starts = range(-pad, min(0, places * stride - pad), stride)
    return dilate > n and any(start % dilate >= n for start in starts)


def _needs_map(name: str, shape: Shape) -> None:
    if len(shape) < 2:
        raise ShapeError(
            f"{name} needs a map",
            got=f"a flat row of {shape[0]} values",
            fix="put it before dense, flatten or globalpool",
        )
