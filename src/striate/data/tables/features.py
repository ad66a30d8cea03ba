"""The columns of a plain table as numbers: which hold numbers, which categories, and is there a header."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import order_classes
from striate.data.tables.cell import is_missing, read_number, share_of_numbers
from striate.data.tables.table import Row, Table

MOSTLY_NUMBERS = 0.9  # share of a column's cells from which on the others are faults
MOSTLY_DIFFERENT = 0.5  # share of different texts above which they are names or remarks, not categories


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Features:
    """Columns (N,) float64 by name, NaN for an empty cell; why rows cannot be used; names of columns left out."""

    columns: dict[str, NDArray[np.float64]]
    faults: dict[int, str]
    left_out: tuple[str, ...]


def read_features(table: Table, places: Sequence[int]) -> Features:
    """Read the columns at these places: numbers where 90 % of the cells are, else categories, counted by their texts.

    Columns of which more than half of the cells hold different texts are left out.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    faults: dict[int, str] = {}
    left_out: list[str] = []
    for at in places:
        cells, name = table.column(at), table.header[at]
        if share_of_numbers(cells, decimal_comma=table.decimal_comma) >= MOSTLY_NUMBERS:
            read = [read_number(cell, decimal_comma=table.decimal_comma) for cell in cells]
            columns[name] = np.array([np.nan if value is None else value for value in read])
            for i, (cell, value) in enumerate(zip(cells, read, strict=True)):
                if value is None and not is_missing(cell):
                    faults.setdefault(i, f"has {cell.strip()!r:.40} under {name}, no number")
            continue
        texts = order_classes(cell.strip() for cell in cells if cell.strip())
        if len(texts) > max(2, MOSTLY_DIFFERENT * len(cells)):
            left_out.append(name)
        else:
            place = {text: float(i) for i, text in enumerate(texts)}
            columns[name] = np.array([place.get(cell.strip(), np.nan) for cell in cells])
    return Features(columns=columns, faults=faults, left_out=tuple(left_out))


def name_columns(table: Table) -> Table:
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
