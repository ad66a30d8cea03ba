"""Records about data: what was found, what was used, what was refused and why, what the network is fed."""

from dataclasses import dataclass, field

from striate.kinds import Modality, TaskName
from striate.records.suit import SuitResult


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
    `task` and `modality` say what is to be learned from what; `size` is the shape of the decoded inputs without their
    channels, such as (height, width); `original_sizes` those of the smallest, median and largest file. `words` are
    what was typed about it (format, labels, images, group), without which it would be opened in another way.
    `suit` is the suit test where there was one.
    """

    source: str
    format: str
    task: TaskName = "classification"
    modality: Modality = "image"
    classes: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    split_rule: str
    fingerprint: str
    size: tuple[int, ...]
    original_sizes: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    ledger: Ledger
    words: dict[str, str] = field(default_factory=dict)
    suit: SuitResult | None = None
