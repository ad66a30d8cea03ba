"""A table (.csv, .tsv) with the path and the label of each picture, a row each."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from striate.data.listing import Listing, encode_labels, order_classes, read_splits, show_name
from striate.data.place import Place
from striate.data.sources.source import Asked, Match
from striate.errors import DataError, nearest
from striate.records import Refusal

FORMAT = "csv"
ENDINGS = (".csv", ".tsv")
PATH_COLUMNS = ("path", "file", "filename", "filepath", "image", "imagepath", "imagefile", "img", "picture")
LABEL_COLUMNS = ("label", "class", "category", "target", "classname", "labelname")
SPLIT_COLUMNS = ("split", "subset", "partition")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """A header and its rows, each with the number of the line it ends on."""

    header: list[str]
    rows: list[tuple[int, list[str]]]


def recognise(place: Place) -> Match | None:
    """Say that a place is a table, or a folder with a single one beside no class folders."""
    file = _file(place)
    return None if file is None else Match(why=f"the table {file.name}", certain=True)


def read(place: Place, asked: Asked) -> Listing:
    """List the pictures that the table names; raises DataError."""
    return list_table(_file(place) or place.path, images=asked.images, labels=asked.labels)


def _file(place: Place) -> Path | None:
    if not place.is_folder:
        return place.path if place.path.suffix.lower() in ENDINGS else None
    files = [file for file in place.ending(*ENDINGS) if file.parent == place.path]
    return files[0] if len(files) == 1 and len(place.layout.classes) < 2 else None


def list_table(file: Path, *, images: str | None = None, labels: str | None = None) -> Listing:
    """List the pictures that the table `file` names; paths count from the folder it is in.

    The columns for path, label and split are recognised by their usual names, or named by `images` and `labels`.
    Rows without path or label, of another length than the header, or that repeat an earlier row are refused by name;
    so are, when they are decoded, rows whose file is missing. Raises DataError for a table without those columns.
    """
    table = _read(file)
    path_at = _column(table, PATH_COLUMNS, file, images, "the pictures' paths")
    label_at = _column(table, LABEL_COLUMNS, file, labels, "the labels")
    split_at = next((i for i, name in enumerate(table.header) if _plain(name) in SPLIT_COLUMNS), None)
    faults = _faults(table, path_at, label_at)
    kept = [row for row, fault in zip(table.rows, faults, strict=True) if fault is None]
    words = [row[label_at].strip() for _, row in kept]
    names = tuple(row[path_at].strip() for _, row in kept)
    classes = order_classes(words)
    _expect_files(file, names)
    return Listing(
        source=show_name(str(file)),
        format="csv",
        classes=classes,
        names=names,
        targets=encode_labels(words, classes),
        splits=read_splits([row[split_at] if split_at is not None else "" for _, row in kept]),
        found=len(table.rows),
        paths=tuple(file.parent / name for name in names),
        refusals=tuple(
            Refusal(name=_name(row, path_at, line), reason=fault)
            for (line, row), fault in zip(table.rows, faults, strict=True)
            if fault is not None
        ),
    )


def _read(file: Path) -> _Table:
    """Read the table; the delimiter is the one that its first line uses most."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=max("\t,;|", key=first.count), strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            "a table is UTF-8 text with one row a line", got=f"{file}: {error}", fix="save it anew as CSV, UTF-8"
        ) from error
    if len(rows) < 2:
        raise DataError(
            "a table has a header line and at least one row", got=f"{file}: {len(rows)} lines", fix="add rows"
        )
    return _Table(header=[cell.strip() for cell in rows[0][1]], rows=rows[1:])


def _column(table: _Table, usual: tuple[str, ...], file: Path, asked: str | None, what: str) -> int:
    """Find a column: the one `asked` for, otherwise the first of the `usual` names."""
    plain = [_plain(name) for name in table.header]
    for name in (_plain(asked),) if asked is not None else usual:
        if name in plain:
            return plain.index(name)
    wanted = f"named {asked!r}" if asked is not None else f"named {', '.join(usual[:-1])} or {usual[-1]}"
    word = asked if asked is not None else usual[0]
    raise DataError(
        f"a column for {what} must be there, {wanted}",
        got=f"{file} with columns {', '.join(table.header)}",
        fix=f"rename the column or name it; {nearest(word, table.header)}",
    )


def _faults(table: _Table, path_at: int, label_at: int) -> list[str | None]:
    """Give the reason why each row cannot be used, or None."""
    seen: dict[tuple[str, str], int] = {}
    faults: list[str | None] = []
    for line, row in table.rows:
        fault = _fault(row, len(table.header), path_at, label_at)
        if fault is None:
            earlier = seen.setdefault((row[path_at].strip(), row[label_at].strip()), line)
            fault = f"line {line} repeats line {earlier}" if earlier != line else None
        faults.append(fault)
    return faults


def _fault(row: list[str], width: int, path_at: int, label_at: int) -> str | None:
    if len(row) <= label_at or (len(row) > path_at and not row[label_at].strip()):
        return "has no label"
    if len(row) <= path_at or not row[path_at].strip():
        return "has no path"
    return f"has {len(row)} cells, the header {width}" if len(row) != width else None


def _name(row: list[str], path_at: int, line: int) -> str:
    return (row[path_at].strip() if len(row) > path_at else "") or f"line {line}"


def _plain(name: str) -> str:
    """Bring a column's name to letters and digits: "Image Path" and image_path are the same."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _expect_files(file: Path, names: tuple[str, ...]) -> None:
    if not any(_exists(file.parent / name) for name in names):
        first = names[0] if names else "no usable row"
        raise DataError(
            "a table names files that exist, counted from the folder it is in",
            got=f"{file}: none of {len(names)} exists, first {first}",
            fix="move the table beside the pictures or write paths from its folder",
        )


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False
