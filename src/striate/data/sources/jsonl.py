"""Tables in JSON-lines files."""

from striate.data.listing import Listing
from striate.data.place import Place
from striate.data.sources.source import Asked, Match
from striate.data.sources.tables import list_table, match_table, read_tables
from striate.data.tables.jsonl import read_jsonl
from striate.data.tables.read import endings_of

FORMAT = "jsonl"


def recognise(place: Place) -> Match | None:
    """Say that a place is a table of files or texts, or a folder with one."""
    return match_table(place, endings_of(read_jsonl))


def read(place: Place, asked: Asked) -> Listing:
    """List the examples of the table; raises DataError."""
    return list_table(place, asked, read_tables(place, endings_of(read_jsonl)), format=FORMAT)
