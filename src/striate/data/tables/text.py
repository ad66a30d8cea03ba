"""The text of a table's file: whole, or its first whole lines, which are enough to tell what it is."""

from pathlib import Path

from striate.errors import DataError


def read_text(file: Path, most: int | None) -> str:
    """Give the text of a UTF-8 file, or the whole lines within its first `most` bytes; raises DataError."""
    try:
        with file.open("rb") as stream:
            content = stream.read() if most is None else stream.read(most)
        if most is not None and len(content) == most:
            content = content[: content.rfind(b"\n") + 1]
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "a table is UTF-8 text with one row a line", got=f"{file}: {error}", fix="save it anew as UTF-8"
        ) from error
