"""Which kind of content a file holds, told by the ending of its name, or where that says nothing by its first bytes."""

from pathlib import Path

from striate.data.decode.faults import MAGICS
from striate.kinds import Modality
from striate.report.words import NOUNS, nouns

ENDINGS: dict[Modality, tuple[str, ...]] = {
    "image": (
        *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".avif"),
        *(".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpx", ".ico", ".pcx", ".qoi", ".heic", ".heif"),
    ),
    "audio": (
        *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".aif", ".aiff", ".aifc", ".au"),
        *(".caf", ".wma", ".amr"),
    ),
    "clip": (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".3gp", ".3g2"),
    "text": (".txt", ".text", ".md", ".rst"),
}
BY_ENDING: dict[str, Modality] = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
WORDS: dict[Modality, str] = {kind: nouns(kind) for kind in NOUNS}  # what files of each kind are called
STARTS: dict[bytes, Modality] = {
    **dict.fromkeys((magic for magic in MAGICS if magic not in (b"RIFF", b"BM")), "image"),
    **dict.fromkeys((b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"FORM"), "audio"),
    **dict.fromkeys((b"\x1aE\xdf\xa3", b"FLV\1", b"\0\0\1\xba"), "clip"),
}
RIFF: dict[bytes, Modality] = {b"WAVE": "audio", b"AVI ": "clip", b"WEBP": "image"}


def guess_content(file: Path) -> Modality | None:
    """Tell what a file holds by the ending of its name; None where that says nothing.

    >>> guess_content(Path("a/b.JPG")), guess_content(Path("README"))
    ('image', None)
    """
    return BY_ENDING.get(file.suffix.lower())


def sniff_content(start: bytes) -> Modality | None:
    """Tell what a file holds by its first 12 bytes or more; None for one of no known kind.

    >>> sniff_content(b"RIFF----WAVEfmt "), sniff_content(b"Dear Sir,")
    ('audio', None)
    """
    if start[:4] == b"RIFF":
        return RIFF.get(start[8:12])
    if start[4:8] == b"ftyp":
        return "image" if start[8:11] in (b"avi", b"hei", b"mif") else "audio" if start[8:11] == b"M4A" else "clip"
    return next((kind for magic, kind in STARTS.items() if start.startswith(magic)), None)
