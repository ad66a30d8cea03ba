"""Plain tables: columns of numbers and categories, a row an example.

Whether the order of the columns means anything is to be tested. As a Listing each row is a signal of one channel, the
columns in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import Listing, note, order_classes, read_splits, show_name
from striate.data.place import Place
from striate.data.sources.source import Asked, Match
from striate.data.sources.tables import find_tables, is_plain, is_whole, open_head, read_tables
from striate.data.tables.cell import is_missing, read_number, share_of_numbers
from striate.data.tables.columns import GROUP_COLUMNS, LABEL_COLUMNS, SPLIT_COLUMNS, find_labels, find_named
from striate.data.tables.labels import Labels, read_labels
from striate.data.tables.read import READERS
from striate.data.tables.table import Row, Table
from striate.errors import DataError
from striate.kinds import TaskName
from striate.records import Notice, Refusal

FORMAT = "plain"
ENDINGS = tuple(READERS)
MOSTLY_NUMBERS = 0.9  # share of a column's cells from which on the others are faults
MOSTLY_DIFFERENT = 0.5  # share of different texts above which they are names or remarks, not categories


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PlainTable:
    """N usable rows out of `found`: `values` (N, D) float64 of the named columns, NaN where a cell is empty.

    Categories count into their sorted texts. `targets`, `classes` and `task` as in Listing; `names` such as "line 7".
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    task: TaskName
    classes: tuple[str, ...]
    targets: NDArray[Any]
    names: tuple[str, ...]
    splits: NDArray[np.str_]
    groups: tuple[str, ...]
    found: int
    refusals: tuple[Refusal, ...]
    notices: tuple[Notice, ...]


def recognise(place: Place) -> Match | None:
    """Say that a place is a table of numbers, or a folder with one, that names no files and holds no texts."""
    files = find_tables(place, ENDINGS)
    if any(_is_usable(open_head(file)) for file in files):
        return Match(why=f"a table of numbers, {files[0].name}", certain=False)
    return None


def read(place: Place, asked: Asked) -> Listing:
    """List the rows as signals of one channel; raises DataError."""
    table = read_plain_table(place, asked)
    return Listing(
        source=show_name(place.source),
        format=FORMAT,
        task=table.task,
        modality="signal",
        classes=table.classes,
        names=table.names,
        targets=table.targets,
        splits=table.splits,
        found=table.found,
        contents=tuple(table.values.astype(np.float32)[:, None]),  # (N, D) -> N of (1, D)
        groups=table.groups,
        refusals=table.refusals,
        notices=table.notices,
    )


def read_plain_table(place: Place, asked: Asked) -> PlainTable:
    """Read a table of numbers and categories with its labels or targets.

    Labels are the columns asked for, else the first of a usual name, else the last column. A column is of numbers
    when 90 % of its cells are; rows with a text there, without a label, or of another length than the header are
    refused by line. Other columns are categories, or left out where more than half of their texts are different.
    Raises DataError where no column is left.
    """
    found = read_tables(place, ENDINGS, _is_usable)
    table = _name_columns(found)
    labels_at = _find_labels(table, asked)
    split = find_named(table, None, SPLIT_COLUMNS, but=labels_at)
    group = find_named(table, asked.group, GROUP_COLUMNS, but=(*labels_at, split))
    if asked.group is not None and group is None:
        raise DataError("the column of groups must be there", got=asked.group, fix=f"one of {', '.join(table.header)}")
    features = [at for at in range(len(table.header)) if at not in (*labels_at, split, group)]
    faults = [_find_fault(row, len(table.header), labels_at) for row in table.rows]
    columns, odd, left_out = _read_features(table, features)
    faults = [fault or odd.get(i, "") for i, fault in enumerate(faults)]
    sound = [i for i, fault in enumerate(faults) if not fault]
    labels = _read_labels(table, [table.rows[i] for i in sound], labels_at, asked)
    faults = _join(faults, sound, labels.faults)
    kept = [i for i, fault in enumerate(faults) if not fault]
    if not columns or not kept:
        raise DataError(
            "a table of numbers has a row and a column beside its labels",
            got=f"{place.source}: {len(kept)} usable rows, columns {', '.join(columns) or 'none'}",
            fix="name the column of labels with --labels",
        )
    values = np.stack([column[kept] for column in columns.values()], axis=1)
    names = tuple(table.rows[i].place for i in kept)
    groups = () if group is None else tuple(table.rows[i].cells[group].strip() for i in kept)
    return PlainTable(
        columns=tuple(columns),
        values=values,
        task=labels.task,
        classes=labels.classes,
        targets=np.asarray(labels.targets),
        names=names,
        splits=read_splits([row.split if split is None else row.cells[split] for row in (table.rows[i] for i in kept)]),
        groups=groups,
        found=len(table.rows) + len(table.refusals),
        refusals=(*table.refusals, *_refuse(table.rows, faults)),
        notices=(
            Notice(what=f"labels: {labels.said}", count=len(kept), names=()),
            *note("no header line: columns named", table.header if len(table.rows) > len(found.rows) else ()),
            *note("columns of mostly different texts, left out", left_out),
            *note("rows with empty cells", [names[i] for i in np.flatnonzero(np.isnan(values).any(axis=1)).tolist()]),
        ),
    )


def _is_usable(table: Table | None) -> bool:
    return is_plain(table) and not is_whole(table)


def _name_columns(table: Table) -> Table:
    """Give a table without a header line the names c1, c2, ...; doubled or empty names get their place added.

    There is no header where the first line looks like the others: numbers above numbers, known texts above texts, and
    the numbers do not just rise, as wavelengths or times do that name columns.
    """
    if not _looks_like_a_row(table):
        doubled = {name for name in table.header if table.header.count(name) > 1 or not name}
        header = [f"{name or 'c'}{i}" if name in doubled else name for i, name in enumerate(table.header, 1)]
        return replace(table, header=header)
    first = Row(place="line 1", cells=table.header, file=table.file)
    return replace(table, header=[f"c{i}" for i, _ in enumerate(table.header, 1)], rows=[first, *table.rows])


def _looks_like_a_row(table: Table) -> bool:
    rising: list[float] = []
    for at, name in enumerate(table.header):
        cells = table.column(at)
        if share_of_numbers(cells, decimal_comma=table.decimal_comma) >= MOSTLY_NUMBERS:
            value = read_number(name, decimal_comma=table.decimal_comma)
            if value is None:
                return False
            rising.append(value)
        elif name not in {cell.strip() for cell in cells}:
            return False
    return any(before >= after for before, after in pairwise(rising)) or len(rising) < 3


def _find_labels(table: Table, asked: Asked) -> tuple[int, ...]:
    if asked.labels is not None:
        return find_labels(table, asked, ())
    named = find_named(table, None, LABEL_COLUMNS)
    return (len(table.header) - 1 if named is None else named,)


def _find_fault(row: Row, width: int, labels: Sequence[int]) -> str:
    if len(row.cells) != width:
        return f"has {len(row.cells)} cells, the header {width}"
    return "" if any(row.cells[at].strip() for at in labels) else "has no label"


def _read_features(
    table: Table, features: Sequence[int]
) -> tuple[dict[str, NDArray[np.float64]], dict[int, str], list[str]]:
    """Give the columns (N,) by name, why rows cannot be used, and the names of columns that are left out."""
    columns: dict[str, NDArray[np.float64]] = {}
    odd: dict[int, str] = {}
    left_out: list[str] = []
    for at in features:
        cells, name = table.column(at), table.header[at]
        if share_of_numbers(cells, decimal_comma=table.decimal_comma) >= MOSTLY_NUMBERS:
            read = [read_number(cell, decimal_comma=table.decimal_comma) for cell in cells]
            columns[name] = np.array([np.nan if value is None else value for value in read])
            for i, (cell, value) in enumerate(zip(cells, read, strict=True)):
                if value is None and not is_missing(cell):
                    odd.setdefault(i, f"has {cell.strip()!r:.40} under {name}, no number")
        else:
            texts = order_classes(cell.strip() for cell in cells if cell.strip())
            if len(texts) > max(2, MOSTLY_DIFFERENT * len(cells)):
                left_out.append(name)
            else:
                place = {text: float(i) for i, text in enumerate(texts)}
                columns[name] = np.array([place.get(cell.strip(), np.nan) for cell in cells])
    return columns, odd, left_out


def _read_labels(table: Table, rows: Sequence[Row], at: Sequence[int], asked: Asked) -> Labels:
    names = [table.header[i] for i in at]
    return read_labels(
        [[row.cells[i] for i in at] for row in rows], names, asked.task, decimal_comma=table.decimal_comma
    )


def _join(faults: list[str], sound: Sequence[int], later: Sequence[str]) -> list[str]:
    joined = list(faults)
    for i, fault in zip(sound, later, strict=True):
        joined[i] = fault
    return joined


def _refuse(rows: Sequence[Row], faults: Sequence[str]) -> tuple[Refusal, ...]:
    return tuple(Refusal(name=row.place, reason=fault) for row, fault in zip(rows, faults, strict=True) if fault)
