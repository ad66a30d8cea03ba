"""Recurrent layers: one cell that walks along a sequence, forward and backward through time."""

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike

from striate.errors import ShapeError
from striate.reference.border import Array, chosen, floats, maps, shaped

RecurrentKind = Literal["rnn", "gru", "lstm"]
GATES: dict[RecurrentKind, int] = {"rnn": 1, "gru": 3, "lstm": 4}


class _Weights(NamedTuple):
    """Of the input (G U, C), of the state (G U, U), and a bias (G U,) for each."""

    input: Array
    state: Array
    input_bias: Array
    state_bias: Array


class _Step(NamedTuple):
    """What one step remembers for the way back: its input, the state before it, its gates, the lstm's cells."""

    x: Array
    before: Array
    gates: tuple[Array, ...]
    cells: tuple[Array, Array]


def recur(
    kind: RecurrentKind,
    x: ArrayLike,
    input_weight: ArrayLike,
    state_weight: ArrayLike,
    input_bias: ArrayLike,
    state_bias: ArrayLike,
) -> Array:
    """Walk along x (N, C, T) from the first to the last value, and give the state after each: (N, U, T).

    With a = W x_t + b and s = V h + d, cut into gates, h before the step and h' after it, sigma the sigmoid:
    rnn: h' = tanh(a + s). gru: r, z = sigma(a + s), n = tanh(a_n + r s_n), h' = (1 - z) n + z h. lstm:
    i, f, o = sigma(a + s), g = tanh(a + s), c' = f c + i g, h' = o tanh(c'). The first h and c are 0; gates in the
    order (r, z, n) and (i, f, g, o). Source: Elman 1990; Cho et al. 2014, arXiv:1406.1078, and Hochreiter and
    Schmidhuber 1997 with the forget gate of Gers et al. 2000; as torch.nn.RNN, GRU, LSTM.
    Raises ShapeError where the shapes do not meet.

    >>> recur("rnn", [[[1, 0]]], [[2]], [[1]], [0], [0]).round(3).tolist()
    [[[0.964, 0.746]]]
    """
    x, weights = _meet(kind, x, input_weight, state_weight, input_bias, state_bias)
    states = [state for state, _ in _walk(kind, x, weights)]
    return np.stack(states, axis=-1) if states else np.zeros((len(x), weights.state.shape[1], 0))


def recur_backward(
    grad: ArrayLike,
    kind: RecurrentKind,
    x: ArrayLike,
    input_weight: ArrayLike,
    state_weight: ArrayLike,
    input_bias: ArrayLike,
    state_bias: ArrayLike,
) -> tuple[Array, Array, Array, Array, Array]:
    """Carry grad (N, U, T) back through time to x, both weights and both biases, each of its own shape.

    Raises ShapeError as `recur` does, and where grad is not (N, U, T).

    >>> recur_backward([[[1.0]]], "rnn", [[[0]]], [[2]], [[1]], [0], [0])[0].tolist()
    [[[2.0]]]
    """
    x, weights = _meet(kind, x, input_weight, state_weight, input_bias, state_bias)
    units, length = weights.state.shape[1], x.shape[-1]
    grad = shaped(grad, (len(x), units, length), name="grad")
    grad_x, sums = np.zeros_like(x), [np.zeros_like(part) for part in weights]
    later, later_cell = np.zeros((len(x), units)), np.zeros((len(x), units))
    steps = [step for _, step in _walk(kind, x, weights)]
    for t in reversed(range(length)):
        step, grad_state = steps[t], grad[..., t] + later
        grad_a, grad_s, through, later_cell = BACK[kind](grad_state, later_cell, step)
        grad_x[..., t] = grad_a @ weights.input
        later = through + grad_s @ weights.state
        parts = (grad_a.T @ step.x, grad_s.T @ step.before, grad_a.sum(0), grad_s.sum(0))
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    return grad_x, sums[0], sums[1], sums[2], sums[3]


def _walk(kind: RecurrentKind, x: Array, weights: _Weights) -> list[tuple[Array, _Step]]:
    """Take step after step; give the state after each and what it remembers."""
    state, cell = (np.zeros((len(x), weights.state.shape[1])) for _ in range(2))
    taken = []
    for t in range(x.shape[-1]):
        a = x[..., t] @ weights.input.T + weights.input_bias
        s = state @ weights.state.T + weights.state_bias
        after, after_cell, gates = FORWARD[kind](a, s, state, cell)
        taken.append((after, _Step(x[..., t], state, gates, (cell, after_cell))))
        state, cell = after, after_cell
    return taken


def _rnn(a: Array, s: Array, state: Array, cell: Array) -> tuple[Array, Array, tuple[Array, ...]]:
    out = np.tanh(a + s)
    return out, cell, (out,)


def _rnn_back(grad: Array, grad_cell: Array, step: _Step) -> tuple[Array, Array, Array, Array]:
    inner = grad * (1 - step.gates[0] ** 2)
    return inner, inner, np.zeros_like(grad), grad_cell


def _gru(a: Array, s: Array, state: Array, cell: Array) -> tuple[Array, Array, tuple[Array, ...]]:
    (a_r, a_z, a_n), (s_r, s_z, s_n) = np.split(a, 3, axis=1), np.split(s, 3, axis=1)
    reset, keep = _sigmoid(a_r + s_r), _sigmoid(a_z + s_z)
    new = np.tanh(a_n + reset * s_n)
    return (1 - keep) * new + keep * state, cell, (reset, keep, new, s_n)


def _gru_back(grad: Array, grad_cell: Array, step: _Step) -> tuple[Array, Array, Array, Array]:
    reset, keep, new, s_n = step.gates
    grad_new = grad * (1 - keep) * (1 - new**2)
    grad_keep = grad * (step.before - new) * keep * (1 - keep)
    grad_reset = grad_new * s_n * reset * (1 - reset)
    grad_a = np.concatenate([grad_reset, grad_keep, grad_new], axis=1)
    grad_s = np.concatenate([grad_reset, grad_keep, grad_new * reset], axis=1)
    return grad_a, grad_s, grad * keep, grad_cell


def _lstm(a: Array, s: Array, state: Array, cell: Array) -> tuple[Array, Array, tuple[Array, ...]]:
    i, f, g, o = np.split(a + s, 4, axis=1)
    i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
    after = f * cell + i * g
    return o * np.tanh(after), after, (i, f, g, o)


def _lstm_back(grad: Array, grad_cell: Array, step: _Step) -> tuple[Array, Array, Array, Array]:
    (i, f, g, o), (cell, after) = step.gates, step.cells
    inner = grad_cell + grad * o * (1 - np.tanh(after) ** 2)
    parts = (
        inner * g * i * (1 - i),
        inner * cell * f * (1 - f),
        inner * i * (1 - g**2),
        grad * np.tanh(after) * o * (1 - o),
    )
    joined = np.concatenate(parts, axis=1)
    return joined, joined, np.zeros_like(grad), inner * f


FORWARD = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}
BACK = {"rnn": _rnn_back, "gru": _gru_back, "lstm": _lstm_back}


def _sigmoid(x: Array) -> Array:
    out: Array = 0.5 * (1 + np.tanh(x / 2))
    return out


def _meet(kind: RecurrentKind, x: ArrayLike, *weights: ArrayLike) -> tuple[Array, _Weights]:
    x, found = maps(x), _Weights(*map(floats, weights))
    chosen(kind, get_args(RecurrentKind))
    gates = GATES[kind]
    rows = len(found.state)
    wanted = [(rows, x.shape[1]), (rows, rows // gates), (rows,), (rows,)]
    if x.ndim != 3 or rows % gates or [part.shape for part in found] != wanted:
        raise ShapeError(
            f"a {kind} takes x (N, C, T), weights ({gates} U, C) and ({gates} U, U), biases ({gates} U,)",
            got=f"x {x.shape}, " + ", ".join(str(part.shape) for part in found),
            fix="use weights of one U, and of as many columns as x has channels",
        )
    return x, found
