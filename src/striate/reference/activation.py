"""Activations: one number in, one number out, each with its derivative; softmax looks along an axis."""

import math

import numpy as np
from numpy.typing import ArrayLike

from striate.reference.border import Array, floats, shaped

_erf = np.vectorize(math.erf, otypes=[np.float64])


def relu(x: ArrayLike) -> Array:
    """max(x, 0). Source: Nair and Hinton 2010, ICML.

    >>> relu([-2, 0, 3]).tolist()
    [0.0, 0.0, 3.0]
    """
    return np.maximum(floats(x), 0.0)


def relu_backward(grad: ArrayLike, x: ArrayLike) -> Array:
    """Pass grad where x > 0; at 0 the slope is 0.

    >>> relu_backward([1, 1, 1], [-2, 0, 3]).tolist()
    [0.0, 0.0, 1.0]
    """
    return leaky_backward(grad, x, slope=0.0)


def leaky(x: ArrayLike, slope: float = 0.01) -> Array:
    """x where x > 0, slope x elsewhere. Source: Maas, Hannun and Ng 2013, ICML.

    >>> leaky([-2, 3], 0.1).tolist()
    [-0.2, 3.0]
    """
    x = floats(x)
    return np.where(x > 0, x, slope * x)


def leaky_backward(grad: ArrayLike, x: ArrayLike, slope: float = 0.01) -> Array:
    """Pass grad where x > 0, slope grad elsewhere.

    >>> leaky_backward([1, 1], [-2, 3], 0.1).tolist()
    [0.1, 1.0]
    """
    x = floats(x)
    grad = shaped(grad, x.shape, name="grad")
    return np.where(x > 0, grad, slope * grad)


def sigmoid(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)), computed from exp(-|x|), which cannot overflow.

    >>> sigmoid([-1000, 0, 1000]).tolist()
    [0.0, 0.5, 1.0]
    """
    x = floats(x)
    small: Array = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1.0) / (1 + small)


def sigmoid_backward(grad: ArrayLike, x: ArrayLike) -> Array:
    """grad s (1 - s) with s = sigmoid(x).

    >>> sigmoid_backward([8], [0]).tolist()
    [2.0]
    """
    return shaped(grad, np.shape(x), name="grad") * sigmoid(x) * sigmoid(-floats(x))


def tanh(x: ArrayLike) -> Array:
    """The hyperbolic tangent, (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    >>> tanh([-1000, 0, 1000]).tolist()
    [-1.0, 0.0, 1.0]
    """
    return np.tanh(floats(x))


def tanh_backward(grad: ArrayLike, x: ArrayLike) -> Array:
    """grad (1 - tanh(x)^2).

    >>> tanh_backward([8, 8], [0, 1000]).tolist()
    [8.0, 0.0]
    """
    return shaped(grad, np.shape(x), name="grad") * (1 - tanh(x) ** 2)


def gelu(x: ArrayLike) -> Array:
    """x P(x), P(x) = (1 + erf(x / sqrt 2)) / 2: the exact form.

    Source: Hendrycks and Gimpel 2016, arXiv:1606.08415.

    >>> gelu([-100, 0, 1]).round(6).tolist()
    [-0.0, 0.0, 0.841345]
    """
    x = floats(x)
    return x * _normal_share(x)


def gelu_backward(grad: ArrayLike, x: ArrayLike) -> Array:
    """grad (P(x) + x p(x)), p being the density of the normal distribution.

    >>> gelu_backward([8], [0]).tolist()
    [4.0]
    """
    x = floats(x)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return shaped(grad, x.shape, name="grad") * (_normal_share(x) + x * density)


def silu(x: ArrayLike) -> Array:
    """x sigmoid(x). Source: Elfwing, Uchibe and Doya 2017, arXiv:1702.03118.

    >>> silu([-1000, 0, 1000]).tolist()
    [-0.0, 0.0, 1000.0]
    """
    return floats(x) * sigmoid(x)


def silu_backward(grad: ArrayLike, x: ArrayLike) -> Array:
    """grad s (1 + x (1 - s)) with s = sigmoid(x).

    >>> silu_backward([8], [0]).tolist()
    [4.0]
    """
    x = floats(x)
    return shaped(grad, x.shape, name="grad") * sigmoid(x) * (1 + x * sigmoid(-x))


def softmax(x: ArrayLike, axis: int = -1) -> Array:
    """exp(x) / sum of exp(x) along the axis, the maximum subtracted first so that nothing overflows.

    >>> softmax([1000, 1000, -1000]).tolist()
    [0.5, 0.5, 0.0]
    """
    return np.exp(log_softmax(x, axis))


def softmax_backward(grad: ArrayLike, x: ArrayLike, axis: int = -1) -> Array:
    """p (grad - sum of grad p along the axis) with p = softmax(x).

    >>> softmax_backward([8, 0], [3, 3]).tolist()
    [2.0, -2.0]
    """
    p = softmax(x, axis)
    grad = shaped(grad, p.shape, name="grad")
    common: Array = (grad * p).sum(axis, keepdims=True)
    return p * (grad - common)


def log_softmax(x: ArrayLike, axis: int = -1) -> Array:
    """x - log of the sum of exp(x) along the axis, the maximum subtracted first.

    >>> log_softmax([0, -1000]).tolist()
    [0.0, -1000.0]
    """
    x = floats(x)
    lowered: Array = x - x.max(axis, keepdims=True)
    total: Array = np.exp(lowered).sum(axis, keepdims=True)
    return lowered - np.log(total)


def log_softmax_backward(grad: ArrayLike, x: ArrayLike, axis: int = -1) -> Array:
    """grad - softmax(x) times the sum of grad along the axis.

    >>> log_softmax_backward([8, 0], [3, 3]).tolist()
    [4.0, -4.0]
    """
    p = softmax(x, axis)
    grad = shaped(grad, p.shape, name="grad")
    common: Array = grad.sum(axis, keepdims=True)
    return grad - p * common


def _normal_share(x: Array) -> Array:
    """The share of a normal distribution below x."""
    share: Array = (1 + _erf(x / math.sqrt(2))) / 2
    return share
