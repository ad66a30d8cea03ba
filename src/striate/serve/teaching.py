"""The teaching walk in numbers: the 9x9 X by hand, from exemplar matching to a tiny network that learns.

Every number is made by `reference`, the maps of the X by `explain.lesson`; the page draws them.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from striate import reference
from striate.data.teaching import teaching_features, teaching_o, teaching_x
from striate.explain.lesson import teach
from striate.records.lesson import Filtered, Rows

SWEEPS = 20  # of nudging, and as many steps down the gradient
AMOUNT = 0.1  # by which a weight is nudged
RATE = 0.8  # of a step down the gradient

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A picture beside the exemplar X: `agreement` is the mean of the products of their pixels, 1 for the same."""

    name: str
    picture: Rows
    agreement: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Worked:
    """One feature on the X, worked out: `products[row][column]` (3, 3) of each place, and a second pooling (2, 2)."""

    filtered: Filtered
    products: tuple[tuple[Rows, ...], ...]
    stacked: Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Ballot:
    """One picture before the tiny network: its 12 values, and for each class the products, total and probability."""

    name: str
    values: tuple[float, ...]
    products: Rows
    totals: tuple[float, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Nudged:
    """One weight tried a little up and a little down, and the slopes of all weights by both ways of finding them."""

    amount: float
    weight: int
    error: float
    up: float
    down: float
    measured: tuple[float, ...]
    backward: tuple[float, ...]
    apart: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """How the error falls, by nudging and by gradient, and how often each had to run the network for it."""

    nudging: tuple[float, ...]
    gradient: tuple[float, ...]
    nudging_runs: int
    gradient_runs: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """All numbers of the teaching walk."""

    classes: tuple[str, ...]
    x: Rows
    compared: tuple[Compared, ...]
    worked: tuple[Worked, ...]
    before: tuple[Ballot, ...]
    nudged: Nudged
    learned: Learned
    after: tuple[Ballot, ...]


@cache
def make_walk() -> Walk:
    """Work the whole walk out."""
    values, labels = _examples()
    start = np.zeros(2 * values.shape[1])
    nudging, gradient, trained = _descend(start, values, labels)
    runs = 1 + SWEEPS * 2 * len(start)
    return Walk(
        classes=("X", "O"),
        x=_grid(teaching_x()),
        compared=_compare(),
        worked=tuple(_work_out(filtered) for filtered in teach().features),
        before=_vote(start),
        nudged=_nudge(start, values, labels),
        learned=Learned(nudging=nudging, gradient=gradient, nudging_runs=runs, gradient_runs=1 + SWEEPS),
        after=_vote(trained),
    )


def _compare() -> tuple[Compared, ...]:
    x, o = teaching_x(), teaching_o()
    drawings = {
        "the same X": x,
        "the X one pixel to the right": np.roll(x, 1, axis=1),
        "the X one pixel right and up": np.roll(x, (-1, 1), axis=(0, 1)),
        "an O": o,
    }
    return tuple(
        Compared(name=name, picture=_grid(picture), agreement=float(reference.match(picture, x).item()))
        for name, picture in drawings.items()
    )


def _work_out(filtered: Filtered) -> Worked:
    taps = np.array(filtered.feature)
    patches = reference.windows(teaching_x()[None, None].astype(np.float64), taps.shape)[0, 0]  # (7, 7, 3, 3)
    return Worked(
        filtered=filtered,
        products=tuple(tuple(_grid(patch * taps) for patch in row) for row in patches),
        stacked=_grid(_pool(np.array(filtered.rectified))),
    )


def _pool(values: Array) -> Array:
    """(H, W) -> the largest of each 2x2 window, those cut by the border included."""
    return np.asarray(reference.maxpool(values[None, None], (2, 2), stride=(2, 2), ceil=True)[0, 0])


def _see(picture: ArrayLike) -> Array:
    """Give the 12 values (three features x 2x2) that match, pooling, ReLU and pooling make of a 9x9 picture."""
    maps = (_pool(reference.relu(_pool(reference.match(picture, one)))) for one in teaching_features().values())
    return np.concatenate([one.ravel() for one in maps])


def _examples() -> tuple[Array, NDArray[np.int64]]:
    """Give the values (18, 12) of an X and an O, each at nine places, and their labels, 0 an X."""
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    pictures = [np.roll(drawing, move, axis=(0, 1)) for drawing in (teaching_x(), teaching_o()) for move in moves]
    return np.stack([_see(picture) for picture in pictures]), np.repeat(np.arange(2), len(moves))


def _error(weights: Array, values: Array, labels: NDArray[np.int64]) -> float:
    return reference.cross_entropy(reference.dense(values, weights.reshape(2, -1)), labels)


def _slopes(weights: Array, values: Array, labels: NDArray[np.int64]) -> Array:
    """Pass the error back: the slope at each weight (24,)."""
    votes = reference.dense(values, weights.reshape(2, -1))
    returned = reference.cross_entropy_backward(votes, labels)
    return np.asarray(reference.dense_backward(returned, values, weights.reshape(2, -1))[1].ravel())


def _nudge(weights: Array, values: Array, labels: NDArray[np.int64]) -> Nudged:
    measured = reference.slope(lambda w: _error(w, values, labels), weights)
    backward = _slopes(weights, values, labels)
    at = int(np.abs(backward).argmax())
    up, down = weights.copy(), weights.copy()
    up[at] += AMOUNT
    down[at] -= AMOUNT
    return Nudged(
        amount=AMOUNT,
        weight=at,
        error=_error(weights, values, labels),
        up=_error(up, values, labels),
        down=_error(down, values, labels),
        measured=tuple(measured.tolist()),
        backward=tuple(backward.tolist()),
        apart=float(np.abs(measured - backward).max()),
    )


def _descend(
    start: Array, values: Array, labels: NDArray[np.int64]
) -> tuple[tuple[float, ...], tuple[float, ...], Array]:
    """Learn both ways from the same start: the errors of each, and the weights that the gradient found."""
    nudged, errors = start, [_error(start, values, labels)]
    for _ in range(SWEEPS):
        nudged, error = reference.nudge(nudged, lambda w: _error(w, values, labels), amount=AMOUNT)
        errors.append(error)
    weights, fallen = start, errors[:1]
    for _ in range(SWEEPS):
        weights = weights - RATE * _slopes(weights, values, labels)
        fallen.append(_error(weights, values, labels))
    return tuple(errors), tuple(fallen), weights


def _vote(weights: Array) -> tuple[Ballot, ...]:
    ballots = []
    for name, picture in (("X", teaching_x()), ("O", teaching_o())):
        values = _see(picture)
        products = weights.reshape(2, -1) * values
        totals = reference.dense(values[None], weights.reshape(2, -1))[0]
        ballots.append(
            Ballot(
                name=name,
                values=tuple(values.tolist()),
                products=_grid(products),
                totals=tuple(totals.tolist()),
                probabilities=tuple(reference.softmax(totals).tolist()),
            )
        )
    return tuple(ballots)


def _grid(values: ArrayLike) -> Rows:
    return tuple(tuple(float(value) for value in row) for row in np.asarray(values))
