"""Where data lies, looked at once: a file or a folder with all its files, for every format that wants to know it."""

import os
from collections import Counter
from functools import cached_property
from pathlib import Path

from striate.data.content import guess_content, sniff_content
from striate.data.layout import Layout, read_layout
from striate.data.walk import Walk, walk
from striate.kinds import Modality
from striate.records import Notice, Refusal

HEAD = 4096  # bytes of a file that tell its format
SNIFFED = 64  # files that are opened to see what most of them hold, where no name tells


class Place:
    """A path that exists; what is below it is listed when it is first asked for.

    `source` is what its owner calls it (an archive, an address), by default the path; `is_foreign` tells that it came
    from elsewhere, so that what it names outside of itself is not to be read; `refusals` and `notices` are of what
    happened on the way here, such as members of an archive that were not unpacked.
    """

    def __init__(
        self,
        path: Path,
        *,
        source: str = "",
        is_foreign: bool = False,
        refusals: tuple[Refusal, ...] = (),
        notices: tuple[Notice, ...] = (),
    ) -> None:
        self.path, self.source, self.is_foreign = path, source or str(path), is_foreign
        self.refusals, self.notices = refusals, notices

    def holds(self, path: Path) -> bool:
        """Tell whether a path lies in this place, by its names alone."""
        return Path(os.path.normpath(path)).is_relative_to(self.path if self.is_folder else self.path.parent)

    @cached_property
    def is_folder(self) -> bool:
        """Tell whether this is a folder, rather than a file."""
        return self.path.is_dir()

    @cached_property
    def walk(self) -> Walk:
        """What a walk through the folder met: files, hidden ones, folders that are closed."""
        return walk(self.path)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every visible file below a folder, in order, or the file itself; as paths that can be opened."""
        return tuple(self.walk.files) if self.is_folder else (self.path,)

    @cached_property
    def layout(self) -> Layout:
        """What the names of the folders say about class and split."""
        return read_layout(self.walk)

    @cached_property
    def modality(self) -> Modality | None:
        """What most of the files hold: by the endings of their names, else by first bytes; None: of no known kind."""
        known = Counter(kind for file in self.files if (kind := guess_content(file)))
        if not known:
            starts = (read_head(file, 16) for file in self.files[:SNIFFED])
            known = Counter(kind for start in starts if (kind := sniff_content(start)))
        return known.most_common(1)[0][0] if known else None

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(file.name.lower() for file in self.files)

    def ending(self, *endings: str) -> tuple[Path, ...]:
        """Give the files whose names end in one of these words, such as ".json", in any case."""
        return tuple(file for file, name in zip(self.files, self._names, strict=True) if name.endswith(endings))


def read_head(file: Path, size: int = HEAD) -> bytes:
    """Give the first bytes of a file; none where it is no regular file, or cannot be read."""
    try:
        if not file.is_file():  # a pipe would wait for ever
            return b""
        with file.open("rb") as stream:
            return stream.read(size)
    except OSError:
        return b""
