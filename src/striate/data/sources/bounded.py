"""Files that describe data, read whole: only regular ones, and only up to a size."""

from pathlib import Path

MIB = 2**20


def read_bounded(file: Path, limit: int) -> bytes:
    """Read a file of at most `limit` bytes; raises OSError, or ValueError for a larger one and for what is no file."""
    if not file.is_file():  # a pipe would wait for ever
        raise ValueError("is no regular file")
    size = file.stat().st_size
    if size > limit:
        raise ValueError(f"{size / MIB:,.0f} MiB, over the limit of {limit / MIB:,.0f}")
    return file.read_bytes()


def read_lines(file: Path, limit: int = 16 * MIB) -> list[str]:
    """Read the lines of a text that hold anything, without spaces at their ends; what is no UTF-8 counts as Latin-1.

    Raises OSError, or ValueError for one that is too large.
    """
    content = read_bounded(file, limit)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return [line.strip() for line in text.splitlines() if line.strip()]
