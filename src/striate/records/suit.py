"""Record of the suit test: does the order of the values carry information, so that a CNN is the right tool?"""

from dataclasses import dataclass
from typing import Literal

from striate.records.interval import Interval

Verdict = Literal["suited", "unsuited", "unclear"]
Order = Literal["any", "near", "rows", "columns"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Permuted:
    """The same small network on the data with its values in other, fixed orders, `n` of them.

    `order` says how they changed places: `any` with any, `near` with those a few places away, whole `rows` or
    `columns`. `score` is their mean out of fold; `gain` what the network gets more in the true order, paired example by
    example, with a 99.9 % interval; `surprise` the gain in standard deviations of such orders among themselves.
    """

    order: Order
    n: int
    score: float
    gain: Interval
    surprise: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """The mean correlation of neighbouring values over all examples, against the same after random orders.

    `strangers` is that after values changed places with any other, `shaken` after they did with those a few places
    away; `surprise` and `shaken_surprise` are the distances from `neighbours` in standard deviations of such orders.
    """

    neighbours: float
    strangers: float
    surprise: float
    shaken: float
    shaken_surprise: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SuitResult:
    """A verdict with its figures, all out of fold on the same `n` examples of `shape` (C, *spatial).

    `score` is the small network's in the true order, in `metric`; `chance` what answering the commonest class, or the
    mean, gets; `baselines[title]` what methods get to which no order matters. `table` says that the values came as rows
    of columns. Where neighbours agree beyond doubt and no more was asked, no network was trained: `score` and `chance`
    are None, `permuted` and `baselines` empty.
    """

    verdict: Verdict
    reason: str
    metric: Literal["accuracy", "R2"]
    n: int
    shape: tuple[int, ...]
    table: bool
    score: float | None
    chance: float | None
    permuted: tuple[Permuted, ...]
    agreement: Agreement
    baselines: dict[str, float]
    seconds: float
