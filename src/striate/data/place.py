"""Where data lies, looked at once: a file or a folder with all its files, for every format that wants to know it."""

from functools import cached_property
from pathlib import Path

from striate.data.sources.folders import list_files

HEAD = 4096  # bytes of a file that tell its format


class Place:
    """A path that exists; what is below it is listed when it is first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every visible file below a folder, in order, or the file itself; as paths that can be opened."""
        return tuple(list_files(self.path)[0]) if self.path.is_dir() else (self.path,)

    def ending(self, *endings: str) -> tuple[Path, ...]:
        """Give the files whose names end in one of these words, such as ".json", in any case."""
        return tuple(file for file in self.files if file.name.lower().endswith(endings))


def read_head(file: Path, size: int = HEAD) -> bytes:
    """Give the first bytes of a file; none where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(size)
    except OSError:
        return b""
