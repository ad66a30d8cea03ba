"""Which pixels reach a cell: the receptive field as it truly is, borders, gaps and skips included."""

import numpy as np
from numpy.typing import NDArray

from striate import reference
from striate.explain.wiring import INPUT, wire
from striate.notation import (
    AvgPool,
    Combination,
    Conv,
    Dense,
    FixedFilter,
    Flatten,
    GlobalPool,
    GroupNorm,
    MaxPool,
    Plan,
    Upsample,
)
from striate.records import Field
from striate.reference.window import lay_back, lay_grid

Mask = NDArray[np.bool_]


def reach(plan: Plan, layer: str, place: tuple[int, ...]) -> Mask:
    """Mark the places (*spatial) of the input that can reach the cells at `place` of a layer, whatever the weights.

    `place` has one number a spatial dimension; () asks for a unit after the maps are gone, which all may reach.
    """
    table = wire(plan)
    shape = table[layer].layer.output_shape if layer != INPUT else plan.input_shape
    start = np.zeros(shape[1:], bool)
    start[place] = True
    masks = {layer: start}
    for name in reversed(list(table)):  # against the order of computation, so that a mask is whole when it is passed on
        if name not in masks:
            continue
        operation, mask = table[name].layer.operation, masks.pop(name)
        for source in table[name].sources:
            size = table[source].layer.output_shape[1:] if source != INPUT else plan.input_shape[1:]
            alone = isinstance(operation, Combination)
            passed = _fit(mask, size) if alone else _step_back(operation, mask, size)
            masks[source] = masks.get(source, np.zeros(size, bool)) | passed
    return masks[INPUT]


def receptive_field(plan: Plan, layer: str, place: tuple[int, ...]) -> Field:
    """Give the box of the input that reaches a cell, and how many places inside it do."""
    mask = reach(plan, layer, place)
    at = np.argwhere(mask)
    low, high = at.min(0), at.max(0) + 1
    return Field(low=tuple(map(int, low)), high=tuple(map(int, high)), reached=int(mask.sum()))


def _fit(mask: Mask, size: tuple[int, ...]) -> Mask:
    """A gate without places (C,) acts on, and comes from, all of them."""
    return mask if mask.shape == size else np.full(size, bool(mask.any()))


def _step_back(operation: object, mask: Mask, size: tuple[int, ...]) -> Mask:
    """Mark the places of the map before that cells at the marked ones look at."""
    if not mask.any():
        return np.zeros(size, bool)
    if isinstance(operation, Dense | Flatten | GlobalPool | GroupNorm):
        return np.ones(size, bool)
    if isinstance(operation, Upsample):
        return _before_upsampling(operation, mask, size)
    if isinstance(operation, FixedFilter):
        return _under_windows(mask, size, (3,) * len(size), padding=(1,) * len(size))
    if isinstance(operation, Conv):
        return _under_windows(mask, size, operation.kernel, operation.stride, operation.pad, operation.dilate)
    if isinstance(operation, MaxPool):
        return _under_windows(
            mask, size, operation.size, operation.stride, operation.pad, operation.dilate, ceil=operation.ceil
        )
    if isinstance(operation, AvgPool):
        return _under_windows(mask, size, operation.size, operation.stride, operation.pad, ceil=operation.ceil)
    return mask


def _under_windows(
    mask: Mask,
    inputs: tuple[int, ...],
    size: tuple[int, ...],
    stride: tuple[int, ...] | int = 1,
    padding: tuple[int, ...] | int = 0,
    dilation: tuple[int, ...] | int = 1,
    *,
    ceil: bool = False,
) -> Mask:
    grid = lay_grid(inputs, size, stride=stride, padding=padding, dilation=dilation, ceil=ceil)
    patches = np.broadcast_to(mask.reshape(1, 1, *mask.shape, *[1] * mask.ndim), (1, 1, *grid.outputs, *grid.size))
    laid = lay_back(patches.astype(np.float64), grid)[0, 0]
    return np.asarray(laid > 0)


def _before_upsampling(upsample: Upsample, mask: Mask, size: tuple[int, ...]) -> Mask:
    back = reference.upsample_backward(
        mask[None, None].astype(np.float64), np.zeros((1, 1, *size)), upsample.factor, upsample.kind
    )
    return np.asarray(back[0, 0] > 0)
