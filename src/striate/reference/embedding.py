"""Embedding: whole numbers that name things, such as words, each to a vector of its own."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from striate.errors import ShapeError
from striate.reference.border import Array, floats, shaped


def embed(ids: ArrayLike, weight: ArrayLike) -> Array:
    """Look up each number's vector: ids (N, T) in 0..V-1, weight (V - 1, E) -> (N, E, T).

    out[n, e, t] = weight[ids[n, t] - 1, e], and 0 where ids[n, t] is 0: nothing stands there.
    Raises ShapeError where the shapes or the numbers do not fit. Source: Bengio et al. 2003, JMLR 3, section 2.

    >>> embed([[2, 0, 1]], [[1, 10], [2, 20]]).tolist()
    [[[2.0, 0.0, 1.0], [20.0, 0.0, 10.0]]]
    """
    weight = floats(weight)
    rows = np.concatenate([np.zeros((1, *weight.shape[1:])), weight])  # row 0 for nothing
    return rows[_numbers(ids, weight)].transpose(0, 2, 1)  # (N, T, E) -> (N, E, T)


def embed_backward(grad: ArrayLike, ids: ArrayLike, weight: ArrayLike) -> Array:
    """Add up grad (N, E, T) over all places where each row stood -> grad_weight (V - 1, E); numbers have no gradient.

    Raises as `embed` does, and ShapeError where grad is not (N, E, T).

    >>> embed_backward([[[1, 5, 2], [3, 5, 4]]], [[2, 0, 2]], [[0, 0], [0, 0]]).tolist()
    [[0.0, 0.0], [3.0, 7.0]]
    """
    weight = floats(weight)
    found = _numbers(ids, weight)
    grad = shaped(grad, (len(found), weight.shape[1], found.shape[1]), name="grad")
    rows = np.zeros((1 + len(weight), weight.shape[1]))
    np.add.at(rows, found, grad.transpose(0, 2, 1))
    return rows[1:]


def _numbers(ids: ArrayLike, weight: Array) -> NDArray[np.int64]:
    """Return ids (N, T) as whole numbers that each name a row of weight (V - 1, E), or 0."""
    given = floats(ids)
    found = given.astype(np.int64)
    whole = (found == given).all() and found.min(initial=0) >= 0 and found.max(initial=0) <= len(weight)
    if found.ndim != 2 or weight.ndim != 2 or not whole:
        raise ShapeError(
            "ids (N, T) must be whole numbers that name the rows of weight (V - 1, E), counted from 1, or 0",
            got=f"ids {given.shape} from {given.min(initial=0):g} to {given.max(initial=0):g}, weight {weight.shape}",
            fix="give numbers from 0 to the number of rows",
        )
    return found
