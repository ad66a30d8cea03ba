"""Do neighbouring values agree more than any two do? A look at the data alone, before anything is trained.

Two comparisons, since columns of a table may stand in groups: with values that changed places with any other, and with
those that did so with near ones, at which a group of like columns stays what it is and a signal does not.
"""

import numpy as np
from numpy.typing import NDArray

from striate.evaluate.suit.orders import Places, draw_order
from striate.records.suit import Agreement, Order

ORDERS = 100  # random orders of either kind
MOST_PLACES = 2500  # of a picture that are compared: the square of it is held
Floats = NDArray[np.float64]


def measure_agreement(x: Floats, rng: np.random.Generator) -> Agreement:
    """Compare neighbours along every axis of x (N, C, *spatial) with neighbours after random orders of the places.

    A place is a column of N values a channel, each centred; places that never change are left out, and keep their
    place. A larger picture or signal is cut down to its middle.
    """
    x = _cut(x)
    spatial = x.shape[2:]
    columns = np.moveaxis((x - x.mean(axis=0)).reshape(*x.shape[:2], -1), 2, 0)  # (places, N, C)
    columns = columns.reshape(len(columns), -1)
    lengths = np.linalg.norm(columns, axis=1, keepdims=True)
    varies = lengths[:, 0] > 1e-9 * max(float(lengths.max(initial=0)), 1e-300)
    unit = columns / np.maximum(lengths, 1e-300)
    alike = unit @ unit.T  # (places, places)
    pairs = _neighbours(spatial)
    pairs = pairs[varies[pairs].all(axis=1)]
    if not len(pairs):
        return Agreement(neighbours=0.0, strangers=0.0, surprise=0.0, shaken=0.0, shaken_surprise=0.0)

    def agree(places: Places) -> float:
        return float(alike[places[pairs[:, 0]], places[pairs[:, 1]]].mean())

    def shuffle(order: Order) -> tuple[float, float]:
        drawn = np.array([agree(_keep(draw_order(order, spatial, rng), varies)) for _ in range(ORDERS)])
        return float(drawn.mean()), (own - float(drawn.mean())) / max(float(drawn.std()), 1e-9)

    own = agree(np.arange(len(columns)))
    strangers, surprise = shuffle("any")
    shaken, shaken_surprise = shuffle("near")
    return Agreement(
        neighbours=own, strangers=strangers, surprise=surprise, shaken=shaken, shaken_surprise=shaken_surprise
    )


def _keep(order: Places, varies: NDArray[np.bool_]) -> Places:
    """Give the order in which the places that vary come in `order`, the others staying where they are."""
    kept = np.arange(len(order))
    kept[varies] = order[varies[order]]
    return kept


def _cut(x: Floats) -> Floats:
    """Cut x (N, C, *spatial) down to its middle, of at most MOST_PLACES places."""
    spatial = x.shape[2:]
    side = int(MOST_PLACES ** (1 / len(spatial)))
    starts = [max(0, (length - side) // 2) for length in spatial]
    return x[(slice(None), slice(None), *(slice(start, start + side) for start in starts))]


def _neighbours(spatial: tuple[int, ...]) -> Places:
    """List the pairs of places (P, 2) that lie side by side along an axis."""
    places = np.arange(int(np.prod(spatial)), dtype=np.intp).reshape(spatial)
    pairs = []
    for axis, length in enumerate(spatial):
        before = np.take(places, range(length - 1), axis).ravel()
        after = np.take(places, range(1, length), axis).ravel()
        pairs.append(np.stack([before, after], axis=1))
    return np.concatenate(pairs)
