"""Does the order of the values carry information? If a network does as well in any other order, it is no case for one.

A small network answers out of fold in the true order and in random ones (the same for all examples). Were the true
order one of them, it would do as they do: how far it stands out, in their own standard deviations and example by
example, says whether it is. Neighbours that agree say the same without any target, which small sets need.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from striate.evaluate.suit.baseline import answer_without_order
from striate.evaluate.suit.network import answer, see
from striate.evaluate.suit.orders import draw_order, list_orders
from striate.evaluate.suit.smooth import measure_agreement
from striate.evaluate.suit.verdict import is_smooth, judge, tell_smooth
from striate.records.interval import Interval
from striate.records.suit import Agreement, Order, Permuted, SuitResult
from striate.runtime.device import threads_kept

FOLDS = 4
MOST = 600  # examples looked at
MOST_VALUES = 1 << 14  # an example: larger ones are thinned out
DRAWN: dict[Order, int] = {"any": 8, "near": 6, "rows": 2, "columns": 2}  # orders of each kind
Z999 = 3.290526731491926  # the normal quantile that leaves 0.05 % on each side
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Data:
    """What is tested: values (N, C, *spatial), normalised, what is true of each, its fold, and the seed of it all."""

    x: Floats
    truth: NDArray[np.int64] | Floats
    folds: NDArray[np.int64]
    table: bool
    seed: int


@threads_kept()
def measure_suit(
    x: Floats,
    targets: NDArray[np.int64] | Floats,
    *,
    table: bool = False,
    seed: int = 0,
    brief: bool = False,
    drawn: Mapping[Order, int] = DRAWN,
) -> SuitResult:
    """Test N examples x (N, C, length) or (N, C, H, W), NaN where missing, with their targets.

    Targets are classes (N,) of whole numbers or values (N,) of floats. With `table` each place is a column with a unit
    of its own, else all places of a channel share theirs. `drawn` says how many orders of each kind are tried; `brief`
    tries none where neighbours agree beyond doubt. Of many examples 600 are drawn with `seed`, each class as it occurs.
    """
    started = time.monotonic()
    data = _prepare(x, targets, table=table, seed=seed)
    agreement = measure_agreement(data.x, np.random.default_rng((seed, 2)))
    found: dict[str, Any]
    if brief and is_smooth(agreement):
        found = {"verdict": "suited", "reason": tell_smooth(agreement), "score": None, "chance": None}
        found |= {"permuted": (), "baselines": {}, "metric": "accuracy" if data.truth.dtype.kind == "i" else "R2"}
    else:
        found = _try_orders(data, agreement, drawn)
    shared: dict[str, Any] = {"n": len(data.x), "shape": data.x.shape[1:], "table": table, "agreement": agreement}
    return SuitResult(**found, **shared, seconds=time.monotonic() - started)


def _prepare(x: Floats, targets: NDArray[np.int64] | Floats, *, table: bool, seed: int) -> _Data:
    rng = np.random.default_rng(seed)
    chosen = _choose(targets, rng)
    truth = targets[chosen]
    if truth.dtype.kind in "iu":
        truth = np.unique(truth, return_inverse=True)[1].astype(np.int64)
    normal = _normalise(_thin(x[chosen]), table=table)
    return _Data(x=normal, truth=truth, folds=_deal(truth, rng), table=table, seed=seed)


def _try_orders(data: _Data, agreement: Agreement, drawn: Mapping[Order, int]) -> dict[str, Any]:
    """Let the network answer in the true order and in others, and the methods without order, and judge."""
    rng, marker = np.random.default_rng((data.seed, 3)), _Marker(data.truth)

    def mark(x: Floats) -> Floats:
        return marker.mark(answer(see(x, np.random.default_rng((data.seed, 1))), marker.wanted, data.folds))

    own = mark(data.x)
    permuted = tuple(
        _compare(order, [mark(_reorder(data.x, order, rng)) for _ in range(drawn[order])], own)
        for order in list_orders(data.x.shape[2:])
    )
    simpler = answer_without_order(data.x.reshape(len(data.x), -1), data.truth, data.folds, seed=data.seed)
    found: dict[str, Any] = {
        "metric": marker.metric,
        "score": float(own.mean()),
        "chance": marker.chance,
        "permuted": permuted,
        "baselines": {name: float(marker.mark_answers(given).mean()) for name, given in simpler.items()},
    }
    verdict, reason = judge(n=len(data.x), table=data.table, agreement=agreement, **found)
    return {"verdict": verdict, "reason": reason, **found}


class _Marker:
    """Marks answers example by example: 1 for a right class; 1 - squared error / variance for a value (mean: R2)."""

    metric: Literal["accuracy", "R2"]

    def __init__(self, truth: NDArray[np.int64] | Floats) -> None:
        self.truth = truth
        if truth.dtype.kind == "i":
            self.metric = "accuracy"
            self.wanted = torch.from_numpy(np.eye(int(truth.max(initial=0)) + 1)[truth])
            self.chance = float(np.bincount(truth).max() / len(truth))
        else:
            self.metric = "R2"
            self.wanted = torch.from_numpy(truth.astype(np.float64))[:, None]
            self.chance = 0.0

    def mark(self, answers: torch.Tensor) -> Floats:
        """Mark the network's answers (N, K)."""
        given = answers.numpy()
        return self.mark_answers(given.argmax(1) if self.metric == "accuracy" else given[:, 0])

    def mark_answers(self, answers: NDArray[np.int64] | Floats) -> Floats:
        """Mark answers (N,)."""
        if self.metric == "accuracy":
            return np.asarray(answers == self.truth, np.float64)
        marks: Floats = 1 - (answers - self.truth) ** 2 / max(float(self.truth.var()), 1e-300)
        return marks


def _choose(targets: NDArray[np.int64] | Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw MOST examples at most, spread evenly over the sorted targets."""
    mixed = rng.permutation(len(targets))
    ordered = mixed[np.argsort(targets[mixed], kind="stable")]
    return np.sort(ordered[np.linspace(0, len(ordered) - 1, min(MOST, len(ordered))).round().astype(np.int64)])


def _deal(truth: NDArray[np.int64] | Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give each example a fold, like targets shared out alike."""
    mixed = rng.permutation(len(truth))
    folds = np.empty(len(truth), np.int64)
    folds[mixed[np.argsort(truth[mixed], kind="stable")]] = np.arange(len(truth)) % FOLDS
    return folds


def _thin(x: Floats) -> Floats:
    """Average neighbours of large examples together until MOST_VALUES places are left."""
    while np.prod(x.shape[2:]) > MOST_VALUES:
        for axis in range(2, x.ndim):
            even = np.take(x, range(x.shape[axis] // 2 * 2), axis)
            x = even.reshape(*even.shape[:axis], -1, 2, *even.shape[axis + 1 :]).mean(axis + 1)
    return x


def _normalise(x: Floats, *, table: bool) -> Floats:
    """Bring each column of a table, or each channel of all else, to mean 0 and spread 1; what is missing becomes 0."""
    x = np.where(np.isfinite(x), x, np.nan).astype(np.float64)
    axes = (0,) if table else (0, *range(2, x.ndim))
    known = np.isfinite(x)
    count = np.maximum(known.sum(axes, keepdims=True), 1)
    mean = np.where(known, x, 0).sum(axes, keepdims=True) / count
    centred = np.where(known, x - mean, 0)
    spread = np.sqrt((centred**2).sum(axes, keepdims=True) / count)
    return np.asarray(centred / np.where(spread > 0, spread, 1), np.float64)


def _reorder(x: Floats, order: Order, rng: np.random.Generator) -> Floats:
    places = draw_order(order, x.shape[2:], rng)
    return x.reshape(*x.shape[:2], -1)[:, :, places].reshape(x.shape)


def _compare(order: Order, marks: list[Floats], own: Floats) -> Permuted:
    """Compare the marks (N,) of the true order with those of others."""
    means = np.array([each.mean() for each in marks])
    gains = own - np.mean(marks, axis=0)
    gain = float(gains.mean())
    half = Z999 * float(gains.std(ddof=1)) / np.sqrt(len(gains))
    spread = max(float(means.std(ddof=1)) * np.sqrt(1 + 1 / len(means)), 0.5 / len(own))  # of one more order
    return Permuted(
        order=order,
        n=len(marks),
        score=float(means.mean()),
        gain=Interval(value=gain, low=gain - half, high=gain + half, n=len(own)),
        surprise=gain / spread,
    )
