"""Texts, of files or at hand, to whole numbers: words of the training split's vocabulary, or bytes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded
from striate.data.decode.encoding import Text, decode_bytes
from striate.data.decode.faults import RefusedError, say_why
from striate.data.decode.words import Unit, Units, choose_unit, encode, make_vocabulary, number, take_apart
from striate.data.listing import Listing, note
from striate.errors import DataError
from striate.records import Notice, Refusal, TextInput
from striate.runtime.progress import track

WHOLE = 0.99  # of the training texts, that the length holds whole
LONGEST: dict[Unit, int] = {"word": 400, "byte": 1024}  # at most
LARGEST_FILE = 1 << 24  # bytes


def decode_texts(
    listing: Listing, *, size: int | None = None, like: TextInput | None = None, unit: Unit | None = None
) -> Decoded:
    """Read all texts of a listing; they become numbers when the training split is known, or at once `like` a model's.

    Refused by name are files that are no text, and texts without a visible sign. The `unit` is chosen by the texts, and
    the `size`, how many of them the network sees, by the training split, unless they are asked for. Raises DataError
    when more than half are refused.
    """
    kept: list[int] = []
    texts: list[str] = []
    refusals: list[Refusal] = []
    encodings: dict[str, list[str]] = {}
    for i, text in enumerate(track(_read_all(listing), "reading texts", total=len(listing.names))):
        if isinstance(text, Refusal):
            refusals.append(text)
            continue
        kept.append(i)
        texts.append(text.text)
        if listing.paths and text.encoding != "UTF-8":
            encodings.setdefault(text.encoding, []).append(listing.names[i])
    _expect_sound(listing, refusals)
    names = tuple(listing.names[i] for i in kept)
    asked = unit or (like.unit if like is not None else None)
    chosen, why = choose_unit(texts) if asked is None else (asked, "as asked")
    notices = [item for name, found in encodings.items() for item in note(f"read as {name}", found)]
    return Decoded(
        kept=np.array(kept, np.int64),
        inputs=np.zeros((len(kept), 0), np.int32),
        spec=TextInput(unit=chosen, length=1),
        sizes=np.array([len(text) for text in texts], np.int32).reshape(-1, 1),
        digests=tuple(hashlib.sha256(encode(text)).hexdigest() for text in texts),
        refusals=tuple(refusals),
        notices=(*notices, *(note(f"read {chosen} by {chosen}: {why}", names) if like is None else ())),
        texts=tuple(texts),
        settle=_Draft(texts=tuple(texts), names=names, unit=chosen, size=size, like=like).settle,
    )


def read_text(source: str | Path, spec: TextInput) -> NDArray[np.int32]:
    """Give the numbers (T,) that a network sees of a text, or of the text in a file (a Path), by its own vocabulary.

    Raises RefusedError, whose text is the reason, for a file that cannot be read and for a text without a sign.
    """
    text = _read_file(source) if isinstance(source, Path) else _expect_sign(Text(text=source, encoding="UTF-8"))
    row: NDArray[np.int32] = number([take_apart(text.text, spec.unit)], spec)[0]
    return row


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """Texts that wait for their split: what they become depends on those that are learned from."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    unit: Unit
    size: int | None
    like: TextInput | None

    def settle(self, learned: NDArray[np.bool_]) -> tuple[NDArray[np.int32], TextInput, tuple[Notice, ...]]:
        """Give inputs (N, T), their specification, and what was done; `learned` (N,) tells the training split.

        Where nothing is learned, all texts count.
        """
        units = [take_apart(text, self.unit) for text in self.texts]
        base = [units[i] for i in np.flatnonzero(learned if learned.any() else ~learned)]
        spec = self.like or _describe(base, self.unit, self.size)
        cut = [name for name, each in zip(self.names, units, strict=True) if len(each) > spec.length]
        return number(units, spec), spec, note(f"cut after {spec.length} {spec.unit}s", cut)


def _describe(units: list[Units], unit: Unit, size: int | None) -> TextInput:
    """Choose length and vocabulary by the texts that are learned from: a length that holds 99 % of them whole."""
    length = int(np.quantile([len(each) for each in units], WHOLE, method="higher"))
    vocabulary = make_vocabulary(units) if unit == "word" else ()
    return TextInput(unit=unit, length=size or max(1, min(length, LONGEST[unit])), vocabulary=vocabulary)


def _read_all(listing: Listing) -> Iterator[Text | Refusal]:
    """Yield every text, or why it cannot be used."""
    for i, name in enumerate(listing.names):
        try:
            if listing.paths:
                yield _read_file(listing.paths[i])
            else:
                yield _expect_sign(Text(text=str(listing.contents[i]), encoding="UTF-8"))
        except RefusedError as error:
            yield Refusal(name=name, reason=str(error))


def _read_file(file: Path) -> Text:
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise RefusedError("is no regular file")
        if size > LARGEST_FILE:
            raise RefusedError(f"has {size:,} bytes, over the limit of {LARGEST_FILE:,} for one text")
        return _expect_sign(decode_bytes(file.read_bytes()))
    except OSError as error:
        raise RefusedError(say_why(error, file)) from None


def _expect_sign(text: Text) -> Text:
    if not text.text.strip():
        raise RefusedError("is empty")
    return text


def _expect_sound(listing: Listing, refusals: list[Refusal]) -> None:
    """Stop when most of the texts cannot be used: what is left would not be the owner's data."""
    if 2 * len(refusals) > len(listing.names):
        first = "; ".join(f"{refusal.name} {refusal.reason}" for refusal in refusals[:3])
        got = f"{listing.source}: {len(refusals)} of {len(listing.names)} are not: {first}"
        raise DataError("at least half of the texts must be readable", got=got, fix="give text, as UTF-8")
