"""Decoded pictures kept on disk, so that a folder is decoded once. Every entry is checked before it is believed."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
import torch
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded, plain_image
from striate.data.decode.faults import is_passing
from striate.data.digest import fingerprint
from striate.data.listing import Listing
from striate.records import Notice, Refusal, from_json, to_json
from striate.runtime.progress import say

DECODER_VERSION = 2  # raise it whenever decoding gives other pixels, facts or reasons
MAX_BYTES = 10_000_000_000  # of all entries together
STALE = 86_400  # seconds after which a half-written entry is rubbish
PICTURES, TABLE = "pictures.npy", "table.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """What an entry holds beside its pixels; `checksum` is the SHA-256 of pictures.npy."""

    checksum: str
    kept: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    digests: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    notices: tuple[Notice, ...]


def cached(listing: Listing, work: Callable[..., Decoded], *, size: int | tuple[int, int] | None = None) -> Decoded:
    """Give what `work(listing, size=size)` gives, from the cache when it was done before on the same files.

    Files are the same when their names, resolved paths, devices, inodes, sizes and times are: that of the content, and
    that of the inode, which no tool sets back (on Windows, that of creation). Nothing is kept when a file was refused
    for a reason that its content does not decide (missing, no permission). The cache is $STRIATE_CACHE, by default
    ~/.cache/striate; "off" disables it. What cannot be written is said in one line and not cached.
    """
    root = cache_folder()
    if root is None:
        return work(listing, size=size)
    entry = root / _key(listing, size)
    known = _read(entry)
    if known is not None:
        return known
    decoded = work(listing, size=size)
    if any(is_passing(refusal.reason) for refusal in decoded.refusals):
        return decoded
    try:
        _write(entry, decoded)
        _bound(root, keep=entry)
    except OSError as error:
        say(f"decoded pictures are not kept: {root}: {error.strerror or error}; set STRIATE_CACHE to another folder")
        return decoded
    return _read(entry) or decoded


def cache_folder() -> Path | None:
    """Tell where decoded pictures are kept; None when that is switched off."""
    value = os.environ.get("STRIATE_CACHE", "")
    if value.lower() == "off":
        return None
    return Path(value).expanduser() if value else Path.home() / ".cache" / "striate"


def _key(listing: Listing, size: int | tuple[int, int] | None) -> str:
    files = [(name, *_stamp(path)) for name, path in zip(listing.names, listing.paths, strict=True)]
    return fingerprint(DECODER_VERSION, PIL.__version__, str(torch.__version__), size, files)


def _stamp(path: Path) -> tuple[str | int, ...]:
    """Give what tells this file from every other one, and from itself after a change; () when it is not there."""
    try:
        status = path.stat()
        place = os.path.realpath(path)
    except (OSError, ValueError):
        return ()
    return place, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _read(entry: Path) -> Decoded | None:
    """Read an entry, its pictures as a read-only memory map; None when it is absent or damaged in any way."""
    try:
        document = json.loads((entry / TABLE).read_text("utf-8"))
        table = from_json(_Table, document["table"])
        with (entry / PICTURES).open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != table.checksum:
                return None
        if document["checksum"] != fingerprint(document["table"]):
            return None
        pictures: NDArray[np.uint8] = np.load(entry / PICTURES, mmap_mode="r", allow_pickle=False)
        os.utime(entry)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return Decoded(
        kept=np.array(table.kept, np.int64),
        inputs=pictures,
        spec=plain_image(pictures),
        sizes=np.array(table.sizes, np.int32).reshape(-1, 2),
        digests=table.digests,
        refusals=table.refusals,
        notices=table.notices,
    )


def _write(entry: Path, decoded: Decoded) -> None:
    """Write an entry in one step: all in a temporary folder, synced to disk, then renamed."""
    entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=entry.parent))
    try:
        with (draft / PICTURES).open("w+b") as stream:
            np.save(stream, decoded.inputs, allow_pickle=False)
            stream.flush()
            os.fsync(stream.fileno())
            stream.seek(0)
            checksum = hashlib.file_digest(stream, "sha256").hexdigest()
        with (draft / TABLE).open("w", encoding="utf-8") as text:
            table = to_json(_table(decoded, checksum))
            json.dump({"checksum": fingerprint(table), "table": table}, text)
            text.flush()
            os.fsync(text.fileno())
        shutil.rmtree(entry, ignore_errors=True)  # a damaged one
        draft.rename(entry)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _table(decoded: Decoded, checksum: str) -> _Table:
    return _Table(
        checksum=checksum,
        kept=tuple(decoded.kept.tolist()),
        sizes=tuple((height, width) for height, width in decoded.sizes.tolist()),
        digests=decoded.digests,
        refusals=decoded.refusals,
        notices=decoded.notices,
    )


def _bound(root: Path, *, keep: Path) -> None:
    """Remove half-written entries of yesterday, and the longest unused ones above the limit."""
    entries = sorted((path for path in root.iterdir() if (path / TABLE).is_file()), key=_age, reverse=True)
    for draft in root.glob("draft-*"):
        if _age(draft) > STALE:
            shutil.rmtree(draft, ignore_errors=True)
    total = sum(_bytes(path) for path in entries)
    for path in entries:
        if total <= MAX_BYTES:
            return
        if path != keep:
            total -= _bytes(path)
            shutil.rmtree(path, ignore_errors=True)


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _bytes(entry: Path) -> int:
    return sum(path.stat().st_size for path in entry.iterdir())
