"""Lists of names beside the data that say which split each file is of: test.txt, testing_list.txt, ImageSets/val.txt.

Many published sets tell their splits so. A text file counts as such a list when its name says a split and most of its
lines name files that are there; where training is not listed, it is all the rest.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from striate.data.listing import TRAIN, Listing, note, read_splits, show_name, split_role
from striate.data.walk import Walk
from striate.errors import DataError
from striate.records import Refusal

ENDINGS = (".txt", ".lst", ".list")
WORDLESS = re.compile(r"list|lists|files?|names?|split|fold|[0-9]+")  # of a list's name, beside the split's word
LARGEST = 100_000_000  # bytes of a list


def follow_lists(listing: Listing, met: Walk) -> Listing:
    """Split the examples of a folder by the lists in it, where there are any; the lists themselves are no examples.

    What a list names and is not there is refused, and so are files in no list where training is listed. Raises
    DataError for a file that two lists give to different splits.
    """
    lists = _find_lists(listing, met)
    if not lists:
        return listing
    keys = _keys(listing.names)
    splits: dict[int, str] = {}
    missing = []
    for file, lines in lists.items():
        for line in lines:
            at = _find(line, keys)
            if at is None:
                missing.append(Refusal(name=show_name(line), reason=f"is named in {met.name(file)}, but is not there"))
            elif splits.setdefault(at, _role(file)) != _role(file):
                raise _disputed(listing.names[at], splits[at], met.name(file), _role(file))
    return _apply(listing, splits, tuple(missing), tuple(met.name(file) for file in lists))


def _apply(
    listing: Listing, splits: Mapping[int, str], missing: tuple[Refusal, ...], lists: tuple[str, ...]
) -> Listing:
    """Give the listing with the splits that lists gave to the examples by their places."""
    told = ", ".join(f"{n:,} {role}" for role, n in Counter(splits.values()).items())
    notices = note(f"lists of splits followed: {told}", lists)
    others = [at for at in range(len(listing.names)) if at not in splits]
    refusals = [refusal for refusal in listing.refusals if refusal.name not in lists]
    lists_found = len(listing.refusals) - len(refusals)
    kept = list(range(len(listing.names)))
    if TRAIN in splits.values():
        kept = sorted(splits)
        refusals += [Refusal(name=listing.names[at], reason="stands in no list of a split") for at in others]
    else:
        notices += note("named in no list of a split, taken for training", [listing.names[at] for at in others])
    return dataclasses.replace(
        choose_rows(listing, kept),
        splits=read_splits([splits.get(at, TRAIN) for at in kept]),
        found=listing.found - lists_found + len(missing),
        refusals=(*refusals, *missing),
        notices=(*listing.notices, *notices),
    )


def choose_rows(listing: Listing, kept: Sequence[int]) -> Listing:
    """Give the listing of some of its examples, each with all that belongs to it."""

    def choose(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(values[at] for at in kept) if values else ()

    if len(kept) == len(listing.names):
        return listing
    targets: Any = listing.targets
    return dataclasses.replace(
        listing,
        names=choose(listing.names),
        targets=tuple(targets[at] for at in kept) if isinstance(targets, tuple) else targets[list(kept)],
        splits=listing.splits[list(kept)],
        paths=tuple(listing.paths[at] for at in kept) if listing.paths else (),
        contents=[listing.contents[at] for at in kept] if len(listing.contents) else (),
        groups=choose(listing.groups),
    )


def _find_lists(listing: Listing, met: Walk) -> dict[Path, list[str]]:
    """Give the lines of each list: of a text file that is no example, and most of whose lines name one."""
    examples, keys = set(listing.paths), _keys(listing.names)
    found = {}
    for file in met.files:
        if file not in examples and _role(file):
            lines = list(_read(file))
            if 2 * sum(_find(line, keys) is not None for line in lines) > len(lines):
                found[file] = lines
    return found


def _role(file: Path) -> str:
    """Give the split that the name of a list says, "" where it says none.

    >>> _role(Path("testing_list.txt")), _role(Path("ImageSets/Main/val.txt")), _role(Path("readme.txt"))
    ('test', 'validation', '')
    """
    if file.suffix.lower() not in ENDINGS:
        return ""
    parts = [part for part in re.split(r"[_\-. ]+", file.stem.lower()) if part and not WORDLESS.fullmatch(part)]
    return split_role("_".join(parts)) if parts else ""


def _read(file: Path) -> Iterator[str]:
    """Give the lines of a list that say anything; none where it cannot be read."""
    try:
        if not file.is_file() or file.stat().st_size > LARGEST:
            return
        text = file.read_text("utf-8-sig", errors="surrogateescape")
    except OSError:
        return
    yield from (line.strip() for line in text.splitlines() if line.strip())


def _keys(names: Sequence[str]) -> dict[str, int]:
    """Give every way to name an example that names only this one: its path or the end of it, with and without ending.

    A way that names several leads to -1.
    """
    keys: dict[str, int] = {}
    for at, name in enumerate(names):
        path = PurePosixPath(name)
        for one in (path, path.with_suffix("")):
            for start in range(len(one.parts)):
                key = "/".join(one.parts[start:])
                keys[key] = at if keys.get(key, at) == at else -1
    return keys


def _find(line: str, keys: Mapping[str, int]) -> int | None:
    """Find what a line names: as a whole, or by its first word where a label follows; folders before it may lack."""
    for word in dict.fromkeys((line, line.split()[0], line.split(",")[0])):
        parts = show_name(word).replace("\\", "/").removeprefix("./").split("/")
        for start in range(len(parts)):
            at = keys.get("/".join(parts[start:]), -1)
            if at >= 0:
                return at
    return None


def _disputed(name: str, first: str, file: str, second: str) -> DataError:
    return DataError(
        "lists of splits name each file for one split",
        got=f"{name} for {first} and, in {file}, for {second}",
        fix="take it out of one of them",
    )
