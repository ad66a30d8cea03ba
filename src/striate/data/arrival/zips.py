"""Zip archives: their members, and every way in which they may be broken."""

import functools
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from striate.data.arrival.member import Member
from striate.errors import DataError

ENCRYPTED, UTF_8 = 0x1, 0x800  # bits of a member's flags (APPNOTE 4.4.4)
DOS = 0  # the system that made an archive (4.4.2)
FAULTS = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, zlib.error, NotImplementedError, OSError, ValueError)


def read_zip(file: Path) -> Iterator[Member]:
    """Give the members in the order of the directory; raises DataError for one that needs a password, or FAULTS."""
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.flag_bits & ENCRYPTED:
                raise DataError(
                    "an archive must open without a password",
                    got=f"{file}, whose member {info.filename} is encrypted",
                    fix="unpack it yourself and give the folder",
                )
            yield _describe(archive, info)


def size_of_zip(file: Path) -> int:
    """Sum up the bytes that a zip archive declares; raises FAULTS."""
    with zipfile.ZipFile(file) as archive:
        return sum(info.file_size for info in archive.infolist())


def _describe(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name, mode = _decode(info), info.external_attr >> 16
    if info.is_dir() or name.endswith("/"):
        return Member(name=name, kind="folder")
    if stat.S_ISLNK(mode):
        target = archive.read(info) if info.file_size <= 4096 else b""
        return Member(name=name, kind="link", target=os.fsdecode(target))
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Member(name=name, kind="special")
    opener: functools.partial[IO[bytes]] = functools.partial(archive.open, info)
    return Member(name=name, kind="file", open=opener)


def _decode(info: zipfile.ZipInfo) -> str:
    """Give a member's name as the file would be called: many programs write UTF-8, or bytes, without saying so."""
    name = info.orig_filename.split("\0")[0]
    if not info.flag_bits & UTF_8:
        try:
            raw = name.encode("cp437")  # what zipfile took it for
            name = raw.decode("utf-8") if info.create_system == DOS else os.fsdecode(raw)
        except UnicodeError:
            pass  # an old name of DOS, or one that zipfile found in Unicode beside it
    return name.replace("\\", "/") if info.create_system == DOS else name
