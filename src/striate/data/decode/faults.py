"""Why a file cannot be used: what went wrong while it was opened, in words for its owner."""

import os
import re
from pathlib import Path

from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 178_956_970  # of one picture; the size at which Pillow, too, refuses
MAGICS = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"BM": "BMP",
    b"RIFF": "WEBP",
    b"\0\0\0\x0cjP": "JPEG2000",
}
NO_PICTURE = "is no picture of a known format"
MISSING, LOST, CLOSED = "is missing", "is a link to nothing", "cannot be read: "


class RefusedError(Exception):
    """A picture that is readable and yet not used; the text is the reason."""


def say_bomb(declared: str) -> str:
    """Say that a picture declares too many pixels."""
    return f"declares {declared} pixels, over the limit of {MAX_PIXELS:,}"


def is_passing(reason: str) -> bool:
    """Tell whether `reason` may pass without a change to the file: its disk is back, permission is given.

    >>> is_passing("cannot be read: permission denied"), is_passing("is empty (0 bytes)")
    (True, False)
    """
    return reason in (MISSING, LOST) or reason.startswith(CLOSED)


def say_why(error: Exception, file: Path) -> str:
    """Say in words why a file is refused."""
    match error:
        case RefusedError():
            return str(error)
        case UnidentifiedImageError():
            return _unidentified(file)
        case Image.DecompressionBombError():
            return say_bomb("".join(re.findall(r"\((\d+) pixels", str(error))) or "too many")
        case FileNotFoundError():
            return LOST if os.path.lexists(file) else MISSING
        case PermissionError():
            return f"{CLOSED}permission denied"
        case OSError(errno=int()):
            return f"{CLOSED}{error.strerror}"
        case MemoryError():
            return f"{CLOSED}not enough memory"
    text = str(error) or type(error).__name__
    cut = any(word in text.lower() for word in ("truncated", "premature", "unexpected end"))
    return f"is cut off: {text}" if cut else f"is damaged: {text}"


def _unidentified(file: Path) -> str:
    """Tell a damaged picture, and one of a format that is not read here, from what never was a picture."""
    with file.open("rb") as stream:
        start = stream.read(12)
    kind = next((kind for magic, kind in MAGICS.items() if start.startswith(magic)), "")
    if start[4:11] == b"ftypavi":
        kind = "AVIF"
    elif start[4:8] == b"ftyp":
        return "is HEIC or another format that is not read here; save it as JPEG or PNG"
    return f"is damaged: starts like a {kind}, but its header cannot be read" if kind else NO_PICTURE
