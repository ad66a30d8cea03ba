"""One entry of the cache: a folder with the decoded arrays as .npy files and a table of all else, checked when read.

Arrays are believed while their files are what was written, by inode, size and times; else their SHA-256 decides.
"""

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.cache_folder import DRAFT, TABLE, make_draft, remove
from striate.data.decode.decoded import Decoded
from striate.data.digest import fingerprint
from striate.data.room import find_draft
from striate.records import InputSpec, Notice, Refusal, from_json, to_json
from striate.runtime.files import write_atomically

INPUTS, TARGETS, STAMPS = "inputs.npy", "targets.npy", "stamps.json"
TRIES = 3  # to put an entry in its place while other processes do the same


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """What an entry holds beside its arrays; `checksums` are the SHA-256 of these by file name."""

    source: str
    checksums: dict[str, str]
    spec: InputSpec
    kept: tuple[int, ...]
    sizes: tuple[tuple[int, ...], ...]
    digests: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    notices: tuple[Notice, ...]


def read_entry(entry: Path) -> Decoded | None:
    """Read an entry, its arrays as read-only memory maps; None when it is absent or damaged in any way."""
    table = read_table(entry)
    if table is None:
        return None
    try:
        if not _is_sound(entry, table):
            return None
        arrays = {name: np.load(entry / name, mmap_mode="r", allow_pickle=False) for name in table.checksums}
        os.utime(entry)
    except (OSError, ValueError):
        return None
    return Decoded(
        kept=np.array(table.kept, np.int64),
        inputs=arrays[INPUTS],
        targets=arrays.get(TARGETS),
        spec=table.spec,
        sizes=np.array(table.sizes, np.int32).reshape(len(table.kept), -1 if table.kept else 0),
        digests=table.digests,
        refusals=table.refusals,
        notices=table.notices,
    )


def read_table(entry: Path) -> Table | None:
    """Read the table of an entry; None when it is absent or damaged."""
    try:
        document = json.loads((entry / TABLE).read_text("utf-8"))
        table = from_json(Table, document["table"])
        sound = document["checksum"] == fingerprint(document["table"]) and INPUTS in table.checksums
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return table if sound and set(table.checksums) <= {INPUTS, TARGETS} else None


def write_entry(entry: Path, decoded: Decoded, *, source: str) -> None:
    """Write an entry in one step: all in a folder of its own, synced to disk, then renamed; raises OSError.

    Arrays that lie in the cache folder already, made by a Room, are moved into the entry, not copied.
    """
    draft = make_draft(entry.parent)
    arrays = {INPUTS: decoded.inputs} | ({} if decoded.targets is None else {TARGETS: decoded.targets})
    try:
        for name, array in arrays.items():
            _save(array, draft / name)
        table = _table(decoded, source, {name: _checksum(draft / name) for name in arrays})
        written = to_json(table)
        with (draft / TABLE).open("w", encoding="utf-8") as text:
            json.dump({"checksum": fingerprint(written), "table": written}, text)
            text.flush()
            os.fsync(text.fileno())
        _stamp_all(draft, table)
        _put(draft, entry)
    finally:
        remove(draft)


def stamp(path: Path) -> tuple[str | int, ...]:
    """Give what tells this file from every other one, and from itself after a change; () when it is not there."""
    try:
        status = path.stat()
        place = os.path.realpath(path)
    except (OSError, ValueError):
        return ()
    return place, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_sound(entry: Path, table: Table) -> bool:
    """Tell whether the arrays are those that were written; those that look otherwise are read in full, once."""
    try:
        if json.loads((entry / STAMPS).read_text("utf-8")) == _stamps(entry, table):
            return True
    except (OSError, ValueError, RecursionError):
        pass  # as good as no stamp
    if any(_checksum(entry / name) != checksum for name, checksum in table.checksums.items()):
        return False
    with contextlib.suppress(OSError):  # a cache that is read-only is checked each time
        _stamp_all(entry, table)
    return True


def _stamp_all(entry: Path, table: Table) -> None:
    write_atomically(entry / STAMPS, json.dumps(_stamps(entry, table)))


def _stamps(entry: Path, table: Table) -> dict[str, list[str | int]]:
    return {name: list(stamp(entry / name)[2:]) for name in table.checksums}  # the entry itself is renamed


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _save(array: NDArray[Any], file: Path) -> None:
    made = find_draft(array, file.parent.parent)
    if made is None or not _move(made, file):
        np.save(file, array, allow_pickle=False)
    with file.open("r+b") as stream:
        os.fsync(stream.fileno())


def _move(made: Path, file: Path) -> bool:
    """Rename a file, and tell whether that was possible: Windows refuses while it is mapped."""
    try:
        made.replace(file)
    except OSError:
        return False
    return True


def _put(draft: Path, entry: Path) -> None:
    """Rename a finished draft to its entry; who was there before is damaged, or another process's equal work."""
    for _ in range(TRIES):
        try:
            draft.rename(entry)
            return
        except OSError:
            if not entry.is_dir():
                raise
        if read_entry(entry) is not None:
            return
        with contextlib.suppress(OSError):
            old = entry.rename(entry.with_name(f"{DRAFT}{draft.name}"))
            remove(old)


def _table(decoded: Decoded, source: str, checksums: dict[str, str]) -> Table:
    return Table(
        source=source,
        checksums=checksums,
        spec=decoded.spec,
        kept=tuple(decoded.kept.tolist()),
        sizes=tuple(map(tuple, decoded.sizes.tolist())),
        digests=decoded.digests,
        refusals=decoded.refusals,
        notices=decoded.notices,
    )
