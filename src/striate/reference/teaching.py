"""What the explainers do by hand: match a feature, measure a slope, learn by trying."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import ShapeError
from striate.reference.border import Array, floats
from striate.reference.window import windows


def match(x: ArrayLike, feature: ArrayLike) -> Array:
    """Say how well a feature (h, w) fits every place of a picture x (H, W) -> (H-h+1, W-w+1).

    match = sum of the products / number of feature pixels; for pixels of +1 and -1 it is 1 for a perfect
    match and -1 for the photographic negative. Any number of dimensions.
    Raises ShapeError where the feature has other dimensions than x or does not fit into it.
    Source: Rohrer 2016, "How do Convolutional Neural Networks work?".

    >>> match([[1, -1, 1], [-1, 1, -1]], [[1, -1], [-1, 1]]).tolist()
    [[1.0, -1.0]]
    """
    x, feature = floats(x), floats(feature)
    if x.ndim != feature.ndim or x.ndim == 0 or feature.size == 0:
        raise ShapeError(
            "picture and feature must have the same dimensions, and elements",
            got=f"{x.shape} and {feature.shape}",
            fix="match one channel at a time",
        )
    patches = windows(x[None, None], feature.shape)[0, 0]  # (*out, *size)
    return np.asarray((patches * feature).sum(tuple(range(-feature.ndim, 0))) / feature.size)


def slope(function: Callable[[Array], float], x: ArrayLike, *, step: float = 1e-6) -> Array:
    """Measure the gradient of a number-valued function at x by going a little up and down at every entry.

    slope[i] = (function(x + step e_i) - function(x - step e_i)) / (2 step), the shape of x.

    >>> slope(lambda x: float((x**2).sum()), [1.0, 3.0]).round(6).tolist()
    [2.0, 6.0]
    """
    x = floats(x)
    slopes = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = _moved(x, place, step), _moved(x, place, -step)
        slopes[place] = (function(up) - function(down)) / (up[place] - down[place])  # the steps as rounded
    return slopes


def nudge(parameters: ArrayLike, error: Callable[[Array], float], *, amount: float) -> tuple[Array, float]:
    """Try every weight a little up and a little down, keep what lowers the error -> (new, its error).

    One sweep over all weights in order; each starts from what the earlier ones kept. The error never rises.
    Source: the learning rule of Rohrer 2016, ibid.; two evaluations a weight, where a gradient needs one.

    >>> nudge([0.0, 3.0], lambda w: abs(w[0] - 1) + abs(w[1] - 3), amount=0.5)
    (array([0.5, 3. ]), 0.5)
    """
    best = floats(parameters)
    lowest = float(error(best.copy()))
    for place in np.ndindex(best.shape):
        start = best
        for trial in (_moved(start, place, amount), _moved(start, place, -amount)):
            found = float(error(trial.copy()))
            if found < lowest:
                best, lowest = trial, found
    return best, lowest


def _moved(x: Array, place: tuple[int, ...], by: float) -> Array:
    moved = x.copy()
    moved[place] += by
    return moved
