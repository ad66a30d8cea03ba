"""A member of an archive, of whatever kind of archive: its name, what it is, and its bytes."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Literal

from striate.data.listing import show_name
from striate.errors import DataError

DRIVE = re.compile("^[A-Za-z]:")


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One entry; `target` of a link as it is written, `open` gives the bytes of a file."""

    name: str
    kind: Literal["file", "folder", "link", "hard link", "special"]
    target: str = ""
    open: Callable[[], IO[bytes]] = io.BytesIO


def place_member(name: str, archive: str) -> PurePosixPath:
    """Give the place of a member below the folder that is unpacked to; raises DataError for one that leads out of it.

    >>> place_member("./cat/1.png", "a.tar").parts
    ('cat', '1.png')
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\\\")) or DRIVE.match(name) or ".." in parts or "\0" in name:
        raise DataError(
            "the members of an archive lie below it",
            got=f"{show_name(name)!r} in {archive}",
            fix="do not trust it; unpack it yourself into an empty folder, look, and give the folder",
        )
    return PurePosixPath(*parts)
