"""Convolution in any number of dimensions: every output is a sum of products under one window."""

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import ShapeError
from striate.reference.border import Array, Extent, by_channel, divided, floats, maps, shaped
from striate.reference.window import Grid, lay_back, lay_grid, take_patches


def conv(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: Extent = 1,
    padding: Extent = 0,
    dilation: Extent = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlate x (N, C, *in) with weight (F, C/groups, *k) -> (N, F, *out).

    out[n, f, *o] = bias[f] + sum over c, k of weight[f, c, *k] x[n, c, *(stride o + dilation k - padding)],
    x being 0 outside; filter f sees only the C/groups channels of its own group.
    Raises ShapeError where channels and filters do not divide into groups or no window fits.
    Source: Dumoulin and Visin 2016, arXiv:1603.07285, section 2.

    >>> conv([[[1, 2, 4, 8]]], [[[1, -1]]], [10], padding=1).tolist()
    [[[9.0, 9.0, 8.0, 6.0, 18.0]]]
    """
    x, weight = maps(x), floats(weight)
    _check(x, weight, groups)
    grid = lay_grid(x.shape[2:], weight.shape[2:], stride=stride, padding=padding, dilation=dilation)
    patches, kernels = _split(x, weight, grid, groups)
    out: Array = np.einsum("ngcpk,gfck->ngfp", patches, kernels, optimize=True)
    out = out.reshape(len(x), len(weight), *grid.outputs)  # (N, G, F/G, P) -> (N, F, *out)
    return out if bias is None else out + by_channel(shaped(bias, (len(weight),), name="bias"), x)


def conv_backward(
    grad: ArrayLike,
    x: ArrayLike,
    weight: ArrayLike,
    *,
    stride: Extent = 1,
    padding: Extent = 0,
    dilation: Extent = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """Carry grad (N, F, *out) back to (grad_x (N, C, *in), grad_weight (F, C/groups, *k), grad_bias (F,)).

    grad_weight sums grad times the patch that each output saw; grad_x lays grad times the kernel back.
    Raises ShapeError as `conv` does, and where grad has not the shape of its output.

    >>> [g.tolist() for g in conv_backward([[[1, 10]]], [[[1, 2, 4]]], [[[1, -1]]])]
    [[[[1.0, 9.0, -10.0]]], [[[21.0, 42.0]]], [11.0]]
    """
    x, weight = maps(x), floats(weight)
    _check(x, weight, groups)
    grid = lay_grid(x.shape[2:], weight.shape[2:], stride=stride, padding=padding, dilation=dilation)
    patches, kernels = _split(x, weight, grid, groups)
    grad = shaped(grad, (len(x), len(weight), *grid.outputs), name="grad")
    split = grad.reshape(len(x), *kernels.shape[:2], patches.shape[3])  # (N, F, *out) -> (N, G, F/G, P)
    grad_patches = np.einsum("ngfp,gfck->ngcpk", split, kernels, optimize=True)
    grad_patches = grad_patches.reshape(*x.shape[:2], *grid.outputs, *grid.size)  # (N, C, *out, *k)
    grad_weight = np.einsum("ngfp,ngcpk->gfck", split, patches, optimize=True).reshape(weight.shape)
    return lay_back(grad_patches, grid), grad_weight, grad.sum((0, *range(2, x.ndim)))


def _split(x: Array, weight: Array, grid: Grid, groups: int) -> tuple[Array, Array]:
    """Patches (N, G, C/G, P places, K taps) and kernels (G, F/G, C/G, K taps)."""
    places, taps = int(np.prod(grid.outputs)), int(np.prod(grid.size))
    per_group = weight.shape[1]
    patches = take_patches(x, grid).reshape(len(x), groups, per_group, places, taps)
    return patches, weight.reshape(groups, len(weight) // groups, per_group, taps)


def _check(x: Array, weight: Array, groups: int) -> None:
    if weight.ndim != x.ndim:
        raise ShapeError(
            "weight (F, C/groups, *k) must have the dimensions of x (N, C, *in)",
            got=f"weight {weight.shape}, x {x.shape}",
            fix="reshape the one that is wrong",
        )
    per_group = divided(x.shape[1], groups)
    divided(len(weight), groups, name="filters")
    if weight.shape[1] != per_group:
        raise ShapeError(
            "weight.shape[1] = channels / groups must hold",
            got=f"{weight.shape[1]}, channels={x.shape[1]}, groups={groups}",
            fix=f"use weight (F, {per_group}, *k)",
        )
