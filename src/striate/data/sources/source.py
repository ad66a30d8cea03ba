"""What a format of data is: how it is told from the others, and how its examples are listed. One file a format."""

from dataclasses import dataclass
from typing import Protocol

from striate.data.listing import Listing
from striate.data.place import Place
from striate.data.sources.stack import Stack
from striate.errors import DataError
from striate.kinds import TaskName


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a user said about the data; None where nothing: the format decides by what it finds.

    `labels` and `images` name columns or arrays, `group` the column whose values must not be torn apart by a split.
    """

    task: TaskName | None = None
    labels: str | None = None
    images: str | None = None
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """Why data is of a format, in a few words; `certain` where only this format looks so, by its content."""

    why: str
    certain: bool


class Source(Protocol):
    """A format; each is a module with these names."""

    @property
    def FORMAT(self) -> str:  # noqa: N802
        """Its name for --format and records."""

    def recognise(self, place: Place) -> Match | None:
        """Say why what lies at a place is of this format; None where it is not."""

    def read(self, place: Place, asked: Asked) -> Listing | Stack:
        """List the examples; raises DataError for data of this format that cannot be used."""


def expect_no_names(asked: Asked, format: str) -> None:
    """Refuse names of columns or arrays for a format that has none: what was asked for is never ignored."""
    given = {"labels": asked.labels, "images": asked.images, "group": asked.group}
    typed = ", ".join(f"{word}={value!r:.40}" for word, value in given.items() if value is not None)
    if typed:
        raise DataError(
            "labels= and images= name columns of a table or arrays of an .npz or a dict, group= a column",
            got=f"{typed} for data of format {format}",
            fix="leave them out, or name another format",
        )
