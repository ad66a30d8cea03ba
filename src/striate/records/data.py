"""Records about data: what was found, what was used, what was refused and why, what the network is fed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One example that is not used: its name (path or `file[index]`) and the reason in words."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something done to examples that their owner should know of, e.g. `CMYK converted to RGB`.

    `count` examples are concerned; `names` holds the first few of them.
    """

    what: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """The balance of a source: found == used + refused, always; `refusals` names each refused example."""

    found: int
    used: int
    refused: int
    refusals: tuple[Refusal, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSummary:
    """What a catalogue holds, without its pixels.

    `counts[split][class]` is a number of examples; `fingerprint` a SHA-256 over names, labels, given splits and pixels;
    `size` is the (height, width) of the decoded pictures; `original_sizes` the smallest, median and largest
    (height, width) of the files.
    """

    source: str
    format: str
    classes: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    split_rule: str
    fingerprint: str
    size: tuple[int, int]
    original_sizes: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    ledger: Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class InputSpec:
    """What the network's input layer makes of raw data; saved in the model file, so that prediction needs nothing else.

    A picture of any size and colour is brought to `channels` (1 grey, 3 RGB), letterboxed to (height, width) with
    black, scaled to [0, 1], and normalised by `mean` and `std` (one a channel, in [0, 1] units, std > 0).
    """

    modality: Literal["image"] = "image"
    channels: int
    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: Literal["letterbox"] = "letterbox"
