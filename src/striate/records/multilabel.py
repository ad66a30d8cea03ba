"""Records of a task in which several labels may apply to one example."""

from dataclasses import dataclass
from typing import Literal

from striate.records.interval import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelScore:
    """One label on its own: average precision, and recall, precision and F1 of saying that it applies; `n` have it."""

    label: str
    average_precision: Interval
    recall: Interval
    precision: Interval
    f1: float
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelMistake:
    """An example with wrong labels; `loss` in nats is the mean over labels, `picture` a data URI (PNG), or `text`."""

    name: str
    truth: tuple[str, ...]
    answer: tuple[str, ...]
    loss: float
    picture: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MultiLabelEvaluation:
    """A network on one split: a label is said to apply where its probability is at least a half.

    `precision` is the mean average precision over labels that occur, `exact` the share of examples whose labels are
    all right, `micro_f1` that of all answers together, `macro_f1` the mean over labels; `loss` the binary
    cross-entropy in nats, a label; `mistakes` the highest loss first.
    """

    task: Literal["multilabel"] = "multilabel"
    split: str
    precision: Interval
    exact: Interval
    micro_f1: Interval
    macro_f1: Interval
    loss: float
    per_class: tuple[LabelScore, ...]
    mistakes: tuple[LabelMistake, ...]

    @property
    def headline(self) -> Interval:
        """The one figure that sums it up: mean average precision."""
        return self.precision


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelsPrediction:
    """The labels that apply to an example, those with a probability of a half or more, and the probability of each."""

    task: Literal["multilabel"] = "multilabel"
    name: str
    labels: tuple[str, ...]
    probabilities: dict[str, float]
