"""Records of a task that asks for numbers."""

from dataclasses import dataclass
from typing import Literal

from striate.records.interval import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueScore:
    """One of the numbers asked for: R2, and mean absolute and root mean squared error in its own unit.

    `mean` and `spread` (standard deviation) are those of the truth on this split.
    """

    label: str
    r2: Interval
    mae: Interval
    rmse: Interval
    mean: float
    spread: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueMistake:
    """An example whose number is far off; `picture` (data URI, PNG) or `text` is what the network saw."""

    name: str
    label: str
    truth: float
    answer: float
    picture: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegressionEvaluation:
    """A network on one split: `r2` is the mean over the numbers asked for; 1 is exact, 0 no better than the mean.

    `points[label]` are (truth, answer) of examples drawn evenly; `mistakes` the farthest off first, in spreads.
    """

    task: Literal["regression"] = "regression"
    split: str
    r2: Interval
    per_value: tuple[ValueScore, ...]
    points: dict[str, tuple[tuple[float, float], ...]]
    mistakes: tuple[ValueMistake, ...]

    @property
    def headline(self) -> Interval:
        """The one figure that sums it up: R2."""
        return self.r2


@dataclass(frozen=True, kw_only=True, slots=True)
class ValuesPrediction:
    """The numbers that the network gives an example, by name, each in its own unit."""

    task: Literal["regression"] = "regression"
    name: str
    values: dict[str, float]
