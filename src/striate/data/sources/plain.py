"""Plain tables: columns of numbers and categories, a row an example.

Whether the order of the columns means anything is to be tested. As a Listing each row is a signal of one channel, the
columns in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import Listing, note, read_splits, show_name
from striate.data.place import Place
from striate.data.sources.source import Asked, Match
from striate.data.sources.tables import find_tables, is_plain, is_whole, open_head, read_tables
from striate.data.tables.columns import (
    GROUP_COLUMNS,
    LABEL_COLUMNS,
    SPLIT_COLUMNS,
    find_labels,
    find_named,
    missing_column,
)
from striate.data.tables.features import Features, name_columns, read_features
from striate.data.tables.labels import Labels, read_labels
from striate.data.tables.read import READERS
from striate.data.tables.table import Row, Table
from striate.errors import DataError
from striate.kinds import TaskName
from striate.records import Notice, Refusal

FORMAT = "plain"
ENDINGS = tuple(READERS)


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
    table = name_columns(found)
    at = _find_labels(table, asked)
    split = find_named(table, None, SPLIT_COLUMNS, but=at)
    group = find_named(table, asked.group, GROUP_COLUMNS, but=(*at, split))
    if asked.group is not None and group is None:
        raise missing_column(table, (), asked.group, "the groups", "group")
    features = read_features(table, [i for i in range(len(table.header)) if i not in (*at, split, group)])
    labels, faults = _read_labels(table, features, at, asked)
    kept = [i for i, fault in enumerate(faults) if not fault]
    if not features.columns or not kept:
        raise DataError(
            "a table of numbers has a row and a column beside its labels",
            got=f"{place.source}: {len(kept)} usable rows, columns {', '.join(features.columns) or 'none'}",
            fix="name the column of labels with --labels",
        )
    rows = [table.rows[i] for i in kept]
    values = np.stack([column[kept] for column in features.columns.values()], axis=1)
    empty = [rows[i].place for i in np.flatnonzero(np.isnan(values).any(axis=1)).tolist()]
    return PlainTable(
        columns=tuple(features.columns),
        values=values,
        task=labels.task,
        classes=labels.classes,
        targets=np.asarray(labels.targets),
        names=tuple(row.place for row in rows),
        splits=read_splits([row.split if split is None else row.cells[split] for row in rows]),
        groups=() if group is None else tuple(row.cells[group].strip() for row in rows),
        found=len(table.rows) + len(table.refusals),
        refusals=(*table.refusals, *_refuse(table.rows, faults)),
        notices=(
            Notice(what=f"labels: {labels.said}", count=len(kept), names=()),
            *note("no header line: columns named", table.header if len(table.rows) > len(found.rows) else ()),
            *note("columns of mostly different texts, left out", features.left_out),
            *note("rows with empty cells", empty),
        ),
    )


def _is_usable(table: Table | None) -> bool:
    return is_plain(table) and not is_whole(table)


def _find_labels(table: Table, asked: Asked) -> tuple[int, ...]:
    if asked.labels is not None:
        return find_labels(table, asked, ())
    named = find_named(table, None, LABEL_COLUMNS)
    return (len(table.header) - 1 if named is None else named,)


def _find_fault(row: Row, width: int, labels: Sequence[int]) -> str:
    if len(row.cells) != width:
        return f"has {len(row.cells)} cells, the header {width}"
    return "" if any(row.cells[at].strip() for at in labels) else "has no label"


def _read_labels(table: Table, features: Features, at: Sequence[int], asked: Asked) -> tuple[Labels, list[str]]:
    """Read the labels of all rows that can be used, and say of each row why it cannot, or ""."""
    faults = [_find_fault(row, len(table.header), at) or features.faults.get(i, "") for i, row in enumerate(table.rows)]
    sound = [i for i, fault in enumerate(faults) if not fault]
    cells = [[table.rows[i].cells[place] for place in at] for i in sound]
    labels = read_labels(cells, [table.header[i] for i in at], asked.task, decimal_comma=table.decimal_comma)
    for i, fault in zip(sound, labels.faults, strict=True):
        faults[i] = fault
    return labels, faults


def _refuse(rows: Sequence[Row], faults: Sequence[str]) -> tuple[Refusal, ...]:
    return tuple(Refusal(name=row.place, reason=fault) for row, fault in zip(rows, faults, strict=True) if fault)
