"""Tables of text: a row a line, cells separated by comma, tab, semicolon or bar, quoted as RFC 4180 has it."""

import csv
import io
import sys
from pathlib import Path

from striate.data.tables.table import Row, Table
from striate.data.tables.text import read_text
from striate.errors import DataError

DELIMITERS = "\t,;|"


def read_delimited(file: Path, most: int | None = None) -> Table:
    """Read a table of text, or its first rows out of `most` bytes; raises DataError for what is no UTF-8 or not whole.

    The delimiter is the one that the first line uses most. Empty lines are no rows.
    """
    text = read_text(file, most)
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    try:
        rows = _split_cells(text, delimiter, strict=most is None)
    except csv.Error as error:
        raise DataError(
            "a table is UTF-8 text with one row a line", got=f"{file}: {error}", fix="save it anew as CSV, UTF-8"
        ) from error
    header = [cell.strip() for cell in rows[0][1]] if rows else []
    return Table(
        file=file,
        header=header,
        rows=[Row(place=f"line {line}", cells=cells, file=file) for line, cells in rows[1:]],
        decimal_comma=delimiter != ",",
    )


def _split_cells(text: str, delimiter: str, *, strict: bool) -> list[tuple[int, list[str]]]:
    """Split text into rows of cells, each with the number of the line it ends on; not `strict` where it is cut off."""
    before = csv.field_size_limit(sys.maxsize)  # a cell may hold a long text; the file's size bounds it
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    finally:
        csv.field_size_limit(before)
