"""A folder of class folders: which files there are, and what the folders' names say about class and split."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from striate.data.listing import SPLIT_WORDS, TRAIN, Listing, encode_labels, note, order_classes, read_splits, show_name
from striate.errors import DataError
from striate.records import Refusal

HIDDEN = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "lost+found"})


@dataclass(kw_only=True, slots=True)
class _Walk:
    """What a walk through folders met: files in order, names passed over, folders met a second time or closed."""

    files: list[Path] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)


def list_folders(root: Path) -> Listing:
    """List the pictures in `root`/[split/]class/.../file; the class is the first folder below root or split.

    Top folders count as splits when all of them carry split names (train, val, test, ...), or when train and another
    split are among them and train holds folders. Hidden files (.DS_Store, Thumbs.db, ...) are not examples and not
    counted; files outside of a class folder are refused; class folders without any file are left out and noted.
    Raises DataError when nothing is found.
    """
    walk = _Walk()
    _walk(root, root, walk)
    depth = 2 if _has_split_folders(root) else 1  # folders that carry meaning
    parts = [path.relative_to(root).parts for path in walk.files]
    inside = [i for i, names in enumerate(parts) if len(names) > depth and _is_split(names[0], depth)]
    outside = sorted(set(range(len(parts))) - set(inside))
    _expect_some(root, inside, walk)
    labels = [show_name(parts[i][depth - 1]) for i in inside]
    classes = order_classes(labels)
    refusals = [Refusal(name=_name(walk.files[i], root), reason="stands outside of any class folder") for i in outside]
    return Listing(
        source=show_name(str(root)),
        format="folders",
        classes=classes,
        names=tuple(_name(walk.files[i], root) for i in inside),
        targets=encode_labels(labels, classes),
        splits=read_splits([parts[i][0] if depth == 2 else "" for i in inside]),
        found=len(walk.files) + len(walk.refusals),
        paths=tuple(walk.files[i] for i in inside),
        refusals=(*walk.refusals, *refusals),
        notices=(
            *note("hidden files passed over, not counted as found", walk.hidden),
            *note("folders linked a second time, read once", walk.twice),
            *note("class folders without any file, left out", _empty(root, depth, {names[:depth] for names in parts})),
        ),
    )


def list_files(root: Path) -> tuple[list[Path], list[Refusal]]:
    """Give every visible file below `root` in order, and the folders that cannot be read."""
    walk = _Walk()
    _walk(root, root, walk)
    return walk.files, walk.refusals


def is_hidden(name: str) -> bool:
    """Tell whether the system keeps a file of this name for itself."""
    return name.startswith(".") or name.lower() in HIDDEN


def subfolders(folder: Path) -> list[Path]:
    """Give the visible folders directly in `folder`, sorted by name; none when it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not is_hidden(path.name))
    except OSError:
        return []


def _walk(folder: Path, root: Path, walk: _Walk) -> None:
    """Add all files below `folder` to `walk`, sorted by name, entering no folder twice (links may form circles)."""
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        walk.refusals.append(Refusal(name=_name(folder, root), reason=f"folder cannot be read: {error.strerror}"))
        return
    if (status.st_dev, status.st_ino) in walk.seen:
        walk.twice.append(_name(folder, root))
        return
    walk.seen.add((status.st_dev, status.st_ino))
    for entry in entries:
        if is_hidden(entry.name):
            walk.hidden.append(_name(folder / entry.name, root))
        elif _is_folder(entry):
            _walk(folder / entry.name, root, walk)
        else:
            walk.files.append(folder / entry.name)


def _name(path: Path, root: Path) -> str:
    """Give the name that records and people know `path` by: relative to `root`, with slashes."""
    return show_name(path.relative_to(root).as_posix())


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Tell whether an entry is a folder or leads to one; a link into a circle of links leads nowhere."""
    try:
        return stat.S_ISDIR(entry.stat().st_mode)
    except OSError:
        return False


def _has_split_folders(root: Path) -> bool:
    """Tell whether the top folders are splits, as `list_folders` defines it."""
    words = {path.name.lower(): path for path in subfolders(root)}
    roles = {SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS}
    if TRAIN not in roles:
        return False
    holds_folders = any(subfolders(path) for word, path in words.items() if SPLIT_WORDS.get(word) == TRAIN)
    return holds_folders and (len(roles) > 1 or all(word in SPLIT_WORDS for word in words))


def _is_split(name: str, depth: int) -> bool:
    return depth == 1 or name.lower() in SPLIT_WORDS


def _empty(root: Path, depth: int, filled: set[tuple[str, ...]]) -> Iterator[str]:
    """Name the class folders that hold no file at all; `filled` are the parts of those that do."""
    tops = [root] if depth == 1 else [path for path in subfolders(root) if path.name.lower() in SPLIT_WORDS]
    for top in tops:
        for folder in subfolders(top):
            if folder.relative_to(root).parts not in filled:
                yield _name(folder, root)


def _expect_some(root: Path, inside: list[int], walk: _Walk) -> None:
    if inside:
        return
    loose = f"{len(walk.files)} files, none of them in a class folder" if walk.files else "an empty folder"
    raise DataError(
        "a folder of pictures holds one folder a class, with that class's pictures in it",
        got=f"{root}: {loose}",
        fix="sort the pictures into folders named after their classes, or give a CSV with path and label",
    )
