"""Choices that were measured once, kept in small JSON files of the cache folder; what is damaged counts as none."""

import json

from striate.data.cache import cache_folder
from striate.records import JSON
from striate.runtime.files import write_atomically

MOST = 500  # entries of a file; the oldest leave
LARGEST = 10_000_000  # bytes of a file that is read


def recall(file: str, key: str) -> JSON:
    """Give what is kept under a key of a file, None where nothing is."""
    return _read(file).get(key)


def remember(file: str, key: str, value: JSON) -> None:
    """Keep a value for later processes; a cache folder that is switched off or cannot be written keeps none."""
    folder = cache_folder()
    if folder is None:
        return
    kept = _read(file)
    kept.pop(key, None)
    entries = dict([*kept.items(), (key, value)][-MOST:])
    try:
        write_atomically(folder / file, json.dumps(entries, indent=1, allow_nan=False) + "\n")
    except OSError:
        return  # a later process measures again; the decoding cache has told of the folder


def _read(file: str) -> dict[str, JSON]:
    folder = cache_folder()
    if folder is None:
        return {}
    try:
        path = folder / file
        found = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= LARGEST else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
