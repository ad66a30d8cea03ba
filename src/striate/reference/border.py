"""What enters the reference: float64 arrays and one number a dimension, checked once.

Every public function passes its arguments through here, so that inside shapes and types can be trusted.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from striate.errors import ShapeError, UsageError, nearest

Array = NDArray[np.float64]
Extent = int | tuple[int, ...]  # one value for all spatial dimensions, or one value each


def floats(x: ArrayLike) -> Array:
    """Return x as a float64 array, whatever it was."""
    return np.asarray(x, dtype=np.float64)


def maps(x: ArrayLike) -> Array:
    """Return x (N, C, *in) as float64; raise ShapeError without a spatial dimension."""
    x = floats(x)
    if x.ndim < 3:
        raise ShapeError(
            "x must be (N, C, *in)", got=f"shape {x.shape}", fix="add the missing axes, e.g. x[None, None]"
        )
    return x


def shaped(x: ArrayLike, shape: tuple[int, ...], *, name: str) -> Array:
    """Return x as float64 if it has exactly this shape; raise ShapeError if not."""
    x = floats(x)
    if x.shape != shape:
        raise ShapeError(f"{name} must have shape {shape}", got=str(x.shape), fix="reshape it, or the others")
    return x


def per_axis(value: Extent, dims: int, *, name: str, least: int = 1) -> tuple[int, ...]:
    """Return one int a dimension; raise ShapeError on a wrong count or a value below `least`."""
    values = tuple(value) if isinstance(value, Sequence) else (int(value),) * dims
    if len(values) != dims:
        raise ShapeError(
            f"{name} must have one value for all spatial dimensions or one each",
            got=f"{name}={value} for {dims}",
            fix=f"use one int or {dims} of them",
        )
    if min(values) < least:
        raise ShapeError(f"{name} >= {least} must hold", got=f"{name}={value}", fix=f"use {least} or more")
    return values


def divided(channels: int, groups: int, *, name: str = "channels") -> int:
    """Return channels / groups; raise ShapeError where that is not a whole number."""
    if groups < 1 or channels % groups:
        fits = [g for g in range(1, channels + 1) if channels % g == 0]
        raise ShapeError(
            f"{name} must divide into groups",
            got=f"{name}={channels}, groups={groups}",
            fix=f"use groups from {fits}",
        )
    return channels // groups


def chosen(value: str, choices: tuple[str, ...], *, name: str = "kind") -> str:
    """Return value if it is one of the choices; raise UsageError with the nearest name if not."""
    if value not in choices:
        raise UsageError(f"{name} must be one of {choices}", got=repr(value), fix=nearest(value, choices))
    return value


def by_channel(values: Array, x: Array) -> Array:
    """Reshape values (C,) to (C, 1, ...), so that they meet the channels of x (N, C, *in)."""
    return values.reshape(-1, *[1] * (x.ndim - 2))
