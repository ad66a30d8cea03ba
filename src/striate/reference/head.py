"""The head: what stands between the feature maps and the votes."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import ShapeError, UsageError
from striate.reference.border import Array, chosen, floats, maps, shaped

Kind = Literal["avg", "max"]


def globalpool(x: ArrayLike, kind: Kind = "avg") -> Array:
    """Take the mean or maximum of every whole map: x (N, C, *in) -> (N, C).

    Raises ShapeError without a spatial dimension, UsageError on an unknown kind.
    Source: Lin, Chen and Yan 2013, arXiv:1312.4400, section 3.2.

    >>> globalpool([[[1, 2, 6]]]).tolist(), globalpool([[[1, 2, 6]]], "max").tolist()
    ([[3.0]], [[6.0]])
    """
    x = maps(x)
    cells = x.reshape(*x.shape[:2], int(np.prod(x.shape[2:])))  # (N, C, cells)
    out: Array = cells.mean(-1) if chosen(kind, get_args(Kind)) == "avg" else cells.max(-1)
    return out


def globalpool_backward(grad: ArrayLike, x: ArrayLike, kind: Kind = "avg") -> Array:
    """Carry grad (N, C) to all cells of a map equally, or to its first maximum -> (N, C, *in).

    Raises as `globalpool` does, and ShapeError where grad is not (N, C).

    >>> [globalpool_backward([[3]], [[[1, 2, 6]]], kind).tolist() for kind in ("avg", "max")]
    [[[[1.0, 1.0, 1.0]]], [[[0.0, 0.0, 3.0]]]]
    """
    x = maps(x)
    grad = shaped(grad, x.shape[:2], name="grad")[..., None]  # (N, C, 1)
    cells = x.reshape(*x.shape[:2], int(np.prod(x.shape[2:])))  # (N, C, cells)
    if chosen(kind, get_args(Kind)) == "avg":
        return np.broadcast_to(grad / cells.shape[-1], cells.shape).reshape(x.shape)
    return np.where(np.arange(cells.shape[-1]) == cells.argmax(-1)[..., None], grad, 0.0).reshape(x.shape)


def flatten(x: ArrayLike) -> Array:
    """String the maps of every example out into one row: x (N, *rest) -> (N, I).

    Raises ShapeError where x has no axis N.

    >>> flatten([[[1, 2], [3, 4]]]).tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    """
    x = floats(x)
    if x.ndim < 1:
        raise ShapeError("x must be (N, *rest)", got=f"shape {x.shape}", fix="add the batch axis, x[None]")
    return x.reshape(len(x), int(np.prod(x.shape[1:])))


def flatten_backward(grad: ArrayLike, x: ArrayLike) -> Array:
    """Fold grad (N, I) back into the shape of x (N, *rest).

    Raises ShapeError where grad is not the shape of flatten(x).

    >>> flatten_backward([[1, 2, 3, 4]], [[[0, 0], [0, 0]]]).tolist()
    [[[1.0, 2.0], [3.0, 4.0]]]
    """
    rows = flatten(x)
    return shaped(grad, rows.shape, name="grad").reshape(np.shape(x))


def dense(x: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None) -> Array:
    """Let every input vote for every output: x (N, I), weight (O, I), bias (O,) -> (N, O).

    out[n, o] = bias[o] + sum over i of weight[o, i] x[n, i]. Raises ShapeError where the shapes do not meet.

    >>> dense([[1, 2]], [[3, 4], [5, -1]], [10, 0]).tolist()
    [[21.0, 3.0]]
    """
    x, weight = _meet(x, weight)
    out = x @ weight.T
    return out if bias is None else out + shaped(bias, (len(weight),), name="bias")


def dense_backward(grad: ArrayLike, x: ArrayLike, weight: ArrayLike) -> tuple[Array, Array, Array]:
    """Carry grad (N, O) back to (grad_x (N, I), grad_weight (O, I), grad_bias (O,)).

    Raises ShapeError as `dense` does, and where grad is not (N, O).

    >>> [g.tolist() for g in dense_backward([[1, 10]], [[1, 2]], [[3, 4], [5, -1]])]
    [[[53.0, -6.0]], [[1.0, 2.0], [10.0, 20.0]], [1.0, 10.0]]
    """
    x, weight = _meet(x, weight)
    grad = shaped(grad, (len(x), len(weight)), name="grad")
    return grad @ weight, grad.T @ x, grad.sum(0)


def dropout(x: ArrayLike, mask: ArrayLike, rate: float) -> Array:
    """Silence what the mask marks 0 and amplify the rest: x mask / (1 - rate).

    `mask` holds 0 and 1 and broadcasts to x, e.g. (N, C, 1, 1) for whole maps; 0 <= rate < 1 is the share of
    zeros it was drawn with. Raises UsageError on another rate, ShapeError where the mask does not broadcast.
    Source: Srivastava et al. 2014, JMLR 15; scaled in training instead of in use, as torch.nn.Dropout.

    >>> dropout([1, 2, 3], [1, 0, 1], 0.5).tolist()
    [2.0, 0.0, 6.0]
    """
    x, mask = floats(x), floats(mask)
    if not 0 <= rate < 1:
        raise UsageError("0 <= rate < 1 must hold", got=f"rate={rate}", fix="use the share to drop, e.g. 0.5")
    ends = zip(mask.shape[::-1], x.shape[::-1], strict=False)  # axes meet from the last one on
    if mask.ndim > x.ndim or any(m not in (1, n) for m, n in ends):
        raise ShapeError(f"mask must broadcast to {x.shape}", got=f"{mask.shape}", fix="use the shape of x")
    return x * mask / (1 - rate)


def dropout_backward(grad: ArrayLike, mask: ArrayLike, rate: float) -> Array:
    """Carry grad (the shape of x) back through the same mask: grad mask / (1 - rate).

    Raises as `dropout` does.

    >>> dropout_backward([1, 1, 1], [1, 0, 1], 0.5).tolist()
    [2.0, 0.0, 2.0]
    """
    return dropout(grad, mask, rate)


def _meet(x: ArrayLike, weight: ArrayLike) -> tuple[Array, Array]:
    x, weight = floats(x), floats(weight)
    if x.ndim != 2 or weight.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ShapeError(
            "x (N, I) and weight (O, I) must share I",
            got=f"x {x.shape}, weight {weight.shape}",
            fix="flatten x, or use a weight of as many columns",
        )
    return x, weight
