"""Records of an explanation: which pixels spoke for a class, how far to believe it, and what each layer saw."""

from dataclasses import dataclass
from typing import Literal

from striate.records.trace import Votes

Grid = tuple[tuple[float, ...], ...]  # (H, W), row after row


@dataclass(frozen=True, kw_only=True, slots=True)
class Faithfulness:
    """How a map fared in the tests that it may fail; `reason` says the outcome in words.

    `confidence` is the probability of the answer; `deletion` and `insertion` that of the class, in [0, 1], after each
    step of replacing, or restoring, the pixels that the map calls most important; `gain` is the area under insertion
    less that under deletion. `random_gains` are those of as smooth random maps; `shuffled_sums` gain + confidence of
    networks whose weights were shuffled, until one reached ours (empty: not tried). A p-value is the share of such
    figures, ours counted among them, that reach ours; `similarity` the median rank correlation in [-1, 1] of the map
    with those of shuffled networks (both not-a-number: not tried).
    """

    verdict: Literal["passed", "failed"]
    reason: str
    confidence: float
    deletion: tuple[float, ...] = ()
    insertion: tuple[float, ...] = ()
    gain: float = 0.0
    random_gains: tuple[float, ...] = ()
    random_p: float = 1.0
    shuffled_sums: tuple[float, ...] = ()
    shuffled_p: float = 1.0
    similarity: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Importance:
    """A map (H, W) at the size of the input, larger where more spoke for the class, and how far to believe it.

    `layers` are where the method looked: dotted names, or `input` for the pixels themselves.
    """

    method: str
    layers: tuple[str, ...]
    label: str
    map: Grid
    faithfulness: Faithfulness


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """One feature map of a layer and how much it matters for the answer: slope x value, summed over its cells.

    `map` (h, w) has at most 64 cells a side, averaged where the layer has more; a unit without places is (1, 1).
    """

    index: int
    importance: float
    map: Grid


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenLayer:
    """One layer as it saw this input: its shape (C, *spatial), its range of values, and its top channels.

    `sees` is the box [low, high) a dimension of the input that the cell in the middle looks at.
    """

    name: str
    text: str
    shape: tuple[int, ...]
    sees: tuple[tuple[int, int], ...]
    low: float
    high: float
    channels: tuple[Channel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why a network answered what it did: probabilities, votes for the answer and the runner-up, layers, and maps.

    `label` is the answer; `explained` the class that layers and importance maps speak of.
    """

    label: str
    explained: str
    probability: float
    probabilities: dict[str, float]
    votes: tuple[Votes, ...]
    layers: tuple[SeenLayer, ...]
    importances: tuple[Importance, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Excitement:
    """The patch of one picture that excites a unit most: picture number, cell, value, and the box that the cell sees.

    `low` and `high` (y, x) bound it in pixels of the input; `patch[c]` (h, w) in [0, 255].
    """

    example: int
    cell: tuple[int, ...]
    value: float
    low: tuple[int, ...]
    high: tuple[int, ...]
    patch: tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dream:
    """An input made to excite one channel: `picture[c]` (H, W) in [0, 1]; mean of the channel before and after."""

    layer: str
    channel: int
    picture: tuple[Grid, ...]
    before: float
    after: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One channel that a kernel reads: `strength` in [0, 1] is its share of the kernel's absolute weights."""

    channel: int
    strength: float
    total: float
    weights: Grid


@dataclass(frozen=True, kw_only=True, slots=True)
class Kernel:
    """The weights of one feature of a layer: the channels it reads, those with the largest weights first."""

    layer: str
    feature: int
    reads: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """What one channel of a layer looks for: an input made for it, its kernel, and what excites it most.

    `kernel` is None for a layer that is no convolution; `patches` are of given pictures, none where none were given.
    """

    dream: Dream
    kernel: Kernel | None
    patches: tuple[Excitement, ...]
