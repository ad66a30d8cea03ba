"""Where a layer's map lies on the picture: the exact centre of each cell, and a map spread out between them."""

import numpy as np
from numpy.typing import NDArray

from striate.explain.wiring import INPUT, wire
from striate.notation import AvgPool, Conv, MaxPool, Plan, Upsample

Array = NDArray[np.float64]


def locate(plan: Plan, layer: str) -> tuple[tuple[float, float], ...]:
    """Give (first, step) a dimension: cell i of a layer looks at `first + i * step`, in cells of the input.

    The middle of the receptive field as if the picture had no border. Unpadded layers start further in, strided ones
    with padding lie off-centre: stretching a map over the whole picture, as is usual, misplaces it by up to half a
    step. `layer` has a map; a block's place is that of its shortcut, which is the same as that of its body.

    >>> from striate.notation import plan
    >>> locate(plan("conv 4 5x5 > maxpool 2", (1, 12, 12)), "maxpool1")
    ((2.5, 2.0), (2.5, 2.0))
    """
    table = wire(plan)
    places = [(0.0, 1.0)] * (len(plan.input_shape) - 1)
    while layer != INPUT:
        windows = _windows(table[layer].layer.operation, len(places))
        places = [(first * s + o, step * s) for (first, step), (o, s) in zip(places, windows, strict=True)]
        layer = table[layer].sources[-1]
    return tuple(places)


def _windows(operation: object, dims: int) -> list[tuple[float, float]]:
    """Give (offset, stride) a dimension: the middle of the first window, and how far apart windows are."""
    if isinstance(operation, Upsample):
        return [(0.5 / operation.factor - 0.5, 1 / operation.factor)] * dims
    if isinstance(operation, AvgPool):
        return [((k - 1) / 2 - p, s) for k, s, p in zip(operation.size, operation.stride, operation.pad, strict=True)]
    if isinstance(operation, Conv | MaxPool):
        size = operation.kernel if isinstance(operation, Conv) else operation.size
        rows = zip(size, operation.stride, operation.pad, operation.dilate, strict=True)
        return [(d * (k - 1) / 2 - p, s) for k, s, p, d in rows]
    return [(0.0, 1.0)] * dims


def spread(plan: Plan, layer: str, values: Array) -> Array:
    """(h, w) values of a layer's cells -> (H, W) of the input, linear between the cells and flat beyond the outer ones.

    The shares of the cells in a pixel are not negative and sum to 1, so no value leaves the range of `values`.
    """
    for axis, ((first, step), n) in enumerate(zip(locate(plan, layer), plan.input_shape[1:], strict=True)):
        shares = _shares(first, step, values.shape[axis], n)
        values = np.moveaxis(np.tensordot(shares, values, (1, axis)), 0, axis)
    return values


def _shares(first: float, step: float, cells: int, n: int) -> Array:
    """(n, cells): the share of each cell in each of n pixels of one dimension."""
    at = np.clip((np.arange(n) - first) / step, 0, cells - 1)  # in cells
    below = np.minimum(at.astype(int), max(0, cells - 2))
    shares = np.zeros((n, cells))
    shares[np.arange(n), np.minimum(below + 1, cells - 1)] = at - below
    shares[np.arange(n), below] += 1 - (at - below)
    return shares
