"""The pictures of a folder, found by the names that annotations give them."""

from functools import cached_property
from pathlib import Path, PurePosixPath

from striate.data.content import guess_content
from striate.data.decode.faults import RefusedError
from striate.data.listing import note, show_name, split_role
from striate.data.place import Place
from striate.data.sources.roles import read_role
from striate.data.walk import walk
from striate.records import Notice


class Gallery:
    """All files of a place, and those called like pictures; of a place that is a file, those of the folder it is in."""

    def __init__(self, place: Place) -> None:
        self.source = place.source
        self.walk = place.walk if place.is_folder else walk(place.path.parent)

    @property
    def root(self) -> Path:
        """The folder that names are relative to."""
        return self.walk.root

    @property
    def files(self) -> list[Path]:
        """Every visible file, in order."""
        return self.walk.files

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was passed over on the way through the folders."""
        return (
            *note("hidden files passed over, not counted as found", self.walk.hidden),
            *note("folders linked a second time, read once", self.walk.twice),
        )

    @cached_property
    def pictures(self) -> tuple[Path, ...]:
        """Every picture, in order."""
        return tuple(file for file in self.files if guess_content(file) == "image")

    def name(self, file: Path) -> str:
        """Give the name that records and people know a file by: relative to the root if below it, with slashes."""
        return self.walk.name(file) if file.is_relative_to(self.root) else show_name(file.as_posix())

    def holds(self, path: Path) -> bool:
        """Tell whether a path leads to somewhere below the root, links followed."""
        return path.resolve().is_relative_to(self.root.resolve())

    def split_of(self, file: Path) -> str:
        """Give the split that a folder above a file names, the nearest first; "" where none does."""
        folders = file.parts[len(self.root.parts) : -1] if file.is_relative_to(self.root) else ()
        return next((role for folder in reversed(folders) if (role := split_role(folder))), "")

    def is_mask(self, file: Path) -> bool:
        """Tell whether a picture below the root is a mask, by its name or its folders'."""
        return read_role(file.parts[len(self.root.parts) :])[0] == "mask"

    def find(self, written: str, *, near: Path, split: str = "") -> Path:
        """Give the picture that annotations in the folder `near` call `written`, or a path at which it is missing.

        Of the pictures of that name, it is one that lies in no folder of another split, whose path ends in as much as
        possible of what is written, beside `near`, in no folder of masks, close to it. Raises RefusedError for a tie.
        """
        parts = PurePosixPath(written.replace("\\", "/")).parts
        name = parts[-1] if parts else ""
        fit = [file for file in self._by_name.get(name, ()) if not split or self.split_of(file) in ("", split)]
        return self._choose(fit, parts, near) if fit else near / name

    def find_stem(self, stem: str, *, near: Path, split: str = "") -> Path | None:
        """Give the picture whose name without its ending is `stem`, as `find` does, but no mask; None where none is."""
        fit = [file for file in self._by_stem.get(stem, ()) if not split or self.split_of(file) in ("", split)]
        fit = [file for file in fit if file.parent == near or not self.is_mask(file)]
        return self._choose(fit, (), near) if fit else None

    def _choose(self, files: list[Path], parts: tuple[str, ...], near: Path) -> Path:
        def score(file: Path) -> tuple[int, bool, bool, int]:
            beside = file.parent == near.joinpath(*parts[:-1])
            shared = _shared(file.parts[::-1], parts[::-1]), _shared(file.parts, near.parts)
            return shared[0], beside, not self.is_mask(file), shared[1]

        if len(files) == 1:
            return files[0]
        best = max(map(score, files))
        chosen = [file for file in files if score(file) == best]
        if len(chosen) > 1:
            raise RefusedError(f"could be any of {', '.join(self.name(file) for file in chosen[:3])}")
        return chosen[0]

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for file in self.pictures:
            found.setdefault(file.name, []).append(file)
        return found

    @cached_property
    def _by_stem(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for file in self.pictures:
            found.setdefault(file.stem, []).append(file)
        return found


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Count the parts that two paths have in common from the start.

    >>> _shared(("a", "b", "c"), ("a", "b", "d"))
    2
    """
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
