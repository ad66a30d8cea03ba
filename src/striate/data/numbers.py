"""Numbers written as text, a row a line, apart by commas, semicolons, tabs or spaces: told from words, and read."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from striate.data.tables.cell import MISSING, read_number
from striate.errors import DataError

MOSTLY = 0.9  # share of cells from which on a text counts as one of numbers
LOOKED_AT = 50  # rows that tell
INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
APART = re.compile(r"\s*[,;\t]\s*|\s+")


def split_row(line: str) -> list[str]:
    """Split a line into cells.

    >>> split_row("1, 2;3 4\\n"), split_row("1,,3")
    (['1', '2', '3', '4'], ['1', '', '3'])
    """
    return APART.split(line.strip())


def read_value(cell: str) -> float | None:
    """Read a number, not-a-number for one that is missing, or an infinity; None for anything else.

    >>> [read_value(cell) for cell in ("1e-3", "?", "-inf", "one")]
    [0.001, nan, -inf, None]
    """
    text = cell.strip()
    if text.lower() in MISSING:
        return float("nan")
    return float(text) if INFINITE.fullmatch(text) else read_number(text)


def is_numeric(lines: Sequence[str]) -> bool:
    """Tell whether nearly all cells of the first lines are numbers."""
    cells = [cell for line in lines[:LOOKED_AT] if line.strip() for cell in split_row(line)]
    some = any(read_number(cell) is not None for cell in cells)
    return some and sum(read_value(cell) is not None for cell in cells) >= MOSTLY * len(cells)


def read_rows(text: str) -> NDArray[np.float64]:
    """Read rows of equal length, (rows, cells); a first line without a number in it is a header and left out.

    Raises DataError for a cell that is no number and for rows of different lengths.
    """
    rows = [(number, split_row(line)) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if rows and not any(read_number(cell) is not None for cell in rows[0][1]):
        rows = rows[1:]
    values = [[_read(cell, number) for cell in cells] for number, cells in rows]
    lengths = {len(row) for row in values}
    if len(lengths) != 1:
        got = "none" if not values else f"{min(lengths)} and {max(lengths)} cells"
        raise DataError("rows of numbers have one length", got=got, fix="write as many cells in every line")
    return np.array(values)


def _read(cell: str, number: int) -> float:
    value = read_value(cell)
    if value is None:
        raise DataError("cells are numbers", got=f"{cell!r:.40} in line {number}", fix="write a number, or nothing")
    return value
