"""Decoded data kept on disk, so that files are decoded once. Every entry is checked before it is believed."""

import dataclasses
import datetime
import hashlib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from striate.data.cache_entry import read_entry, read_table, stamp, write_entry
from striate.data.cache_folder import bound, cache_folder, cache_limit, idle, list_entries, remove, size
from striate.data.decode.decoded import Decoded
from striate.data.decode.faults import is_passing
from striate.data.digest import fingerprint
from striate.data.listing import Listing
from striate.records import CacheContents, CachedData
from striate.runtime.progress import say

DECODER_VERSION = 3  # raise it whenever decoding gives other values, facts or reasons
LIBRARIES = ("pillow", "torch", "soundfile", "scipy", "av")  # that decide what comes out, as far as they are there
FITTED = ("detection", "segmentation")  # tasks whose targets are fitted with their pictures

__all__ = ["cache_folder", "cached", "clear_cache", "show_cache"]


def cached(listing: Listing, work: Callable[..., Decoded], **choices: object) -> Decoded:
    """Give what `work(listing, **choices)` gives, from the cache when it was done before on the same files.

    Files are the same when their names, resolved paths, devices, inodes, sizes and times are: that of the content, and
    that of the inode, which no tool sets back (on Windows, that of creation); `choices` are the size, rate and so on
    that `work` decodes to, records or plain values. Targets count where they are fitted with their pictures. Work that
    fills a `Room` needs no memory for what it decodes. Nothing is kept when a file was refused for a reason that its
    content does not decide (missing, no permission), or where there are no files. The cache is $STRIATE_CACHE, by
    default ~/.cache/striate; "off" disables it. What cannot be written is said in one line and not cached.
    """
    root, limit = cache_folder(), cache_limit()
    if root is None or not listing.paths:
        return work(listing, **choices)
    entry = root / _key(listing, work, choices)
    known = read_entry(entry)
    if known is not None:
        return known
    decoded = work(listing, **choices)
    if any(is_passing(refusal.reason) for refusal in decoded.refusals):
        return decoded
    try:
        write_entry(entry, decoded, source=listing.source)
        bound(root, keep=entry)
    except OSError as error:
        say(f"decoded data is not kept: {root}: {error.strerror or error}; set STRIATE_CACHE to another folder")
        return decoded
    if (taken := size(entry)) > limit:
        what = f"{listing.source} takes {taken:,} bytes in the cache, over its limit of {limit:,}"
        say(f"{what}: it leaves when other data comes; raise STRIATE_CACHE_LIMIT to keep it")
    return read_entry(entry) or decoded


def show_cache() -> CacheContents:
    """Tell what is kept, the last used first; damaged entries, which the next use makes anew, are left out."""
    root = cache_folder()
    entries = tuple(item for path in (list_entries(root) if root else []) for item in _describe(path))
    return CacheContents(
        folder=str(root or ""),
        entries=entries,
        bytes=sum(entry.bytes for entry in entries),
        limit=cache_limit(),
    )


def clear_cache() -> CacheContents:
    """Remove everything that was decoded, and tell what it was; choices that were measured stay."""
    contents, root = show_cache(), cache_folder()
    for path in () if root is None else (*list_entries(root), *root.glob("draft-*")):
        remove(path)
    return contents


def _describe(entry: Path) -> Iterator[CachedData]:
    table = read_table(entry)
    if table is not None:
        used = datetime.datetime.now().astimezone() - datetime.timedelta(seconds=idle(entry))
        yield CachedData(
            source=table.source,
            modality=table.spec.modality,
            shape=table.spec.shape,
            examples=len(table.kept),
            bytes=size(entry),
            used=used.isoformat(timespec="seconds"),
        )


def _key(listing: Listing, work: Callable[..., Decoded], choices: Mapping[str, object]) -> str:
    files = [(name, *stamp(path)) for name, path in zip(listing.names, listing.paths, strict=True)]
    made_by = [DECODER_VERSION, *map(_version, LIBRARIES)]
    targets = _spell(listing.targets) if listing.task in FITTED else ""
    what = (
        listing.modality,
        getattr(work, "__name__", ""),
        sorted((name, _spell(choice)) for name, choice in choices.items()),
    )
    return fingerprint(made_by, what, targets, files)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _spell(value: object) -> str:
    """Give a text that changes whenever a value does, or the file that it is a path to.

    `repr` alone would leave out what lies in the middle of a long array, and say nothing of a file's content.
    """
    match value:
        case np.ndarray():
            return f"{value.dtype} {value.shape} {fingerprint(np.ascontiguousarray(value))}"
        case Path():
            return repr(stamp(value))
        case tuple() | list():
            total = hashlib.sha256()
            for item in value:
                total.update(_spell(item).encode("utf-8", "backslashreplace") + b"\0")
            return f"{len(value)} {total.hexdigest()}"
        case dict():
            return _spell([*value.items()])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _spell([type(value).__name__, *(getattr(value, field.name) for field in dataclasses.fields(value))])
    return repr(value)
