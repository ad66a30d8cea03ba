"""The lists of Pascal VOC, ImageSets/Main/train.txt and its like: which picture is of which split."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from striate.data.content import guess_content
from striate.data.listing import TEST, TRAIN, VALIDATION
from striate.data.sources.bounded import read_lines
from striate.data.sources.gallery import Gallery
from striate.data.sources.remarks import Remarks
from striate.data.sources.splits import settle_splits
from striate.errors import DataError

NAMES = {"train": TRAIN, "val": VALIDATION, "test": TEST, "trainval": "trainval"}
Key: TypeAlias = tuple[Path, str]  # the folder that holds ImageSets, and a picture's name without its ending


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Lists:
    """The split of each picture that is listed; `folder` is the lists' folder in words, "" where there are none."""

    splits: dict[Key, str]
    folder: str

    def split_of(self, file: Path) -> str | None:
        """Give the split of a picture or of what describes it, by its name and place; None where no list has it."""
        keys = ((folder, file.stem) for folder in file.parents)
        return next((self.splits[key] for key in keys if key in self.splits), None)


def read_lists(gallery: Gallery, kinds: Sequence[str], remarks: Remarks) -> Lists:
    """Read the lists of the first of these kinds (Main, Segmentation) that is there.

    Files for single classes (cat_train.txt) are no splits. Where train or val is missing, it is the rest of trainval.
    Raises DataError for a list that cannot be read.
    """
    files = [file for file in gallery.files if file.stem.lower() in NAMES and file.suffix.lower() == ".txt"]
    by_kind = [[file for file in files if _kind(file) == kind.lower()] for kind in kinds]
    chosen = next(filter(None, by_kind), [])
    lists: dict[str, list[Key]] = {}
    for file in chosen:
        lists.setdefault(NAMES[file.stem.lower()], []).extend((file.parents[2], stem) for stem in _read(file))
    both = lists.pop("trainval", [])
    missing = next((split for split in (TRAIN, VALIDATION) if both and split not in lists), None)
    if missing:
        held = {key for keys in lists.values() for key in keys}
        lists[missing] = [key for key in both if key not in held]
    names = {key: key[1] for keys in lists.values() for key in keys}
    folder = gallery.name(chosen[0].parent) if chosen else ""
    return Lists(splits=settle_splits(lists, names, remarks), folder=folder)


def _kind(file: Path) -> str:
    """Give the kind of a list, such as main for ImageSets/Main/train.txt; "" for what is no list."""
    return file.parent.name.lower() if file.parent.parent.name.lower() == "imagesets" else ""


def _read(file: Path) -> list[str]:
    """Read the pictures' names, without folders and the endings of pictures."""
    try:
        names = [Path(line.replace("\\", "/")).name for line in read_lines(file)]
    except (OSError, ValueError) as error:
        raise DataError(
            "a list of pictures is text, a name a line", got=f"{file}: {error}", fix="write it anew"
        ) from error
    return [Path(name).stem if guess_content(Path(name)) == "image" else name for name in names]
