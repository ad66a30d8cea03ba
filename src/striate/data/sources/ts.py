"""Signals in `.ts` files, the format of the UCR and UEA archives: a header, then one example a line.

Channels are apart by colons, values by commas, `?` is a missing one, the class stands last. NAME_TRAIN.ts and
NAME_TEST.ts give the splits. Source: https://www.aeon-toolkit.org, "Data formats".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.encoding import decode_bytes
from striate.data.decode.faults import RefusedError
from striate.data.listing import Listing, Targets, encode_labels, note, order_classes, read_splits, show_name
from striate.data.numbers import read_value
from striate.data.place import Place, read_head
from striate.data.sources.file_splits import read_file_splits
from striate.data.sources.source import Asked, Match, expect_no_names
from striate.errors import DataError
from striate.records import Refusal

FORMAT = "ts"
ENDING = ".ts"
HEAD = 1 << 14  # bytes in which a header begins
TRUE = "true"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Header:
    """What the lines before @data say: a class or a number last in each line; the classes, where they are listed."""

    classes: tuple[str, ...]
    is_number: bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Example:
    """One line: where it stands, its split, signal (C, T) and label; why it cannot be used, or ""."""

    name: str
    split: str
    signal: NDArray[np.float32]
    label: str
    fault: str = ""


def recognise(place: Place) -> Match | None:
    """Say that a file, or the files of a folder, have the header of this format."""
    files = _find(place)
    if not files:
        return None
    return Match(why=f"signals with a header, {', '.join(file.name for file in files[:3])}", certain=True)


def read(place: Place, asked: Asked) -> Listing:
    """List the signals; raises DataError for a folder of several problems, time stamps, or no labels."""
    expect_no_names(asked, FORMAT)
    splits = read_file_splits(_find(place), source=place.source, what="signals")
    texts = {file: _read_text(file) for file in splits}
    headers = [_read_header(text, file) for file, text in texts.items()]
    examples = [each for file, text in texts.items() for each in _read_examples(place, file, text, splits[file])]
    kept = [example for example in examples if not example.fault]
    labels = [example.label for example in kept]
    classes, targets = _read_labels(labels, headers)
    passed = [place.walk.name(file) for file in place.files if file not in splits] if place.is_folder else []
    return Listing(
        source=show_name(place.source),
        format=FORMAT,
        task="regression" if headers[0].is_number else "classification",
        modality="signal",
        classes=classes,
        names=tuple(example.name for example in kept),
        targets=targets,
        splits=read_splits([example.split for example in kept]),
        found=len(examples),
        contents=tuple(example.signal for example in kept),
        refusals=tuple(Refusal(name=example.name, reason=example.fault) for example in examples if example.fault),
        notices=note("files of another form passed over, not counted as found", passed),
    )


def _find(place: Place) -> tuple[Path, ...]:
    """Give the files with such a header: the place itself, or those directly in the folder."""
    depth = len(place.path.parts) + place.is_folder
    return tuple(
        file for file in place.ending(ENDING) if len(file.parts) == depth and _has_header(read_head(file, HEAD))
    )


def _has_header(head: bytes) -> bool:
    """Tell a header from the other things that .ts is the ending of: TypeScript, and streams of video."""
    lines = [line.strip().lower() for line in head.split(b"\n")]
    return any(line.startswith((b"@problemname", b"@data", b"@classlabel", b"@timestamps")) for line in lines)


def _read_text(file: Path) -> str:
    try:
        return decode_bytes(file.read_bytes()).text
    except (OSError, RefusedError) as error:
        raise DataError("signals of this format are text", got=f"{file}, which {error}", fix="fetch it anew") from error


def _read_header(text: str, file: Path) -> _Header:
    said: dict[str, list[str]] = {}
    for line in text.split("\n"):
        words = line.strip().split()
        if words and words[0].startswith("@"):
            said[words[0].lower()] = words[1:]
            if words[0].lower() == "@data":
                break
    if [word.lower() for word in said.get("@timestamps", [])[:1]] == [TRUE]:
        raise DataError(
            "signals are values at equal distances in time", got=f"{file} with time stamps", fix="resample them evenly"
        )
    labels, numbers = ([word.lower() for word in said.get(key, [])[:1]] for key in ("@classlabel", "@targetlabel"))
    if "@data" not in said or TRUE not in (*labels, *numbers):
        got = f"{file} without {'@data' if '@data' not in said else '@classLabel true'}"
        raise DataError("a file of signals says its labels, then @data", got=got, fix="give a labelled one")
    return _Header(classes=tuple(said.get("@classlabel", [])[1:]), is_number=TRUE in numbers)


def _read_examples(place: Place, file: Path, text: str, split: str) -> Iterator[_Example]:
    begun = False
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip()
        if begun and line and not line.startswith(("#", "%")):
            name = f"{show_name(file.name)}:{number}" if place.is_folder else f"line {number}"
            yield _read_example(line, name, split)
        begun = begun or line.lower().startswith("@data")


def _read_example(line: str, name: str, split: str) -> _Example:
    *channels, label = line.split(":")
    values = [[read_value(cell) for cell in channel.split(",")] for channel in channels]
    fault = "has no label" if not label.strip() or not channels else ""
    wrong = next((cell for channel in channels for cell in channel.split(",") if read_value(cell) is None), None)
    if wrong is not None and not fault:
        fault = f"has {wrong.strip()!r:.40}, no number"
    if fault:
        return _Example(name=name, split=split, signal=np.zeros((0, 0), np.float32), label="", fault=fault)
    signal = np.full((len(values), max(map(len, values))), np.nan, np.float32)  # channels may differ in length
    for row, channel in zip(signal, values, strict=True):
        row[: len(channel)] = channel
    return _Example(name=name, split=split, signal=signal, label=label.strip())


def _read_labels(labels: list[str], headers: list[_Header]) -> tuple[tuple[str, ...], Targets]:
    """Give classes and targets; classes that a header lists and no line has are left out, as everywhere."""
    if not headers[0].is_number:
        classes = order_classes(labels)
        return classes, encode_labels(labels, classes)
    numbers = [read_value(label) for label in labels]
    if any(number is None or not np.isfinite(number) for number in numbers):
        raise DataError("a target is a number", got=", ".join(sorted(set(labels)))[:60], fix="write numbers last")
    return ("target",), np.array(numbers, np.float32)[:, None]
