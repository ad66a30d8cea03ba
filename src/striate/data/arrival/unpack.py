"""An archive to a folder: once, within bounds, and never a byte outside of that folder."""

import errno
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from striate.data.arrival import tars, zips
from striate.data.arrival.bounds import Bounds
from striate.data.arrival.kept import Arrival, keep, measure
from striate.data.arrival.member import Member, place_member
from striate.data.listing import note, show_name, split_role
from striate.data.place import read_head
from striate.data.walk import is_hidden
from striate.errors import DataError
from striate.records import Refusal
from striate.runtime.progress import bar

ENDINGS = (".zip", ".tar", ".tgz", ".tbz2", ".tbz", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
ZIP_STARTS = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
CHUNK = 2**20  # bytes copied at once
VERSION = 1  # raise it whenever unpacking gives another folder
NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE))
LEADS_OUT = "is a link that leads out of the archive"


def is_archive(file: Path) -> bool:
    """Tell whether a file is an archive, by the ending of its name or, where it has none, by its content."""
    if file.suffix:
        return file.name.lower().endswith(ENDINGS)
    return _is_zip(file) or tars.is_tar(file)


def unpack(file: Path, *, source: str = "") -> tuple[Path, Arrival]:
    """Unpack an archive into the cache, or find it there; give the folder it was made of, and what came.

    That is its single top folder where it has one, unless it is named like a split. Links that lead out of the
    archive, devices and pipes are refused by name. Raises DataError for an archive that is damaged, needs a password,
    is too large, or holds names that lead out of it.
    """
    name = source or show_name(str(file))
    status = file.stat()
    stamp = (os.path.realpath(file), status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    folder, arrival = keep(("unpacked", VERSION, *stamp), lambda folder: _unpack(file, name, folder))
    return _enter(folder), arrival


def _enter(folder: Path) -> Path:
    entries = [path for path in folder.iterdir() if not is_hidden(path.name)]
    alone = len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink()
    return entries[0] if alone and not split_role(entries[0].name) else folder


def _unpack(file: Path, source: str, folder: Path) -> Arrival:
    """Write all members, then the links among them, so that nothing can be written through a link."""
    special: list[Path] = []
    links: list[tuple[Path, Member]] = []
    replaced: list[Path] = []
    bounds = Bounds(source=source, folder=folder, packed=file.stat().st_size)
    with _faults(source), _read(file, bounds) as (members, count):
        for member in members:
            place = folder / place_member(member.name, source)
            bounds.count_member()
            if member.kind == "folder":
                place.mkdir(parents=True, exist_ok=True)
            elif member.kind == "special":
                special.append(place)
            elif member.kind == "file":
                replaced += [place] if place.exists() else []
                _write(member, place, count)
            else:
                links.append((place, member))
        lost = _link(links, folder, source)
    refused = {**dict.fromkeys(special, "is no regular file"), **lost}
    top = _enter(folder)
    shown = {
        path: reason for path, reason in refused.items() if not any(map(is_hidden, path.relative_to(folder).parts))
    }
    files, size = measure(folder)
    return Arrival(
        source=source,
        files=files,
        bytes=size,
        refusals=tuple(Refusal(name=_name(path, top, folder), reason=shown[path]) for path in sorted(shown)),
        notices=note(
            "members of the archive that a later one of the same name replaced",
            (_name(path, top, folder) for path in replaced),
        ),
    )


@contextmanager
def _read(file: Path, bounds: Bounds) -> Iterator[tuple[Iterator[Member], Callable[[int], None]]]:
    """Open an archive: its members, and what is to be called with the number of bytes of each piece written."""
    if _is_zip(file):
        declared = zips.size_of_zip(file)
        bounds.expect(declared)
        with bar(f"unpacking {file.name}", declared) as advance:

            def count(number: int) -> None:
                bounds.count_bytes(number)
                advance(number)

            yield zips.read_zip(file), count
        return
    with bar(f"unpacking {file.name}", file.stat().st_size) as advance, file.open("rb") as raw:
        done = [0]  # bytes of the archive; those that come out of their packing are counted there

        def follow(_: int) -> None:
            done.append(raw.tell())
            advance(done[1] - done.pop(0))

        yield tars.read_tar(raw, bounds), follow


def _write(member: Member, place: Path, count: Callable[[int], None]) -> None:
    """Write a file anew; a link cannot be in its place, since links come last."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with member.open() as stream, place.open("wb") as out:
        while piece := stream.read(CHUNK):
            count(len(piece))
            out.write(piece)


def _link(links: list[tuple[Path, Member]], folder: Path, source: str) -> dict[Path, str]:
    """Make the links that stay within the folder, and say why others are not made."""
    lost: dict[Path, str] = {}
    made: list[Path] = []
    for place, member in links:
        if place.is_dir() and not place.is_symlink():
            lost[place] = "is a link in the place of a folder"
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        if member.kind == "hard link":
            target = folder / place_member(member.target, source)
            if target.is_file() and not target.is_symlink():
                os.link(target, place)
            else:
                lost[place] = "is a link to nothing"
        elif _stays(Path(os.path.normpath(place.parent / member.target)), folder):
            place.symlink_to(member.target)
            made.append(place)
        else:
            lost[place] = LEADS_OUT
    for place in made:  # through other links it may lead out all the same
        if not _stays(Path(os.path.realpath(place)), Path(os.path.realpath(folder))):
            place.unlink()
            lost[place] = LEADS_OUT
    return lost


def _stays(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder)


def _name(path: Path, top: Path, folder: Path) -> str:
    """Name a member as the folder that the archive was made of would."""
    return show_name(path.relative_to(top if path.is_relative_to(top) else folder).as_posix())


def _is_zip(file: Path) -> bool:
    """Tell whether a file is a zip archive, perhaps behind a program that unpacks it; a tar may hold one at its end."""
    return read_head(file, 4) in ZIP_STARTS or (zipfile.is_zipfile(file) and not tars.is_tar(file))


@contextmanager
def _faults(source: str) -> Iterator[None]:
    """Turn every way in which an archive may be broken into one error; what the disk refuses is not its fault."""
    try:
        yield
    except DataError:
        raise
    except (*zips.FAULTS, *tars.FAULTS) as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise
        raise DataError(
            "an archive must be whole, and zip or tar (plain, or packed by gzip, bzip2 or xz)",
            got=f"{source}: {str(error) or type(error).__name__}",
            fix="fetch it again, it is cut off or damaged; or unpack it yourself and give the folder",
        ) from error
