"""Tar archives, plain or packed by gzip, bzip2 or xz: read once from start to end, and to a proper end."""

import bz2
import functools
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from striate.data.arrival.bounds import Bounds
from striate.data.arrival.member import Member

PACKINGS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
LONG_HEADERS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
MOST_HEADER = 2**20  # bytes of a name and what else such a header tells, which are read into memory
DRAINED = 2**20  # bytes read at once
FAULTS = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)


class _Info(tarfile.TarInfo):
    """A header that is damaged is an error, wherever it stands: tarfile takes it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Info":
        info = super().frombuf(buf, encoding, errors)
        if info.type in LONG_HEADERS and info.size > MOST_HEADER:
            raise tarfile.ReadError(f"a header of {info.size:,} bytes")
        return info

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "tarfile.TarInfo":  # type: ignore[override]
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise  # two empty blocks: the end
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"no header where one must be: {error}") from error


class _Counted:
    """A stream whose bytes are counted as they come out of their packing."""

    def __init__(self, stream: IO[bytes], bounds: Bounds) -> None:
        self.stream, self.bounds = stream, bounds

    def read(self, size: int) -> bytes:
        content = self.stream.read(size)
        self.bounds.count_bytes(len(content))
        return content


def read_tar(raw: IO[bytes], bounds: Bounds) -> Iterator[Member]:
    """Give the members as they come, each to be read before the next; raises FAULTS."""
    counted = cast("IO[bytes]", _Counted(_unpack(raw), bounds))
    names = {"encoding": "utf-8", "errors": "surrogateescape"}
    with tarfile.open(fileobj=counted, mode="r|", tarinfo=_Info, **names) as archive:  # type: ignore[call-overload]
        for info in archive:
            yield _describe(archive, info)
    while counted.read(DRAINED):  # to the checksum behind the last member
        pass


def is_tar(file: Path) -> bool:
    """Tell whether a file is a tar archive, plain or packed, by its first header."""
    try:
        with file.open("rb") as raw:
            header = _unpack(raw).read(tarfile.BLOCKSIZE)
        tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except FAULTS:
        return False
    return True


def _unpack(raw: IO[bytes]) -> IO[bytes]:
    """Give the bytes of a file as they were before they were packed, told by its first bytes."""
    start = raw.read(6)
    raw.seek(0)
    unpack = next((unpack for magic, unpack in PACKINGS.items() if start.startswith(magic)), None)
    return raw if unpack is None else cast("IO[bytes]", unpack(raw, "rb"))


def _describe(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    if info.isdir():
        return Member(name=info.name, kind="folder")
    if info.issym() or info.islnk():
        return Member(name=info.name, kind="link" if info.issym() else "hard link", target=info.linkname)
    if not info.isreg() or info.issparse():
        return Member(name=info.name, kind="special")
    opener = functools.partial(archive.extractfile, info)
    return Member(name=info.name, kind="file", open=cast("functools.partial[IO[bytes]]", opener))
