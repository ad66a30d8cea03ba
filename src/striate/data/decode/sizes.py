"""How large pictures are, by their headers alone: what coordinates in annotations are measured against."""

from collections.abc import Sequence
from pathlib import Path

from striate.data.decode.in_order import in_order
from striate.data.decode.picture import Header, read_header
from striate.data.decode.quiet import quiet


def read_sizes(paths: Sequence[Path], names: Sequence[str]) -> list[tuple[int, int] | None]:
    """Give the upright (height, width) of each picture, None of those that cannot be read; `names` as in a listing."""
    with quiet():
        headers = list(in_order(lambda i: read_header(paths[i], names[i]), range(len(paths)), "reading sizes"))
    return [header.size if isinstance(header, Header) else None for header in headers]
