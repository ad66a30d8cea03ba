"""Windows on a map: where they lie, how they are taken, and how they are laid back.

Convolution and pooling differ only in what they do inside a window; all their geometry is here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from striate.errors import ShapeError
from striate.reference.border import Array, Extent, floats, maps, per_axis, shaped


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Where windows lie on a map: one entry a spatial dimension, all in elements."""

    inputs: tuple[int, ...]
    """size of the map without padding"""
    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[int, ...]
    """added before the map, and counted after it"""
    beyond: tuple[int, ...]
    """added after the padding so that the last window of ceil mode is whole"""
    outputs: tuple[int, ...]
    """number of windows"""

    @property
    def span(self) -> tuple[int, ...]:
        """Elements from the first to the last of a window: dilation * (size - 1) + 1."""
        return tuple(d * (k - 1) + 1 for d, k in zip(self.dilation, self.size, strict=True))

    @property
    def margins(self) -> list[tuple[int, int]]:
        """Elements added (before, after) each dimension."""
        return [(p, p + b) for p, b in zip(self.padding, self.beyond, strict=True)]


def lay_grid(
    inputs: tuple[int, ...],
    size: Extent,
    *,
    stride: Extent = 1,
    padding: Extent = 0,
    dilation: Extent = 1,
    ceil: bool = False,
) -> Grid:
    """Place windows on a map of spatial size `inputs`.

    outputs = floor((inputs + 2 padding - span) / stride) + 1. In ceil mode the division rounds up, but a
    window that would start beyond the map, in the right padding, is left out.
    Raises ShapeError where a value is missing or too small, or where not one window fits.
    Source: the shape formulas of torch.nn.Conv2d and torch.nn.MaxPool2d.

    >>> lay_grid((7,), 2, stride=2).outputs, lay_grid((7,), 2, stride=2, ceil=True).outputs
    ((3,), (4,))
    """
    dims = len(inputs)
    sizes, strides = per_axis(size, dims, name="size"), per_axis(stride, dims, name="stride")
    paddings = per_axis(padding, dims, name="padding", least=0)
    dilations = per_axis(dilation, dims, name="dilation")
    outputs, beyond = [], []
    for n, k, s, p, d in zip(inputs, sizes, strides, paddings, dilations, strict=True):
        room = n + 2 * p - (d * (k - 1) + 1)  # steps of one element that the first window can take
        count = (room + s - 1 if ceil else room) // s + 1
        count -= ceil and (count - 1) * s >= n + p
        if count < 1:
            raise ShapeError(
                "window <= input + 2 padding must hold",
                got=f"window={d * (k - 1) + 1} (size={k}, dilation={d}), input={n}, padding={p}",
                fix=f"use a smaller size or padding {(d * (k - 1) + 2 - n) // 2}",
            )
        outputs.append(count)
        beyond.append(max(0, (count - 1) * s - room))
    return Grid(
        inputs=inputs,
        size=sizes,
        stride=strides,
        dilation=dilations,
        padding=paddings,
        beyond=tuple(beyond),
        outputs=tuple(outputs),
    )


def windows(x: ArrayLike, size: Extent, *, stride: Extent = 1, dilation: Extent = 1) -> Array:
    """(N, C, *in) -> (N, C, *out, *size): every patch that a kernel of `size` sees, a view without copies.

    windows[n, c, *o, *k] = x[n, c, *(stride o + dilation k)].
    Raises ShapeError where not one window fits.

    >>> windows([[[1, 2, 3, 4, 5]]], 2, stride=2, dilation=2)[0, 0].tolist()
    [[1.0, 3.0], [3.0, 5.0]]
    """
    x = maps(x)
    return _take(x, lay_grid(x.shape[2:], size, stride=stride, dilation=dilation))


def overlay(
    patches: ArrayLike,
    inputs: tuple[int, ...],
    *,
    stride: Extent = 1,
    dilation: Extent = 1,
) -> Array:
    """(N, C, *out, *size) -> (N, C, *inputs): lay every patch back where `windows` took it, adding overlaps.

    The adjoint of windows: sum(windows(x) * patches) = sum(x * overlay(patches)).
    Raises ShapeError where the patches are not those of a map of spatial size `inputs`.

    >>> overlay([[[[1, 1], [1, 1], [1, 1]]]], (4,)).tolist()
    [[[1.0, 2.0, 2.0, 1.0]]]
    """
    patches, dims = floats(patches), len(inputs)
    grid = lay_grid(inputs, patches.shape[-dims:], stride=stride, dilation=dilation)
    return lay_back(shaped(patches, (*patches.shape[:2], *grid.outputs, *grid.size), name="patches"), grid)


def take_patches(x: Array, grid: Grid, *, fill: float = 0.0) -> Array:
    """Pad x (N, C, *in) with `fill` and take the windows of the grid -> (N, C, *out, *size)."""
    return _take(np.pad(x, [(0, 0), (0, 0), *grid.margins], constant_values=fill), grid)


def lay_back(patches: Array, grid: Grid) -> Array:
    """Add patches (N, C, *out, *size) at their places and cut the padding off -> (N, C, *in)."""
    padded = [a + n + b for n, (a, b) in zip(grid.inputs, grid.margins, strict=True)]
    x = np.zeros((*patches.shape[:2], *padded))
    axes = list(zip(grid.stride, grid.dilation, grid.outputs, strict=True))
    for tap in np.ndindex(*grid.size):
        places = [slice(d * t, d * t + s * (o - 1) + 1, s) for t, (s, d, o) in zip(tap, axes, strict=True)]
        x[:, :, *places] += patches[..., *tap]
    return x[:, :, *(slice(p, p + n) for p, n in zip(grid.padding, grid.inputs, strict=True))]


def _take(x: Array, grid: Grid) -> Array:
    spans = sliding_window_view(x, grid.span, axis=tuple(range(2, x.ndim)))  # (N, C, *places, *span)
    return spans[:, :, *(slice(None, None, step) for step in grid.stride + grid.dilation)]
