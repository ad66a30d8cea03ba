"""Other orders of the values: each moves the same values of all examples to the same new places."""

import numpy as np
from numpy.typing import NDArray

from striate.records.suit import Order

REACH = 4.0  # places that a near order moves a value at most
Places = NDArray[np.intp]


def list_orders(spatial: tuple[int, ...]) -> tuple[Order, ...]:
    """Name the kinds of order that a shape has: pictures have rows and columns too."""
    return ("any", "near") if len(spatial) == 1 else ("any", "near", "rows", "columns")


def draw_order(order: Order, spatial: tuple[int, ...], rng: np.random.Generator) -> Places:
    """Give for each place of `spatial`, counted row by row, the place whose value it gets.

    >>> sorted(draw_order("near", (6,), np.random.default_rng(0)).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    places = np.arange(int(np.prod(spatial)), dtype=np.intp)
    if order == "any":
        return rng.permutation(places)
    grid = places.reshape(spatial)
    for axis, length in enumerate(spatial):
        if order == "near":
            grid = np.take(grid, _shake(length, rng), axis)
        elif axis == ("rows", "columns").index(order):
            grid = np.take(grid, rng.permutation(length), axis)
    return grid.ravel()


def _shake(length: int, rng: np.random.Generator) -> Places:
    return np.argsort(np.arange(length) + rng.uniform(0, REACH, length)).astype(np.intp)
