"""What lies in a folder: every file below it in order, and what was passed over on the way."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from striate.data.listing import show_name
from striate.records import Refusal

HIDDEN = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "lost+found"})


@dataclass(kw_only=True, slots=True)
class Walk:
    """What a walk through folders met: files and folders in order, names passed over, folders met again or closed."""

    root: Path
    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    prefix: int = field(init=False)  # letters of a path below the root that name the root

    def __post_init__(self) -> None:
        self.prefix = len(str(self.root / "x")) - 1

    def name(self, path: Path) -> str:
        """Give the name that records and people know `path` by: relative to the root, with slashes."""
        return show_name(str(path)[self.prefix :].replace(os.sep, "/"))


def walk(root: Path) -> Walk:
    """Meet all files below `root`, sorted by name, entering no folder twice (links may form circles)."""
    met = Walk(root=root)
    seen: set[tuple[int, int]] = set()
    waiting = [(root, True)]  # last in, first out; no recursion: folders may be deeper than Python's stack
    while waiting:
        path, is_folder = waiting.pop()
        if not is_folder:
            met.files.append(path)
            continue
        try:
            status = path.stat()
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            met.refusals.append(Refusal(name=met.name(path), reason=f"folder cannot be read: {error.strerror}"))
            continue
        if (status.st_dev, status.st_ino) in seen:
            met.twice.append(met.name(path))
            continue
        seen.add((status.st_dev, status.st_ino))
        met.folders.append(path)
        met.hidden += [met.name(path / entry.name) for entry in entries if is_hidden(entry.name)]
        waiting += [(path / entry.name, _leads_in(entry)) for entry in reversed(entries) if not is_hidden(entry.name)]
    return met


def list_files(root: Path) -> tuple[list[Path], list[Refusal]]:
    """Give every visible file below `root` in order, and the folders that cannot be read."""
    met = walk(root)
    return met.files, met.refusals


def subfolders(folder: Path) -> list[Path]:
    """Give the visible folders directly in `folder`, sorted by name; none when it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not is_hidden(path.name))
    except OSError:
        return []


def is_hidden(name: str) -> bool:
    """Tell whether the system keeps a file of this name for itself."""
    return name.startswith(".") or name.lower() in HIDDEN


def _leads_in(entry: "os.DirEntry[str]") -> bool:
    """Tell whether an entry is a folder or leads to one; a link into a circle of links leads nowhere."""
    try:
        return entry.is_dir()
    except OSError:
        return False
