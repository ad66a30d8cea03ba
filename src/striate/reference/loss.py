"""Losses: one number for how wrong a batch of answers is, and its slope."""

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import ShapeError, UsageError
from striate.reference.activation import log_softmax, softmax
from striate.reference.border import Array, floats, shaped


def cross_entropy(logits: ArrayLike, target: ArrayLike, *, smoothing: float = 0.0) -> float:
    """Average over the batch minus the log of the probability of the right class.

    loss = -1/N sum of q log softmax(logits), q = (1 - smoothing) [k = target] + smoothing / K.
    logits (N, K); target (N,) whole numbers in 0 .. K-1; 0 <= smoothing <= 1.
    Raises ShapeError on other shapes or classes, UsageError on another smoothing.
    Source: Szegedy et al. 2015, arXiv:1512.00567, section 7; torch.nn.CrossEntropyLoss.

    >>> round(cross_entropy([[0, 0], [0, 1000]], [0, 1]), 6)  # (log 2 + 0) / 2
    0.346574
    """
    logits, wanted = _enter(logits, target, smoothing)
    return float(-(wanted * log_softmax(logits)).sum() / len(logits))


def cross_entropy_backward(logits: ArrayLike, target: ArrayLike, *, smoothing: float = 0.0) -> Array:
    """Return the gradient (N, K) of cross_entropy by the logits: (softmax(logits) - q) / N.

    Raises as `cross_entropy` does.

    >>> cross_entropy_backward([[0, 0]], [1]).tolist()
    [[0.5, -0.5]]
    """
    logits, wanted = _enter(logits, target, smoothing)
    return (softmax(logits) - wanted) / len(logits)


def mean_squared_error(prediction: ArrayLike, target: ArrayLike) -> float:
    """Average (prediction - target)^2 over all elements.

    Raises ShapeError where the two shapes differ or are empty.

    >>> mean_squared_error([1, 2], [1, 5])
    4.5
    """
    return float((_error(prediction, target) ** 2).mean())


def mean_squared_error_backward(prediction: ArrayLike, target: ArrayLike) -> Array:
    """Return the gradient of mean_squared_error by the prediction: 2 (prediction - target) / count.

    Raises as `mean_squared_error` does.

    >>> mean_squared_error_backward([1, 2], [1, 5]).tolist()
    [0.0, -3.0]
    """
    error = _error(prediction, target)
    return 2 * error / error.size


def _error(prediction: ArrayLike, target: ArrayLike) -> Array:
    prediction = floats(prediction)
    if prediction.size == 0:
        raise ShapeError(
            "prediction must not be empty", got=f"shape {prediction.shape}", fix="give one example or more"
        )
    return prediction - shaped(target, prediction.shape, name="target")


def _enter(logits: ArrayLike, target: ArrayLike, smoothing: float) -> tuple[Array, Array]:
    """Logits (N, K) and the wanted probabilities q (N, K)."""
    logits, labels = floats(logits), np.asarray(target)
    if logits.ndim != 2 or logits.size == 0:
        raise ShapeError(
            "logits must be (N, K) and not empty", got=f"shape {logits.shape}", fix="use one row an example"
        )
    n, k = logits.shape
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ShapeError(
            f"target must be ({n},) whole numbers",
            got=f"shape {labels.shape} of {labels.dtype}",
            fix="use one class index an example",
        )
    if labels.min() < 0 or labels.max() >= k:
        raise ShapeError(
            f"0 <= target < {k} classes must hold",
            got=f"{labels.min()} to {labels.max()}",
            fix="count classes from 0",
        )
    if not 0 <= smoothing <= 1:
        raise UsageError("0 <= smoothing <= 1 must hold", got=f"{smoothing=}", fix="use e.g. 0.1")
    return logits, (1 - smoothing) * np.eye(k)[labels] + smoothing / k
