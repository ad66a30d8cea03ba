"""What a source says before a pixel is decoded: names, labels and given splits of its examples."""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from striate.errors import DataError
from striate.kinds import Modality, TaskName
from striate.records import Notice, Refusal

TRAIN, VALIDATION, TEST = SPLITS = ("train", "validation", "test")
SPLIT_WORDS = {
    **dict.fromkeys(("train", "training", "trn"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "development"), VALIDATION),
    **dict.fromkeys(("test", "testing", "tst", "t10k", "eval", "evaluation", "holdout", "heldout"), TEST),
}
FILLERS = frozenset(("set", "data", "dataset", "split", "images", "imgs", "pictures", "files", "part", "out", "held"))
YEAR = re.compile("(?<=[a-z])(19|20)[0-9]{2}$")  # as in train2017
VOID = 255  # of a mask: a pixel that counts neither in training nor in judging
FIRST_NAMES = 5  # how many examples a notice names
NUMBER = re.compile("-?[0-9]{1,18}")  # a class name that sorts by value
SURROGATE = re.compile("[\ud800-\udfff]")


class Mask(Protocol):
    """The classes of a picture's pixels, wherever they are written: a file, polygons, runs of pixels."""

    def draw(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Give the class of each pixel (H, W) of the upright original, VOID where none is said; raises RefusedError."""


Targets: TypeAlias = NDArray[Any] | tuple[NDArray[np.float64], ...] | tuple[Mask, ...] | tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Listing:
    """The labelled examples of a source: N of them, out of `found`.

    `task` is what is to be learned, `modality` from what. `targets` are, by task: classification (N,) int64 that count
    into `classes`; multilabel (N, K) uint8, 1 where class k applies; regression (N, D) float32, one a name in
    `classes`; transcription N texts; detection N arrays (m, 5) float64 of class, x0, y0, x1, y1 in pixels of the
    upright original, x1 and y1 exclusive; segmentation N masks, drawn when they are needed.
    `splits` (N,) holds "train", "validation", "test", or "" where the source gives none; `groups` (N,) names what
    must stay together in a split, or is empty. Content is in files, `paths` (N,), or at hand, `contents` (N,): texts,
    or signals (C, T) float32; a source of arrays of one shape is a `Stack`. `source` is for people; it, `names` and
    `classes` can be written as UTF-8 (`show_name`), while `paths` hold what the system calls the files. `refusals` and
    `notices` are what the ledger will hold beside those of decoding.
    """

    source: str
    format: str
    task: TaskName = "classification"
    modality: Modality = "image"
    classes: tuple[str, ...]
    names: tuple[str, ...]
    targets: Targets
    splits: NDArray[np.str_]
    found: int
    paths: tuple[Path, ...] = ()
    contents: Sequence[Any] = ()
    groups: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notices: tuple[Notice, ...] = ()


def note(what: str, names: Iterable[str]) -> tuple[Notice, ...]:
    """Make the notice that `what` happened to the examples `names`: none when there are none."""
    named = tuple(names)
    return (Notice(what=what, count=len(named), names=named[:FIRST_NAMES]),) if named else ()


def show_name(name: str) -> str:
    """Give a file's or class's name as text that UTF-8 can hold: bytes that were no UTF-8 as \\xe9, all else as it is.

    Python holds such bytes as lone surrogates (PEP 383), which no encoder takes.

    >>> print(show_name(b"caf\\xe9.png".decode("utf-8", "surrogateescape")))
    caf\\xe9.png
    """
    return SURROGATE.sub(_spell, name)


def encode_labels(labels: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    """Turn N class names into (N,) int64 that count into `classes`."""
    place = {name: index for index, name in enumerate(classes)}
    return np.fromiter((place[label] for label in labels), np.int64, len(labels))


def order_classes(classes: Iterable[str]) -> tuple[str, ...]:
    """Sort class names: by value when all are whole numbers of at most 18 digits 0-9, otherwise by letters.

    >>> order_classes({"10", "9", "1"})
    ('1', '9', '10')
    """
    names = set(classes)
    numeric = all(NUMBER.fullmatch(name) for name in names)
    return tuple(sorted(names, key=(lambda name: (int(name), name)) if numeric else None))


def read_splits(words: Sequence[str]) -> NDArray[np.str_]:
    """Turn N words such as "val" or "" into (N,) split names; raises DataError for another word."""
    return np.array([_split_name(word) for word in words], dtype="<U10")


@functools.lru_cache(4096)
def split_role(name: str) -> str:
    """Give the split that a folder, file stem or cell names in whatever spelling; "" where it names none.

    >>> [split_role(name) for name in ("TRAINING_set", "valid", "test data", "val2017", "hold-out", "trains")]
    ['train', 'validation', 'test', 'validation', 'test', '']
    """
    word = YEAR.sub("", name.strip().lower())
    parts = [part for part in re.split(r"[-_. ]+", word) if part]
    glued = (word, "".join(parts), *(word.removesuffix(filler) for filler in ("set", "data", "dataset")))
    telling = [part for part in parts if part not in FILLERS]
    if len(telling) == 1:
        glued += (telling[0],)
    return next((SPLIT_WORDS[part] for part in glued if part in SPLIT_WORDS), "")


def _split_name(word: str) -> str:
    role = split_role(word)
    if word.strip() and not role:
        raise DataError(
            "a split is train, validation or test",
            got=repr(word),
            fix=f"write one of {', '.join(SPLIT_WORDS)}, or leave all empty to have the split made",
        )
    return role


def _spell(surrogate: "re.Match[str]") -> str:
    """Spell a lone surrogate: those from U+DC80 to U+DCFF stand for the bytes 80 to FF."""
    code = ord(surrogate[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
