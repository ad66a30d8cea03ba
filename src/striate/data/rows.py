"""Rows of text on disk as CSV, all or nothing."""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path


def write_rows(path: str | os.PathLike[str], rows: Iterable[Iterable[object]]) -> None:
    """Write `rows` to `path` as CSV (UTF-8): into a temporary file beside it, synced, then renamed. Raises OSError."""
    target = Path(path)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(text.getvalue())
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
