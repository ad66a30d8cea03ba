"""Folders of the cache that are filled once: what was unpacked or fetched, kept until there is too much of it."""

import atexit
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from striate.data.cache_folder import STALE, cache_folder
from striate.data.digest import fingerprint
from striate.errors import DataError
from striate.records import Notice, Refusal, from_json, to_json

ARRIVED = "arrived"  # folder below the cache's
RECORD, CONTENT = "arrival.json", "content"
MOST_BYTES = 30 * 10**9  # of all that is kept; the longest unused leave first, never the newest


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """What came of a source: how many files and bytes, and what did not come, or came otherwise."""

    source: str
    files: int
    bytes: int
    refusals: tuple[Refusal, ...] = ()
    notices: tuple[Notice, ...] = ()


def keep(key: tuple[object, ...], fill: Callable[[Path], Arrival]) -> tuple[Path, Arrival]:
    """Give the folder that `fill` has filled for this key, now or before, and its record.

    It appears in one step when it is whole; what is not whole any more is filled anew. Without a cache folder it goes
    when the process ends. Raises DataError where nothing can be written, and what `fill` raises.
    """
    root = cache_folder()
    try:
        if root is None:
            draft = Path(tempfile.mkdtemp(prefix="striate-"))
            atexit.register(shutil.rmtree, draft, ignore_errors=True)
            return draft / CONTENT, _fill(draft, fill)
        entry = root / ARRIVED / fingerprint(*key)[:32]
        known = _read(entry)
        if known is not None:
            os.utime(entry)
            return entry / CONTENT, known
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=root))
        try:
            arrival = _fill(draft, fill)
            _put(draft, entry)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _bound(entry.parent, newest=entry)
    except OSError as error:
        raise DataError(
            "what is unpacked or fetched needs room to be written to",
            got=f"{root or tempfile.gettempdir()}: {error.strerror or error}",
            fix="make room, or set STRIATE_CACHE to another folder",
        ) from error
    return entry / CONTENT, arrival


def measure(folder: Path) -> tuple[int, int]:
    """Count the files, links among them, and the bytes of files below a folder."""
    files = size = 0
    for top, folders, names in os.walk(folder):
        paths = [Path(top, name) for name in (*names, *folders)]
        sizes = [path.lstat().st_size for path in paths[: len(names)]]
        sizes += [path.lstat().st_size for path in paths[len(names) :] if path.is_symlink()]
        files, size = files + len(sizes), size + sum(sizes)
    return files, size


def _fill(draft: Path, fill: Callable[[Path], Arrival]) -> Arrival:
    (draft / CONTENT).mkdir()
    arrival = fill(draft / CONTENT)
    (draft / RECORD).write_text(json.dumps(to_json(arrival)), encoding="utf-8")
    return arrival


def _put(draft: Path, entry: Path) -> None:
    """Move a whole draft to its place; another process may have been there first, with the same."""
    entry.parent.mkdir(exist_ok=True)
    if _read(entry) is None:
        shutil.rmtree(entry, ignore_errors=True)  # of which something is missing
        draft.rename(entry)


def _read(entry: Path) -> Arrival | None:
    """Give the record of a folder that holds what it held when it was filled; None where it does not."""
    try:
        known = from_json(Arrival, json.loads((entry / RECORD).read_text(encoding="utf-8")))
        return known if measure(entry / CONTENT) == (known.files, known.bytes) else None
    except (OSError, ValueError, TypeError):
        return None


def _bound(folder: Path, *, newest: Path) -> None:
    """Remove the longest unused above the limit."""
    entries = sorted((path for path in folder.iterdir() if path != newest), key=_age)
    total = _size(newest)
    for entry in entries:
        total += _size(entry)
        if total > MOST_BYTES and _age(entry) > STALE:  # what is younger may be in use
            shutil.rmtree(entry, ignore_errors=True)


def _size(entry: Path) -> int:
    try:
        return int(json.loads((entry / RECORD).read_text(encoding="utf-8"))["bytes"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime
