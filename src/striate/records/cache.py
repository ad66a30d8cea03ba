"""Records of the cache: which decoded data is kept, and how much room it takes."""

from dataclasses import dataclass

from striate.kinds import Modality


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedData:
    """A source that was decoded once, to inputs of this shape: how many examples, how many bytes, when last used."""

    source: str
    modality: Modality
    shape: tuple[int, ...]
    examples: int
    bytes: int
    used: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CacheContents:
    """What the cache folder holds ("": switched off), the last used first, and how many bytes it may hold."""

    folder: str
    entries: tuple[CachedData, ...]
    bytes: int
    limit: int
