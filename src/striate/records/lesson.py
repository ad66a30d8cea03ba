"""Records of the teaching example: what convolution, pooling and ReLU make of a 9x9 letter."""

from dataclasses import dataclass

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filtered:
    """One feature (3, 3) of +1 and -1 and what comes of it.

    `matches` (7, 7) says how well it fits at every place: 1 wholly, 0 not at all, -1 inversely. `pooled` (4, 4) keeps
    the largest of each 2x2 window, `rectified` (4, 4) of those the ones above 0.
    """

    name: str
    feature: Rows
    matches: Rows
    pooled: Rows
    rectified: Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """A letter of +1 and -1, and how each of the three features of the X answers to it.

    `alike` is the share of pixels in which the letter and its copy, moved by one pixel, agree: why comparing pixel by
    pixel fails.
    """

    letter: str
    picture: Rows
    moved: Rows
    alike: float
    features: tuple[Filtered, ...]
