"""How one cell of each kind of layer came about: one function an operation, and one line in the table.

Each gives the cells that went in, the weight of each, and the value that `reference` makes of them in float64.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from striate import reference
from striate.explain.observe import to_float64
from striate.notation import (
    Activation,
    AvgPool,
    BatchNorm,
    Combination,
    Conv,
    Dense,
    Dropout,
    Embed,
    FixedFilter,
    Flatten,
    GlobalPool,
    GroupNorm,
    MaxPool,
    Upsample,
)

Array = NDArray[np.float64]
Cell = tuple[int, ...]
UNKNOWN = math.nan  # the weight of a value that is bent rather than weighed


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfolded:
    """What made one cell.

    `cells[i]` (C, *place) of source number `source[i]`, which held `values[i]` and counts with `weights[i]`;
    `constants` are the further numbers of the `rule`; `value` is the result, in float64.
    """

    rule: str
    cells: NDArray[np.int64]
    values: Array
    weights: Array
    value: float
    constants: dict[str, float] = field(default_factory=dict)
    source: NDArray[np.int64] | None = None


def unfold(operation: object, module: nn.Module, inputs: list[Array], cell: Cell) -> Unfolded:
    """Unfold the cell (C, *place) that `operation` made of `inputs`, each (C, *spatial) of one example."""
    return UNFOLD[type(operation)](operation, module, inputs, cell)


def _conv(conv: Conv, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    (x,), (feature, *place) = inputs, cell
    wide = module.weight.shape[1]
    first = feature // (conv.features // conv.groups) * wide
    cells = _window(place, range(first, first + wide), conv.kernel, conv.stride, conv.pad, conv.dilate)
    values, weight = _take(x, cells), to_float64(module.weight[feature])
    bias = 0.0 if module.bias is None else float(module.bias[feature].detach())
    patch, kernel = values.reshape(1, *weight.shape), weight[None]
    return Unfolded(
        rule="sum of value x weight over the patch" + ("" if module.bias is None else ", plus bias"),
        cells=cells,
        values=values,
        weights=weight.ravel(),
        constants={} if module.bias is None else {"bias": bias},
        value=float(reference.conv(patch, kernel, [bias]).item()),
    )


def _fixed_filter(operation: FixedFilter, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    (x,), (channel, *place) = inputs, cell
    kernel = to_float64(module.kernel)
    ones = (1,) * len(place)
    cells = _window(place, [channel], kernel.shape, ones, ones, ones)
    values = _take(x, cells)
    return Unfolded(
        rule=f"sum of value x weight of the {operation.kind} kernel",
        cells=cells,
        values=values,
        weights=kernel.ravel(),
        value=float(reference.conv(values.reshape(1, 1, *kernel.shape), kernel[None, None]).item()),
    )


def _dense(dense: Dense, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    (x,), (unit,) = inputs, cell
    weights = to_float64(module.weight[unit])
    bias = 0.0 if module.bias is None else float(module.bias[unit].detach())
    return Unfolded(
        rule="sum of value x weight over all values" + ("" if module.bias is None else ", plus bias"),
        cells=_every_cell(x.shape),
        values=x.ravel(),
        weights=weights,
        constants={} if module.bias is None else {"bias": bias},
        value=float(reference.dense(x.reshape(1, -1), weights[None], [bias]).item()),
    )


def _batchnorm(_: BatchNorm, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    channel = cell[0]
    mean, variance = float(module.running_mean[channel]), float(module.running_var[channel])
    return _normalised(module, inputs[0], cell, mean, variance, "of training")


def _groupnorm(norm: GroupNorm, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    (x,), channel = inputs, cell[0]
    wide = len(x) // norm.groups
    group = x[channel // wide * wide :][:wide]
    return _normalised(module, x, cell, float(group.mean()), float(group.var()), f"of its {wide} channels here")


def _normalised(module: Any, x: Array, cell: Cell, mean: float, variance: float, whose: str) -> Unfolded:
    scale, shift = float(module.weight[cell[0]].detach()), float(module.bias[cell[0]].detach())
    weight = scale / math.sqrt(variance + module.eps)
    value = reference.batchnorm(
        [[x[cell]]], [scale], [shift], mean=[mean], variance=[variance], epsilon=module.eps
    ).item()
    return Unfolded(
        rule=f"scale x (value - mean) / sqrt(variance + epsilon) + shift; mean and variance {whose}",
        cells=np.array([cell]),
        values=x[cell][None],
        weights=np.array([weight]),
        constants={"mean": mean, "variance": variance, "epsilon": module.eps, "scale": scale, "shift": shift},
        value=float(value),
    )


def _activation(activation: Activation, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    kind, x = activation.kind, inputs[0][cell]
    value = float(reference.leaky(x, activation.slope) if kind == "leaky" else getattr(reference, kind)(x))
    weight = {"relu": float(x > 0), "leaky": 1.0 if x > 0 else activation.slope}.get(kind, UNKNOWN)
    rules = {"relu": "the value, or 0 where it is negative", "leaky": "the value, times the slope where it is negative"}
    return Unfolded(
        rule=rules.get(kind, f"{kind} of the value"),
        cells=np.array([cell]),
        values=x[None],
        weights=np.array([weight]),
        constants={"slope": activation.slope} if kind == "leaky" else {},
        value=value,
    )


def _maxpool(pool: MaxPool, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    (x,), (channel, *place) = inputs, cell
    cells = _window(place, [channel], pool.size, pool.stride, pool.pad, pool.dilate)
    cells = cells[_inside(x, cells)]  # padding never wins
    values = _take(x, cells)
    return _winner(cells, values)


def _winner(cells: NDArray[np.int64], values: Array) -> Unfolded:
    weights = np.zeros_like(values)
    weights[values.argmax()] = 1.0  # the first of several that are equal, as PyTorch has it
    return Unfolded(
        rule="the largest value of the window",
        cells=cells,
        values=values,
        weights=weights,
        value=float(reference.maxpool(values[None, None], len(values)).item()),
    )


def _avgpool(pool: AvgPool, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    (x,), (channel, *place) = inputs, cell
    ones = (1,) * len(place)
    cells = _window(place, [channel], pool.size, pool.stride, pool.pad, ones)
    beyond = np.array(x.shape[1:]) + pool.pad  # what a ceil window reaches beyond the padding never counts
    counted = np.all(cells[:, 1:] < beyond, axis=1) if pool.count_padding else _inside(x, cells)
    return _mean(cells[counted], _take(x, cells[counted]))


def _mean(cells: NDArray[np.int64], values: Array) -> Unfolded:
    return Unfolded(
        rule=f"the mean of {len(values)} values",
        cells=cells,
        values=values,
        weights=np.full(len(values), 1 / len(values)),
        value=float(reference.avgpool(values[None, None], len(values)).item()),
    )


def _globalpool(pool: GlobalPool, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    (x,), channel = inputs, cell[0]
    cells = _every_cell((1, *x.shape[1:]))
    cells[:, 0] = channel
    return (_winner if pool.kind == "max" else _mean)(cells, x[channel].ravel())


def _upsample(upsample: Upsample, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    (x,), (channel, *place) = inputs, cell
    shares = [_mixture(n, p, upsample) for n, p in zip(x.shape[1:], place, strict=True)]  # of old cells, a dimension
    used = [np.flatnonzero(share) for share in shares]
    cells = np.stack([axis.ravel() for axis in np.meshgrid([channel], *used, indexing="ij")], axis=1)
    weights = np.prod([share[cells[:, axis + 1]] for axis, share in enumerate(shares)], axis=0)
    values = _take(x, cells)
    return Unfolded(
        rule="the cell it repeats" if upsample.kind == "nearest" else "between the nearest cells, by distance",
        cells=cells,
        values=values,
        weights=weights,
        value=float(values @ weights),
    )


def _mixture(n: int, place: int, upsample: Upsample) -> Array:
    """Give the share (n,) of each of n old cells of one dimension in the new one at `place`."""
    return reference.upsample(np.eye(n)[None], upsample.factor, upsample.kind)[0, :, place]


def _flatten(_: Flatten, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    return _same(inputs[0], tuple(int(n) for n in np.unravel_index(cell[0], inputs[0].shape)), "that value, in a row")


def _dropout(_: Dropout, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    return _same(inputs[0], cell, "the value as it is; only training sets some to 0")


def _embed(_: Embed, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    """One number of one row of the table: nothing is added up."""
    (ids,), (feature, place) = inputs, cell
    row = to_float64(module.weight)[int(ids[place]) - 1] if ids[place] else np.zeros(feature + 1)
    return Unfolded(
        rule="the number at this feature in the row that the word's number names; 0 where no word stands",
        cells=np.array([[place]]),
        values=ids[place : place + 1],
        weights=np.array([UNKNOWN]),
        value=float(row[feature]),
    )


def _combination(combination: Combination, module: Any, inputs: list[Array], cell: Cell) -> Unfolded:
    if combination.kind == "group":
        return _same(inputs[0], cell, "what its last layer made")
    body, other = inputs
    gate = cell if combination.kind == "skip" or body.ndim == other.ndim else cell[:1]
    factors = {"skip": (1.0, 1.0), "scale": (UNKNOWN, UNKNOWN)}[combination.kind]
    left, right = body[gate], other[cell]
    return Unfolded(
        rule="the block's result plus its input" if combination.kind == "skip" else "the gate times the block's input",
        cells=np.array([[*gate, *[0] * (len(cell) - len(gate))], cell]),
        values=np.array([left, right]),
        weights=np.array(factors),
        value=float(left + right if combination.kind == "skip" else left * right),
        source=np.array([0, 1]),
    )


def _same(x: Array, cell: Cell, rule: str) -> Unfolded:
    return Unfolded(rule=rule, cells=np.array([cell]), values=x[cell][None], weights=np.ones(1), value=float(x[cell]))


UNFOLD: dict[type, Callable[[Any, Any, list[Array], Cell], Unfolded]] = {
    Activation: _activation,
    AvgPool: _avgpool,
    BatchNorm: _batchnorm,
    Combination: _combination,
    Conv: _conv,
    Dense: _dense,
    Dropout: _dropout,
    Embed: _embed,
    FixedFilter: _fixed_filter,
    Flatten: _flatten,
    GlobalPool: _globalpool,
    GroupNorm: _groupnorm,
    MaxPool: _maxpool,
    Upsample: _upsample,
}


def _window(
    place: list[int],
    channels: Any,
    size: Cell,
    stride: Cell,
    pad: Cell,
    dilate: Cell,
) -> NDArray[np.int64]:
    """Give the cells (channels x taps, 1 + dims) under the window at `place`, padding included, in memory order."""
    axes = [
        p * s - before + d * np.arange(k) for p, k, s, before, d in zip(place, size, stride, pad, dilate, strict=True)
    ]
    grid = np.meshgrid(np.array(channels), *axes, indexing="ij")
    return np.stack([axis.ravel() for axis in grid], axis=1)


def _every_cell(shape: Cell) -> NDArray[np.int64]:
    """(cells, dims): every cell of a map of this shape, in memory order."""
    return np.stack([axis.ravel() for axis in np.indices(shape)], axis=1)


def _inside(x: Array, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which cells lie on the map, rather than in its padding."""
    inside: NDArray[np.bool_] = np.all((cells >= 0) & (cells < x.shape), axis=1)
    return inside


def _take(x: Array, cells: NDArray[np.int64]) -> Array:
    """Give the values of cells, 0 for padding."""
    inside = _inside(x, cells)
    values: Array = np.where(inside, x[tuple(np.where(inside[:, None], cells, 0).T)], 0.0)
    return values
