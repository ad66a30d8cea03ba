"""Normalisation: bring numbers to mean 0 and variance 1, then scale and shift them by learned weights."""

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import ShapeError
from striate.reference.border import Array, by_channel, divided, floats, shaped

Gradients = tuple[Array, Array, Array]


def batchnorm(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    *,
    mean: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    epsilon: float = 1e-5,
) -> Array:
    """Normalise every channel of x (N, C, *in) -> (N, C, *in).

    out = weight (x - mean) / sqrt(variance + epsilon) + bias, all (C,).
    Training: leave mean and variance out, and they are those of the batch. Inference: give the running ones.
    Raises ShapeError where an argument is not (C,), or where only one of mean and variance is given.
    Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.

    >>> batchnorm([[1], [3]], [10], [5], epsilon=0).tolist()
    [[-5.0], [15.0]]
    >>> batchnorm([[1], [3]], [10], [5], mean=[1], variance=[4], epsilon=0).tolist()
    [[5.0], [15.0]]
    """
    x, scale, shift = _enter(x, weight, bias)
    mean, variance = _statistics(x, mean, variance)
    return scale * (x - mean) / np.sqrt(variance + epsilon) + shift


def batchnorm_backward(
    grad: ArrayLike,
    x: ArrayLike,
    weight: ArrayLike,
    *,
    mean: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    epsilon: float = 1e-5,
) -> Gradients:
    """Carry grad (N, C, *in) back to (grad_x (N, C, *in), grad_weight (C,), grad_bias (C,)).

    Training: the batch's mean and variance move with x. Inference: the given ones stay.
    Raises ShapeError as `batchnorm` does, and where grad has not the shape of x. Source: ibid., section 3.

    >>> [g.tolist() for g in batchnorm_backward([[1], [0]], [[1], [3]], [10], epsilon=0)]
    [[[0.0], [0.0]], [-1.0], [1.0]]
    >>> batchnorm_backward([[1], [0]], [[1], [3]], [10], mean=[1], variance=[4], epsilon=0)[0].tolist()
    [[5.0], [0.0]]
    """
    x, scale, _ = _enter(x, weight, weight)
    grad, axes = shaped(grad, x.shape, name="grad"), _all_but_channels(x)
    centre, spread = _statistics(x, mean, variance)
    deviation = np.sqrt(spread + epsilon)
    normal = (x - centre) / deviation
    slopes = (grad * normal).sum(axes), grad.sum(axes)
    if mean is None:
        return _normal_backward(grad * scale, normal, deviation, axes), *slopes
    return grad * scale / deviation, *slopes


def track_statistics(
    x: ArrayLike, mean: ArrayLike, variance: ArrayLike, *, momentum: float = 0.1
) -> tuple[Array, Array]:
    """Move the running mean and variance (C,) towards those of the batch x (N, C, *in) -> (mean, variance).

    new = (1 - momentum) old + momentum batch, the batch variance being the unbiased one (over n - 1).
    Raises ShapeError where an argument is not (C,) or a channel holds fewer than two values.
    Source: torch.nn.BatchNorm2d.

    >>> [s.tolist() for s in track_statistics([[1], [3]], [0], [1], momentum=0.5)]
    [[1.0], [1.5]]
    """
    x = _channels_of(x)
    mean, variance = (shaped(s, x.shape[1:2], name=n) for s, n in ((mean, "mean"), (variance, "variance")))
    if x.size < 2 * x.shape[1]:
        raise ShapeError("a channel must hold two values or more", got=f"x {x.shape}", fix="use more data")
    axes = _all_but_channels(x)
    return (
        (1 - momentum) * mean + momentum * x.mean(axes),
        (1 - momentum) * variance + momentum * x.var(axes, ddof=1),
    )


def groupnorm(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    *,
    groups: int,
    epsilon: float = 1e-5,
) -> Array:
    """Normalise every group of C/groups channels of every example by itself: x (N, C, *in) -> (N, C, *in).

    out = weight (x - mean) / sqrt(variance + epsilon) + bias, with mean and variance of each example's group.
    Raises ShapeError where C does not divide into groups, or weight or bias is not (C,).
    Source: Wu and He 2018, arXiv:1803.08494, section 3.

    >>> groupnorm([[[1, 3], [10, 30]]], [1, 1], [0, 0], groups=2, epsilon=0).tolist()
    [[[-1.0, 1.0], [-1.0, 1.0]]]
    """
    x, scale, shift = _enter(x, weight, bias)
    normal, _ = _normal_by_group(x, groups, epsilon)
    return scale * normal.reshape(x.shape) + shift


def groupnorm_backward(
    grad: ArrayLike, x: ArrayLike, weight: ArrayLike, *, groups: int, epsilon: float = 1e-5
) -> Gradients:
    """Carry grad (N, C, *in) back to (grad_x (N, C, *in), grad_weight (C,), grad_bias (C,)).

    Raises ShapeError as `groupnorm` does, and where grad has not the shape of x.

    >>> [g.tolist() for g in groupnorm_backward([[[1, 0]]], [[[1, 3]]], [10], groups=1, epsilon=0)]
    [[[[0.0, 0.0]]], [-1.0], [1.0]]
    """
    x, scale, _ = _enter(x, weight, weight)
    grad, axes = shaped(grad, x.shape, name="grad"), _all_but_channels(x)
    normal, deviation = _normal_by_group(x, groups, epsilon)
    grad_x = _normal_backward((grad * scale).reshape(normal.shape), normal, deviation, (2,)).reshape(x.shape)
    return grad_x, (grad * normal.reshape(x.shape)).sum(axes), grad.sum(axes)


def _normal_backward(grad: Array, normal: Array, deviation: Array, axes: tuple[int, ...]) -> Array:
    """Remove from grad its mean and its part along `normal`: those a normalised map cannot feel."""
    common: Array = grad.mean(axes, keepdims=True) + normal * (grad * normal).mean(axes, keepdims=True)
    return (grad - common) / deviation


def _normal_by_group(x: Array, groups: int, epsilon: float) -> tuple[Array, Array]:
    per_group = divided(x.shape[1], groups)
    members = x.reshape(len(x), groups, per_group * int(np.prod(x.shape[2:])))  # (N, G, members)
    deviation = np.sqrt(members.var(2, keepdims=True) + epsilon)
    return (members - members.mean(2, keepdims=True)) / deviation, deviation


def _statistics(x: Array, mean: ArrayLike | None, variance: ArrayLike | None) -> tuple[Array, Array]:
    """Mean and variance that broadcast with x (N, C, *in): the given ones or those of the batch."""
    if mean is None and variance is None:
        axes = _all_but_channels(x)
        return x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    if mean is None or variance is None:
        raise ShapeError("mean and variance go together", got="only one of them", fix="give both or neither")
    shape = x.shape[1:2]
    mean, variance = shaped(mean, shape, name="mean"), shaped(variance, shape, name="variance")
    return by_channel(mean, x), by_channel(variance, x)


def _enter(x: ArrayLike, weight: ArrayLike, bias: ArrayLike) -> tuple[Array, Array, Array]:
    x = _channels_of(x)
    weight, bias = shaped(weight, x.shape[1:2], name="weight"), shaped(bias, x.shape[1:2], name="bias")
    return x, by_channel(weight, x), by_channel(bias, x)


def _channels_of(x: ArrayLike) -> Array:
    x = floats(x)
    if x.ndim < 2:
        raise ShapeError("x must be (N, C, *in)", got=f"shape {x.shape}", fix="add the missing axes")
    return x


def _all_but_channels(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))
