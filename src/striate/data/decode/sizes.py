"""How large pictures are, by their headers alone: what coordinates in annotations are measured against."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from striate.data.decode.picture import Header, read_header
from striate.data.decode.quiet import quiet
from striate.runtime.progress import track

THREADS = 2


def read_sizes(paths: Sequence[Path], names: Sequence[str]) -> list[tuple[int, int] | None]:
    """Give the upright (height, width) of each picture, None of those that cannot be read; `names` as in a listing."""
    with quiet(), ThreadPoolExecutor(THREADS) as pool:
        headers = list(track(pool.map(read_header, paths, names), "reading sizes", total=len(paths)))
    return [header.size if isinstance(header, Header) else None for header in headers]
