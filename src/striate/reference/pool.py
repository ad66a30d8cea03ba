"""Pooling: one number for every window of every channel, its maximum or its mean."""

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import ShapeError
from striate.reference.border import Array, Extent, maps, shaped
from striate.reference.window import Grid, lay_back, lay_grid, take_patches


def maxpool(
    x: ArrayLike,
    size: Extent,
    *,
    stride: Extent | None = None,
    padding: Extent = 0,
    dilation: Extent = 1,
    ceil: bool = False,
) -> Array:
    """Take the maximum of every window: x (N, C, *in) -> (N, C, *out).

    Padding is -inf and never wins; stride=None means size; ceil keeps a last window that overhangs the edge.
    Raises ShapeError where a window would touch no element of x.
    Departs from torch.nn.MaxPool2d, which refuses padding above size / 2; here padding < window is enough.
    Source: Scherer, Mueller and Behnke 2010, ICANN, section 3.

    >>> maxpool([[[1, 5, 2, 3, 4]]], 2).tolist(), maxpool([[[1, 5, 2, 3, 4]]], 2, ceil=True).tolist()
    ([[[5.0, 3.0]]], [[[5.0, 3.0, 4.0]]])
    """
    x = maps(x)
    grid = _lay(x, size, stride=stride, padding=padding, dilation=dilation, ceil=ceil)
    out: Array = take_patches(x, grid, fill=-np.inf).max(_taps(x))
    return out


def maxpool_backward(
    grad: ArrayLike,
    x: ArrayLike,
    size: Extent,
    *,
    stride: Extent | None = None,
    padding: Extent = 0,
    dilation: Extent = 1,
    ceil: bool = False,
) -> Array:
    """Carry grad (N, C, *out) to the first maximum of each window -> (N, C, *in).

    Raises ShapeError as `maxpool` does, and where grad has not the shape of its output.
    A window of nothing but -inf may lose its gradient to the padding.

    >>> maxpool_backward([[[1, 10]]], [[[5, 5, 2, 3]]], 2).tolist()
    [[[1.0, 0.0, 0.0, 10.0]]]
    """
    x = maps(x)
    grid = _lay(x, size, stride=stride, padding=padding, dilation=dilation, ceil=ceil)
    grad = shaped(grad, (*x.shape[:2], *grid.outputs), name="grad")
    patches = take_patches(x, grid, fill=-np.inf)
    patches = patches.reshape(*grad.shape, int(np.prod(grid.size)))  # (N, C, *out, taps)
    shares = np.zeros_like(patches)
    np.put_along_axis(shares, patches.argmax(-1)[..., None], grad[..., None], axis=-1)
    return lay_back(shares.reshape(*grad.shape, *grid.size), grid)  # (N, C, *out, *size)


def avgpool(
    x: ArrayLike,
    size: Extent,
    *,
    stride: Extent | None = None,
    padding: Extent = 0,
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """Take the mean of every window: x (N, C, *in) -> (N, C, *out).

    out = sum of the window / how many of its elements count: those of x, and with count_padding those of the
    padding too, but never what ceil mode adds beyond it.
    Raises ShapeError where a window would touch no element of x.
    Source: torch.nn.AvgPool2d, whose count_include_pad is count_padding (True there by default, False here).

    >>> [avgpool([[[2, 4, 6]]], 2, padding=1, count_padding=counts).tolist() for counts in (False, True)]
    [[[[2.0, 5.0]]], [[[1.0, 5.0]]]]
    """
    x = maps(x)
    grid = _lay(x, size, stride=stride, padding=padding, ceil=ceil)
    out: Array = take_patches(x, grid).sum(_taps(x)) / _count(grid, count_padding)
    return out


def avgpool_backward(
    grad: ArrayLike,
    x: ArrayLike,
    size: Extent,
    *,
    stride: Extent | None = None,
    padding: Extent = 0,
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """Share grad (N, C, *out) equally among the elements of each window -> (N, C, *in).

    Raises ShapeError as `avgpool` does, and where grad has not the shape of its output.

    >>> avgpool_backward([[[1, 10]]], [[[2, 4, 6, 8]]], 2).tolist()
    [[[0.5, 0.5, 5.0, 5.0]]]
    """
    x = maps(x)
    grid = _lay(x, size, stride=stride, padding=padding, ceil=ceil)
    shares = shaped(grad, (*x.shape[:2], *grid.outputs), name="grad") / _count(grid, count_padding)
    shares = np.expand_dims(shares, _taps(x))  # (N, C, *out, 1, ...)
    return lay_back(np.broadcast_to(shares, (*x.shape[:2], *grid.outputs, *grid.size)), grid)


def _lay(
    x: Array,
    size: Extent,
    *,
    stride: Extent | None,
    padding: Extent,
    dilation: Extent = 1,
    ceil: bool = False,
) -> Grid:
    """The grid of a pooling layer; ShapeError where one of its windows touches no element of x."""
    stride = size if stride is None else stride
    grid = lay_grid(x.shape[2:], size, stride=stride, padding=padding, dilation=dilation, ceil=ceil)
    touched = take_patches(np.ones((1, 1, *grid.inputs)), grid).any(_taps(x))
    if not touched.all():
        below = f"use padding below {min(grid.span)}"
        raise ShapeError(
            "padding < window must hold, and every window touch the input",
            got=f"padding={grid.padding}, window={grid.span}, dilation={grid.dilation}, input={grid.inputs}",
            fix="use less padding or dilation" if max(grid.dilation) > 1 else below,
        )
    return grid


def _count(grid: Grid, count_padding: bool) -> Array:
    """How many elements count in each window: (1, 1, *out)."""
    inner = [(p, p) for p in grid.padding]
    counted = np.pad(np.ones(grid.inputs), inner, constant_values=float(count_padding))
    counted = np.pad(counted, [(0, b) for b in grid.beyond])  # beyond the padding nothing counts
    bare = lay_grid(counted.shape, grid.size, stride=grid.stride)
    ones = take_patches(counted[None, None], bare)  # (1, 1, *out, *size)
    return np.asarray(ones.sum(_taps(counted[None, None])))


def _taps(x: Array) -> tuple[int, ...]:
    """The axes of (N, C, *out, *size) that run over one window."""
    return tuple(range(x.ndim, 2 * x.ndim - 2))
