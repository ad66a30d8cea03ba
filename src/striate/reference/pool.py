"""Pooling: one number for every window of every channel, its maximum or its mean."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import ShapeError
from striate.reference.border import Array, Extent, chosen, maps, shaped
from striate.reference.window import Grid, lay_back, lay_grid, take_patches

Kind = Literal["avg", "max"]


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

    Padding is -inf and never wins; stride=None means size; ceil keeps a last window that overhangs the right edge.
    Raises ShapeError where a window would touch no element of x. Departs from torch.nn.MaxPool2d, which refuses
    padding above size / 2; here padding < window is enough.
    Source: Scherer, Mueller and Behnke 2010, ICANN, section 3.

    >>> maxpool([[[1, 5, 2, 3, 4]]], 2).tolist(), maxpool([[[1, 5, 2, 3, 4]]], 2, ceil=True).tolist()
    ([[[5.0, 3.0]]], [[[5.0, 3.0, 4.0]]])
    """
    x = maps(x)
    grid = _lay(x, size, stride=stride, padding=padding, dilation=dilation, ceil=ceil)
    return take_patches(x, grid, fill=-np.inf).max(_taps(x))


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

    Raises ShapeError as `maxpool` does, and where grad has not the shape of its output. A window of nothing but -inf
    may lose its gradient to the padding.

    >>> maxpool_backward([[[1, 10]]], [[[5, 5, 2, 3]]], 2).tolist()
    [[[1.0, 0.0, 0.0, 10.0]]]
    """
    x = maps(x)
    grid = _lay(x, size, stride=stride, padding=padding, dilation=dilation, ceil=ceil)
    grad = shaped(grad, (*x.shape[:2], *grid.outputs), name="grad")
    patches = take_patches(x, grid, fill=-np.inf).reshape(*grad.shape, -1)  # (N, C, *out, taps)
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

    out = sum of the window / how many of its elements count: those of x, and with count_padding those of the padding
    too, but never what ceil mode adds beyond it. Raises ShapeError where a window would touch no element of x.
    Source: torch.nn.AvgPool2d, whose count_include_pad is count_padding (True there by default, False here).

    >>> avgpool([[[2, 4, 6]]], 2, padding=1).tolist(), avgpool([[[2, 4, 6]]], 2, padding=1, count_padding=True).tolist()
    ([[[2.0, 5.0]]], [[[1.0, 5.0]]])
    """
    x = maps(x)
    grid = _lay(x, size, stride=stride, padding=padding, ceil=ceil)
    return take_patches(x, grid).sum(_taps(x)) / _count(grid, count_padding)


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


def globalpool(x: ArrayLike, kind: Kind = "avg") -> Array:
    """Take the mean or maximum of every whole map: x (N, C, *in) -> (N, C).

    Raises ShapeError without a spatial dimension, ValueError on an unknown kind.
    Source: Lin, Chen and Yan 2013, arXiv:1312.4400, section 3.2.

    >>> globalpool([[[1, 2, 6]]]).tolist(), globalpool([[[1, 2, 6]]], "max").tolist()
    ([[3.0]], [[6.0]])
    """
    x = maps(x)
    cells = x.reshape(*x.shape[:2], -1)  # (N, C, cells)
    return cells.mean(-1) if chosen(kind, get_args(Kind)) == "avg" else cells.max(-1)


def globalpool_backward(grad: ArrayLike, x: ArrayLike, kind: Kind = "avg") -> Array:
    """Carry grad (N, C) to all cells of a map equally, or to its first maximum -> (N, C, *in).

    Raises as `globalpool` does, and ShapeError where grad is not (N, C).

    >>> globalpool_backward([[3]], [[[1, 2, 6]]]).tolist(), globalpool_backward([[3]], [[[1, 2, 6]]], "max").tolist()
    ([[[1.0, 1.0, 1.0]]], [[[0.0, 0.0, 3.0]]])
    """
    x = maps(x)
    grad = shaped(grad, x.shape[:2], name="grad")[..., None]  # (N, C, 1)
    cells = x.reshape(*x.shape[:2], -1)  # (N, C, cells)
    if chosen(kind, get_args(Kind)) == "avg":
        return np.broadcast_to(grad / cells.shape[-1], cells.shape).reshape(x.shape)
    return np.where(np.arange(cells.shape[-1]) == cells.argmax(-1)[..., None], grad, 0.0).reshape(x.shape)


def _lay(
    x: Array, size: Extent, *, stride: Extent | None, padding: Extent, dilation: Extent = 1, ceil: bool = False
) -> Grid:
    """The grid of a pooling layer; ShapeError where one of its windows touches no element of x."""
    grid = lay_grid(
        x.shape[2:], size, stride=size if stride is None else stride, padding=padding, dilation=dilation, ceil=ceil
    )
    touched = take_patches(np.ones((1, 1, *grid.inputs)), grid).any(_taps(x))
    if not touched.all():
        raise ShapeError(
            f"padding < window must hold and every window touch the input, got padding={grid.padding}, "
            f"window={grid.span}, dilation={grid.dilation}, input={grid.inputs}; use less padding or dilation"
        )
    return grid


def _count(grid: Grid, count_padding: bool) -> Array:
    """How many elements count in each window: (1, 1, *out)."""
    inner = [(p, p) for p in grid.padding]
    counted = np.pad(np.ones(grid.inputs), inner, constant_values=float(count_padding))
    counted = np.pad(counted, [(0, b) for b in grid.beyond])  # what lies beyond the padding counts for nothing
    bare = lay_grid(counted.shape, grid.size, stride=grid.stride)
    return take_patches(counted[None, None], bare).sum(tuple(range(-len(grid.size), 0)))


def _taps(x: Array) -> tuple[int, ...]:
    """The axes of (N, C, *out, *size) that run over one window."""
    return tuple(range(x.ndim, 2 * x.ndim - 2))
