"""A table as it came from a file: names of columns, and cells as text, each row with the place it came from."""

from dataclasses import dataclass
from pathlib import Path

from striate.errors import DataError
from striate.records import Refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """The cells of a row, `place` such as "line 7" or "train.csv line 7", and the split that its file is of, or ""."""

    place: str
    cells: list[str]
    file: Path
    split: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Names of columns and rows below them, in order; rows that could not even be read are refused.

    A cell is "" where nothing stands. `decimal_comma`: commas separate no cells, so that "1,5" may be a number.
    """

    file: Path
    header: list[str]
    rows: list[Row]
    refusals: tuple[Refusal, ...] = ()
    decimal_comma: bool = False

    def column(self, at: int) -> list[str]:
        """Give the cells of a column, "" where a row is too short."""
        return [row.cells[at] if at < len(row.cells) else "" for row in self.rows]


def expect_rows(table: Table) -> Table:
    """Give the table back; raises DataError when it has no row."""
    if not table.header or not (table.rows or table.refusals):
        lines = len(table.rows) + bool(table.header)
        raise DataError(
            "a table has a header line and at least one row", got=f"{table.file}: {lines} lines", fix="add rows"
        )
    return table


def join_tables(tables: list[tuple[Table, str]]) -> Table:
    """Put tables of several splits one below the other; raises DataError when their columns have different names."""
    first = tables[0][0]
    rows: list[Row] = []
    for table, split in tables:
        if sorted(table.header) != sorted(first.header):
            raise DataError(
                "the tables of all splits have the same columns",
                got="; ".join(f"{one.file.name} with {', '.join(one.header)}" for one in (first, table)),
                fix="rename the columns, or give one table with a column split",
            )
        order = [table.header.index(name) for name in first.header]
        rows += [
            Row(
                place=f"{row.file.name} {row.place}",
                cells=[row.cells[i] for i in order] if len(row.cells) == len(order) else row.cells,
                file=row.file,
                split=split,
            )
            for row in table.rows
        ]
    refusals = tuple(refusal for table, _ in tables for refusal in table.refusals)
    return Table(file=first.file, header=first.header, rows=rows, refusals=refusals, decimal_comma=first.decimal_comma)
