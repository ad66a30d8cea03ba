"""Upsampling: every new element is a weighted sum of old ones, one axis after the other."""

from functools import reduce
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from striate.reference.border import Array, Extent, chosen, maps, per_axis, shaped

Kind = Literal["nearest", "bilinear"]


def upsample(x: ArrayLike, factor: Extent, kind: Kind = "nearest") -> Array:
    """Enlarge x (N, C, *in) by whole factors -> (N, C, *(factor in)).

    nearest repeats every element; bilinear (linear in 1-D, trilinear in 3-D) interpolates between the centres
    of elements, holding the edges.
    Raises ShapeError on a factor below 1 or a wrong count of factors, UsageError on another kind.
    Source: torch.nn.functional.interpolate with align_corners=False.

    >>> upsample([[[0, 4]]], 2).tolist(), upsample([[[0, 4]]], 2, "bilinear").tolist()
    ([[[0.0, 0.0, 4.0, 4.0]]], [[[0.0, 1.0, 3.0, 4.0]]])
    """
    x = maps(x)
    return reduce(_mix, _mixtures(x, factor, kind), x)


def upsample_backward(grad: ArrayLike, x: ArrayLike, factor: Extent, kind: Kind = "nearest") -> Array:
    """Carry grad (N, C, *(factor in)) back with the same weights, transposed -> (N, C, *in).

    Raises as `upsample` does, and ShapeError where grad has not the shape of its output.

    >>> upsample_backward([[[1, 1, 1, 10]]], [[[0, 4]]], 2, "bilinear").tolist()
    [[[2.0, 11.0]]]
    """
    x = maps(x)
    mixtures = _mixtures(x, factor, kind)
    grad = shaped(grad, (*x.shape[:2], *(len(m) for m in mixtures)), name="grad")
    return reduce(_mix, [m.T for m in mixtures], grad)


def _mix(x: Array, mixture: Array) -> Array:
    """Apply a mixture (out, in) to the first spatial axis of x and turn that axis to the back."""
    return np.tensordot(x, mixture, axes=(2, 1))


def _mixtures(x: Array, factor: Extent, kind: Kind) -> list[Array]:
    """For every spatial axis the weights (factor in, in) of old elements in new ones; rows sum to 1."""
    weigh = {"nearest": _nearest, "bilinear": _linear}[chosen(kind, get_args(Kind))]
    factors = per_axis(factor, x.ndim - 2, name="factor")
    return [weigh(n, f) for n, f in zip(x.shape[2:], factors, strict=True)]


def _nearest(n: int, factor: int) -> Array:
    return np.eye(n).repeat(factor, axis=0)


def _linear(n: int, factor: int) -> Array:
    place = np.maximum((np.arange(n * factor) + 0.5) / factor - 0.5, 0.0)  # new centres, in old elements
    left = place.astype(int)
    right = np.minimum(left + 1, n - 1)
    share: Array = (place - left)[:, None]  # (factor n, 1)
    mixture: Array = np.eye(n)[left] * (1 - share) + np.eye(n)[right] * share
    return mixture
