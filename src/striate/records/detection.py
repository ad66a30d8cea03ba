"""Records of a detection: how precise the boxes are, a class, a size and over all, with the worst pictures."""

from dataclasses import dataclass
from typing import Literal

from striate.records.interval import Interval

ObjectSize = Literal["small", "medium", "large"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxScore:
    """One class on its own: average precision at an overlap of 0.5 (`ap50`) and over 0.5 to 0.95 (`ap`).

    `recall` (of the true boxes, found), `precision` (of the boxes shown, right) and `f1` are those of boxes with a
    score of 0.5 or more. Not-a-number where no true box is of the class.
    """

    label: str
    ap50: Interval
    ap: float
    recall: Interval
    precision: Interval
    f1: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeScore:
    """Objects of one size, by the area of their boxes in the original: up to 32^2 pixels, up to 96^2, above (as COCO).

    `ap50` and `ap` count neither for nor against them what is found of another size; not-a-number where there is none.
    """

    size: ObjectSize
    n: int
    ap50: float
    ap: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnBox:
    """A box x0, y0, x1, y1 in pixels of the drawn picture; `right`: found and true."""

    label: str
    score: float
    box: tuple[float, float, float, float]
    right: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxPicture:
    """A picture (data URI, PNG) of `width` by `height` pixels, its true boxes and the boxes found in it."""

    name: str
    picture: str
    width: int
    height: int
    truth: tuple[DrawnBox, ...]
    found: tuple[DrawnBox, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DetectionEvaluation:
    """A network on one split, its intervals by drawing pictures again.

    `map50` is the mean over the classes of average precision at an overlap of 0.5, `map` that over overlaps of 0.5 to
    0.95. Of `boxes` true ones, the share `tiny` is narrower or lower than `tiny_pixels` as the network sees it. `worst`
    pictures come with the most boxes missed and wrong first, those of a score of 0.5 or more.
    """

    task: Literal["detection"] = "detection"
    split: str
    map50: Interval
    map: Interval
    per_class: tuple[BoxScore, ...]
    per_size: tuple[SizeScore, ...]
    boxes: int
    tiny: float
    tiny_pixels: int
    worst: tuple[BoxPicture, ...]

    @property
    def headline(self) -> Interval:
        """The one figure that sums it up: mAP50."""
        return self.map50


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundBox:
    """One object of an answer: its class, its score in [0, 1], its box x0, y0, x1, y1 in pixels of the original."""

    label: str
    score: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxPrediction:
    """One answer: the objects of a picture, the likeliest first."""

    task: Literal["detection"] = "detection"
    name: str
    found: tuple[FoundBox, ...]
