"""Tables of JSON lines: an object a line, whose keys name the columns."""

import json
from pathlib import Path

from striate.data.listing import show_name
from striate.data.tables.cell import write_cell
from striate.data.tables.table import Row, Table
from striate.data.tables.text import read_text
from striate.records import Refusal


def read_jsonl(file: Path, most: int | None = None) -> Table:
    """Read a table of JSON lines, or its first `most` bytes; lines that hold no object are refused by number.

    Columns are all keys, in the order in which they first occur. Raises DataError for a file that is no UTF-8.
    """
    objects: list[tuple[int, dict[str, object]]] = []
    refusals: list[Refusal] = []
    for number, line in enumerate(read_text(file, most).split("\n"), 1):
        if line.strip():
            read = _read_object(line)
            if isinstance(read, dict):
                objects.append((number, read))
            else:
                refusals.append(Refusal(name=f"line {number}", reason=read))
    header = list(dict.fromkeys(key for _, item in objects for key in item))
    rows = [
        Row(place=f"line {number}", cells=[write_cell(item.get(key)) for key in header], file=file)
        for number, item in objects
    ]
    return Table(file=file, header=[show_name(key) for key in header], rows=rows, refusals=tuple(refusals))


def _read_object(line: str) -> dict[str, object] | str:
    """Read one line: the object, or why there is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"is no JSON: {error}"
    return found if isinstance(found, dict) else "is no JSON object"
