"""Optimisers: from a gradient to the next weights, as pure functions that return the new state."""

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import UsageError
from striate.reference.border import Array, floats, shaped


def sgd(
    parameter: ArrayLike,
    grad: ArrayLike,
    velocity: ArrayLike,
    *,
    rate: float,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
) -> tuple[Array, Array]:
    """Take one step of stochastic gradient descent -> (parameter, velocity).

    grad += weight_decay parameter; velocity = momentum velocity + grad;
    parameter -= rate (grad + momentum velocity if nesterov else velocity).
    All arrays have one shape; start with velocity 0. Raises ShapeError where the shapes differ.
    Source: Sutskever et al. 2013, ICML; torch.optim.SGD (dampening 0).

    >>> [a.tolist() for a in sgd([1.0], [2.0], [4.0], rate=0.5, momentum=0.5)]
    [[-1.0], [4.0]]
    """
    parameter = floats(parameter)
    grad, velocity = _like(parameter, grad=grad, velocity=velocity)
    grad = grad + weight_decay * parameter
    velocity = momentum * velocity + grad
    return parameter - rate * (grad + momentum * velocity if nesterov else velocity), velocity


def adam(
    parameter: ArrayLike,
    grad: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    step: int,
    rate: float,
    betas: tuple[float, float] = (0.9, 0.999),
    epsilon: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled: bool = False,
) -> tuple[Array, Array, Array]:
    """Take one step of Adam, or of AdamW if decoupled -> (parameter, first, second).

    first = b1 first + (1 - b1) grad; second = b2 second + (1 - b2) grad^2;
    parameter -= rate first' / (sqrt(second') + epsilon), first' = first / (1 - b1^step) and likewise second'.
    Weight decay is added to grad; decoupled, the parameter shrinks by 1 - rate weight_decay instead.
    All arrays have one shape; start with moments 0 and step 1.
    Raises ShapeError where the shapes differ, UsageError on a step below 1.
    Source: Kingma and Ba 2014, arXiv:1412.6980, algorithm 1; Loshchilov and Hutter 2017, arXiv:1711.05101.

    >>> [a.round(6).tolist() for a in adam([1.0], [2.0], [0.0], [0.0], step=1, rate=0.1)]
    [[0.9], [0.2], [0.004]]
    """
    parameter = floats(parameter)
    grad, first, second = _like(parameter, grad=grad, first=first, second=second)
    if step < 1:
        raise UsageError("step >= 1 must hold", got=f"{step=}", fix="count steps from 1")
    if decoupled:
        parameter = parameter * (1 - rate * weight_decay)
    else:
        grad = grad + weight_decay * parameter
    first = betas[0] * first + (1 - betas[0]) * grad
    second = betas[1] * second + (1 - betas[1]) * grad**2
    mean, square = first / (1 - betas[0] ** step), second / (1 - betas[1] ** step)
    return parameter - rate * mean / (np.sqrt(square) + epsilon), first, second


def _like(parameter: Array, **arrays: ArrayLike) -> list[Array]:
    return [shaped(array, parameter.shape, name=name) for name, array in arrays.items()]
