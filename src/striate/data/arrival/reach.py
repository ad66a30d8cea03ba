"""The way to data: a path, an archive, an address, each to a place that can be looked at."""

from pathlib import Path

from striate.data.arrival.fetch import fetch, is_address, show_address
from striate.data.arrival.kept import Arrival
from striate.data.arrival.unpack import is_archive, unpack
from striate.data.listing import note, show_name, split_role
from striate.data.place import Place
from striate.data.walk import is_hidden
from striate.errors import DataError


def reach(source: str | Path) -> Place:
    """Go to where data lies: fetch it from an address, unpack an archive, and enter folders that hold but a folder.

    Raises DataError when there is nothing, or it cannot be read.
    """
    if isinstance(source, str) and not source:
        raise DataError("data must exist", got="an empty path", fix="give a folder, or . for the current one")
    arrivals: list[Arrival | None] = []
    if isinstance(source, str) and is_address(source):
        shown = show_address(source)
        path, arrival = fetch(source)
        arrivals.append(arrival)
    else:
        path = _expand(Path(source))
        shown = str(path)
    _expect_readable(path, shown)
    if path.is_file() and is_archive(path):
        path, arrival = unpack(path, source=show_name(shown))
        arrivals.append(arrival)
    came = [arrival for arrival in arrivals if arrival is not None]
    inner = _descend(path) if path.is_dir() else path
    entered = () if inner == path else (show_name(inner.relative_to(path).as_posix()),)
    return Place(
        inner,
        source=shown,
        is_foreign=bool(came),
        refusals=tuple(refusal for arrival in came for refusal in arrival.refusals),
        notices=(
            *(notice for arrival in came for notice in arrival.notices),
            *note("folder entered, since there is nothing beside it", entered),
        ),
    )


def _expand(path: Path) -> Path:
    """Put the home folder in the place of ~; a user that is not known leaves it."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _descend(folder: Path) -> Path:
    """Enter a folder's only folder, as long as that holds folders alone and is not named like a split."""
    while True:
        try:
            inside = [path for path in folder.iterdir() if not is_hidden(path.name)]
            if len(inside) != 1 or inside[0].is_symlink() or not inside[0].is_dir() or split_role(inside[0].name):
                return folder
            below = [path for path in inside[0].iterdir() if not is_hidden(path.name)]
        except OSError:
            return folder
        if not below or not all(path.is_dir() for path in below):
            return folder
        folder = inside[0]


def _expect_readable(path: Path, shown: str) -> None:
    try:
        exists = path.exists()
    except (OSError, ValueError):  # a name too long, or with a NUL
        exists = False
    if not exists:
        raise DataError("data must exist", got=shown, fix="check the path; it counts from the current folder")
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        elif path.is_file():
            path.open("rb").close()
        else:
            raise DataError("data is a file or a folder", got=f"{shown}, a pipe or device", fix="give a file")
    except OSError as error:
        raise DataError("data must be readable", got=f"{shown}: {error.strerror}", fix="check permissions") from error
