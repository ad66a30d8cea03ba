"""Records of a segmentation: how regions and outlines agree, a class and over all, with the worst pictures."""

from dataclasses import dataclass
from typing import Literal

from striate.records.interval import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionScore:
    """One class on its own: Dice and IoU over all pixels, the mean boundary F1 a picture, its share of all pixels."""

    label: str
    dice: Interval
    iou: Interval
    boundary: Interval
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnMask:
    """A picture twice (data URIs, PNG), under its true and under its found regions; `dice` in [0, 1] is its own."""

    name: str
    dice: float
    truth: str
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentationEvaluation:
    """A network on one split, its intervals by drawing pictures again.

    `dice` is the mean over the classes but background, `iou` that of all classes, each over the pixels of all pictures;
    `by_picture` the mean Dice of single pictures; `accuracy` the share of pixels that are right; `boundary` the mean
    boundary F1 of the classes but background. `void` is the share of pixels that count nowhere,
    `confusion[truth][answer]` counts the others; `worst` pictures come with the lowest Dice first.
    """

    task: Literal["segmentation"] = "segmentation"
    split: str
    dice: Interval
    iou: Interval
    by_picture: Interval
    accuracy: Interval
    boundary: Interval
    per_class: tuple[RegionScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    void: float
    worst: tuple[DrawnMask, ...]

    @property
    def headline(self) -> Interval:
        """The one figure that sums it up: the mean Dice."""
        return self.dice


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskPrediction:
    """A class for every pixel of a picture of original `size` (height, width).

    `shares[class]` is the part of all pixels in [0, 1]; `mask` a PNG as a data URI, its values count into the classes.
    """

    task: Literal["segmentation"] = "segmentation"
    name: str
    size: tuple[int, int]
    shares: dict[str, float]
    mask: str
