"""Routes that were measured before on this machine, in one small file of the cache folder."""

import json
from dataclasses import dataclass
from pathlib import Path

from striate.data.cache import cache_folder
from striate.records import JSON, from_json, to_json
from striate.runtime.files import write_atomically

MOST = 500  # routes kept; the oldest leave


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A route that won: `seconds` a step of `n` pictures, and how many times as fast as PyTorch's default."""

    route: str
    seconds: float
    n: int
    factor: float


def recall(key: str) -> Measured | None:
    """Give what was measured under this key, None where nothing was, or the file cannot be read."""
    try:
        return from_json(Measured, _read()[key])
    except (KeyError, TypeError):
        return None


def remember(key: str, measured: Measured) -> None:
    """Keep what was measured for the next command; without a cache folder that can be written, nothing is kept."""
    path = _path()
    if path is None:
        return
    known = _read()
    known.pop(key, None)
    kept = [*known.items(), (key, to_json(measured))][-MOST:]
    try:
        write_atomically(path, json.dumps(dict(kept), indent=1))
    except OSError:
        return


def _path() -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / "routes.json"


def _read() -> dict[str, JSON]:
    path = _path()
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
