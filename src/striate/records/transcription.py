"""Records of networks that read: a text an example."""

from dataclasses import dataclass
from typing import Literal

from striate.records.interval import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Misreading:
    """A text that was read wrongly; `picture` (data URI, PNG) is what the network saw."""

    name: str
    truth: str
    answer: str
    picture: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscriptionEvaluation:
    """A network that reads, on one split.

    `characters` is 1 - CER: one less the fewest characters to insert, delete or replace, as a share of those that
    should be read. `exact` is the share of texts without any. `mistakes` the worst first.
    """

    task: Literal["transcription"] = "transcription"
    split: str
    characters: Interval
    exact: Interval
    mistakes: tuple[Misreading, ...]

    @property
    def headline(self) -> Interval:
        """The one figure that sums it up: characters right."""
        return self.characters


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What was read of one example, and the probability of the way along the steps that spells it."""

    task: Literal["transcription"] = "transcription"
    name: str
    text: str
    probability: float
