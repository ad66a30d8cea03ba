"""Signals of one channel, one a row of a text table: a label first or last, all else numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from striate.data.decode.encoding import decode_bytes, is_text
from striate.data.decode.faults import RefusedError
from striate.data.listing import Listing, encode_labels, note, order_classes, read_splits, show_name
from striate.data.numbers import is_numeric, read_value, split_row
from striate.data.place import Place, read_head
from striate.data.sources.file_splits import name_set, read_file_splits
from striate.data.sources.source import Asked, expect_no_names
from striate.errors import DataError
from striate.records import Refusal

ENDINGS = (".tsv", ".txt", ".csv", ".tab", ".dat")
LEAST = 16  # values of a signal, from which a pair of files counts as the archive's
REPEATED = 2  # rows a class, on average, at least


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """One row: where it stands, the split of its file, its cells."""

    name: str
    split: str
    cells: list[str]


def find_pairs(place: Place) -> tuple[Path, ...]:
    """Give NAME_TRAIN and NAME_TEST of a folder where they hold numbers alone, no header, and 16 values a row."""
    if not place.is_folder:
        return ()
    depth = len(place.path.parts) + 1
    files = [file for file in place.ending(*ENDINGS) if len(file.parts) == depth and name_set(file)[1]]
    named = [file for file in files if name_set(file)[0].lower() not in ENDINGS and name_set(file)[0][:1] != "."]
    return tuple(named) if len(named) > 1 and all(map(_is_signals, named)) else ()


def list_rows(place: Place, asked: Asked, *, format: str) -> Listing:
    """List the rows of a table, or of one a split; the label stands first where that column repeats, else last.

    Rows with a cell that is no number, or without a label, are refused by line. Raises DataError where neither the
    first nor the last column can be the labels, or the folder holds several tables.
    """
    expect_no_names(asked, format)
    depth = len(place.path.parts) + 1
    alone = (place.path,) if not place.is_folder else tuple(f for f in place.ending(*ENDINGS) if len(f.parts) == depth)
    splits = read_file_splits(find_pairs(place) or alone, source=place.source, what="signals")
    rows = [row for file, split in splits.items() for row in _read_file(place, file, split)]
    at = _find_label(rows, place)
    faults = [_find_fault(row, at) for row in rows]
    kept = [row for row, fault in zip(rows, faults, strict=True) if not fault]
    labels = [_name_class(row.cells[at]) for row in kept]
    classes = order_classes(labels)
    return Listing(
        source=show_name(place.source),
        format=format,
        modality="signal",
        classes=classes,
        names=tuple(row.name for row in kept),
        targets=encode_labels(labels, classes),
        splits=read_splits([row.split for row in kept]),
        found=len(rows),
        contents=tuple(_to_signal(row, at) for row in kept),
        refusals=tuple(Refusal(name=row.name, reason=fault) for row, fault in zip(rows, faults, strict=True) if fault),
        notices=note(f"labels: the {'first' if at == 0 else 'last'} column", [row.name for row in kept]),
    )


def _is_signals(file: Path) -> bool:
    head = read_head(file)
    lines = head.decode("latin-1").split("\n")
    whole = lines[:-1] or lines
    return is_text(head) and is_numeric(lines) and all(len(split_row(line)) > LEAST for line in whole if line.strip())


def _read_file(place: Place, file: Path, split: str) -> Iterator[_Row]:
    """Yield the rows of a file by their line; a first one without a number is a header and left out."""
    try:
        text = decode_bytes(file.read_bytes()).text
    except (OSError, RefusedError) as error:
        raise DataError("a table of signals is text", got=f"{file}, which {error}", fix="save it as CSV") from error
    for number, line in enumerate(text.split("\n"), start=1):
        cells = split_row(line)
        if line.strip() and (number > 1 or any(read_value(cell) is not None for cell in cells)):
            name = f"{show_name(file.name)}:{number}" if place.is_folder else f"line {number}"
            yield _Row(name=name, split=split, cells=cells)


def _find_label(rows: Sequence[_Row], place: Place) -> int:
    """Give the place of the labels: 0 or -1. They are texts, or few whole numbers that come again."""
    for at in (0, -1):
        cells = [row.cells[at] for row in rows if len(row.cells) > 1]
        values = [read_value(cell) for cell in cells]
        whole = all(value is None or value == np.rint(value) for value in values)
        if cells and whole and 2 <= len(set(cells)) <= len(cells) / REPEATED:
            return at
    raise DataError(
        "a table of signals has a row a signal, and a class in the first or the last column",
        got=f"{place.source}: {len(rows)} rows, neither column of a few names or whole numbers",
        fix="put the class first in each row, and the values of the signal after it",
    )


def _find_fault(row: _Row, at: int) -> str:
    if len(row.cells) < 2:
        return "has no values"
    if not row.cells[at].strip():
        return "has no label"
    values = row.cells[1:] if at == 0 else row.cells[:-1]
    wrong = next((cell for cell in values if read_value(cell) is None), None)
    return "" if wrong is None else f"has {wrong!r:.40}, no number"


def _to_signal(row: _Row, at: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """(1, T); what is missing at the end is not there, since rows are padded so."""
    values = [read_value(cell) for cell in (row.cells[1:] if at == 0 else row.cells[:-1])]
    signal = np.array(values, np.float32)
    there = np.flatnonzero(~np.isnan(signal))
    return signal[None, : there[-1] + 1 if len(there) else 0]


def _name_class(cell: str) -> str:
    """Give a label as text: whole numbers without a point, as 1.0000000e+00 stands in the older files.

    >>> _name_class("1.0000000e+00"), _name_class("walk")
    ('1', 'walk')
    """
    value = read_value(cell)
    return cell.strip() if value is None or not np.isfinite(value) else str(int(value))
