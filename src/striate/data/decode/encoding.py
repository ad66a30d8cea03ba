"""Bytes to text: which encoding a file is in, told by its bytes and said; what is no text is refused."""

import codecs
from dataclasses import dataclass

from striate.data.decode.faults import RefusedError

MARKS = (  # what a file may begin with, the longer ones first
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SHOWN = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32-le": "UTF-32", "utf-32-be": "UTF-32"}
WESTERN = "Windows-1252"
KNOWN = set(range(0x80, 0xA0)) - {0x81, 0x8D, 0x8F, 0x90, 0x9D}  # letters of Windows-1252 that Latin-1 lacks
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))  # that text does not hold
MOST_CONTROLS = 0.005  # share of a file's bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text, and the name of the encoding that it was in, as people write it."""

    text: str
    encoding: str


def decode_bytes(raw: bytes) -> Text:
    r"""Decode by the mark at the start where there is one; else as UTF-8 where that fits; else as Windows-1252.

    Windows-1252 has no letter for five bytes, which become the control characters of Latin-1, as in browsers.
    Raises RefusedError for zero bytes or many control characters without a mark (no text), or what breaks its mark.

    >>> decode_bytes(b"caf\xe9").text, decode_bytes(b"caf\xc3\xa9").encoding
    ('café', 'UTF-8')
    """
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            try:
                return Text(text=raw[len(mark) :].decode(encoding), encoding=SHOWN[encoding])
            except UnicodeDecodeError as error:
                where = f"marked as {SHOWN[encoding]}, but not so at byte {error.start}"
                raise RefusedError(f"is damaged: {where}") from None
    if b"\0" in raw or len(raw) - len(raw.translate(None, CONTROLS)) > MOST_CONTROLS * len(raw):
        raise RefusedError("is binary, not text")
    try:
        return Text(text=raw.decode("utf-8"), encoding="UTF-8")
    except UnicodeDecodeError:
        return Text(text=_decode_western(raw), encoding=WESTERN)


def _decode_western(raw: bytes) -> str:
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1").translate({code: bytes([code]).decode("cp1252") for code in sorted(KNOWN)})


def is_text(head: bytes) -> bool:
    r"""Tell whether the first bytes of a file look like text, though they may end within a letter.

    >>> is_text("ein Käse".encode()[:6]), is_text(b"\x89PNG\r\n\x1a\n\0\0\0\r")
    (True, False)
    """
    try:
        decode_bytes(head[: len(head) // 4 * 4] if head.startswith(tuple(mark for mark, _ in MARKS)) else head)
    except RefusedError:
        return False
    return bool(head.strip())
