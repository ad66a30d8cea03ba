"""Routes that were measured before on this machine, in one small file of the cache folder."""

from dataclasses import dataclass

from striate.data import memo
from striate.records import from_json, to_json

FILE = "routes.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A route that won: `seconds` a step of `n` pictures, and how many times as fast as PyTorch's default."""

    route: str
    seconds: float
    n: int
    factor: float


def recall(key: str) -> Measured | None:
    """Give what was measured under this key, None where nothing was, or what is there cannot be read."""
    kept = memo.recall(FILE, key)
    try:
        return from_json(Measured, kept) if kept is not None else None
    except TypeError:
        return None


def remember(key: str, measured: Measured) -> None:
    """Keep what was measured for the next command."""
    memo.remember(FILE, key, to_json(measured))
