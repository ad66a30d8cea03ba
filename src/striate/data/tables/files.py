"""Where the files are that a table names: counted from its own folder, or from one folder in it; with their endings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from striate.data.walk import subfolders

ADDED = (".jpg", ".png", ".jpeg", ".tif", ".wav", ".mp3", ".mp4")  # to names without an ending
MOST_FOLDERS = 50  # beside the table that are looked into
TRIED = 20  # names that are looked for there


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """From a name in a table to a file: the folder to go into from the table's, "" for none, and the ending to add."""

    into: str = ""
    ending: str = ""

    def follow(self, folder: Path, name: str) -> Path:
        """Give the path that a name stands for; it need not exist."""
        return folder / self.into / f"{name.strip()}{self.ending}"


def find_way(folder: Path, names: Sequence[str]) -> Way | None:
    """Find the way on which files of these names lie, the shortest first; None where no name is a file on any."""
    there = [name for name in names if name.strip()]
    if any(is_file(folder / name.strip()) for name in there):
        return Way()
    tried = there[:TRIED]
    endings = ("",) if all(Path(name).suffix for name in tried) else ("", *ADDED)
    ways = (
        Way(into=into, ending=ending)
        for into in ("", *(path.name for path in subfolders(folder)[:MOST_FOLDERS]))
        for ending in endings
    )
    return next((way for way in ways if any(is_file(way.follow(folder, name)) for name in tried)), None)


def is_file(path: Path) -> bool:
    """Tell whether a path is a file; one that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False
