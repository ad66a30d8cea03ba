"""Tables of any kind by the ending of their names."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from striate.data.tables.delimited import read_delimited
from striate.data.tables.jsonl import read_jsonl
from striate.data.tables.parquet import read_parquet
from striate.data.tables.table import Table

Read: TypeAlias = Callable[[Path, int | None], Table]
READERS: dict[str, Read] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv"), read_delimited),
    **dict.fromkeys((".jsonl", ".ndjson"), read_jsonl),
    **dict.fromkeys((".parquet", ".pq"), read_parquet),
}


def read_table(file: Path, most: int | None = None) -> Table:
    """Read a table, or its first rows out of about `most` bytes; raises DataError. Other endings count as text."""
    return READERS.get(file.suffix.lower(), read_delimited)(file, most)


def endings_of(read: Read) -> tuple[str, ...]:
    """Give the endings of files that a reader is for."""
    return tuple(ending for ending, reader in READERS.items() if reader is read)
