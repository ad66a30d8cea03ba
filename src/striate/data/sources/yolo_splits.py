"""Which pictures a YOLO data set holds, and of which split: as its YAML file or its lists say, else by folders."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from striate.data.content import guess_content
from striate.data.decode.faults import RefusedError
from striate.data.listing import show_name, split_role
from striate.data.sources.bounded import read_lines
from striate.data.sources.gallery import Gallery
from striate.data.sources.remarks import Remarks
from striate.data.sources.safe_yaml import read_yaml
from striate.data.sources.splits import settle_splits
from striate.errors import DataError

SPLITS = ("train", "val", "valid", "validation", "test")
ELSEWHERE = "splits whose pictures are not there"


def find_yaml(files: Iterable[Path]) -> tuple[Path, Mapping[object, object]] | None:
    """Give the YAML file that names classes and splits, the one nearest to the root, and what it holds."""
    chosen = [file for file in files if file.suffix.lower() in (".yaml", ".yml")]
    for file in sorted(chosen, key=lambda file: len(file.parts)):
        try:
            document = read_yaml(file)
        except (OSError, ValueError):
            continue  # a file of something else
        if isinstance(document, Mapping) and {"names", "nc"} & document.keys() and set(SPLITS) & document.keys():
            return file, document
    return None


def assign(file: Path, document: Mapping[object, object], gallery: Gallery, remarks: Remarks) -> dict[Path, str]:
    """Give the split of each picture that a YAML file names; none where nothing it names is there.

    An entry is a folder, a list of pictures (.txt), or several of them, below `path`, which counts from the file.
    Where this does not exist, because the data was moved, it is looked for below the folder by the end of what is
    written. What lies outside of the folder is not taken, since nobody who gives a folder means it.
    """
    lists: dict[str, list[Path]] = {}
    for key in SPLITS:
        written = document.get(key)
        for entry in written if isinstance(written, list) else [written]:
            if not isinstance(entry, str) or not entry.strip():
                continue
            target = _resolve(entry.strip(), file, document.get("path"), gallery)
            if target is None:
                remarks.add(ELSEWHERE, f"{key}: {show_name(entry)}")
            else:
                lists.setdefault(split_role(key), []).extend(_expand(target, split_role(key), gallery, remarks))
    return settle_splits(lists, {path: gallery.name(path) for paths in lists.values() for path in paths}, remarks)


def _resolve(entry: str, file: Path, path: object, gallery: Gallery) -> Path | None:
    """Find the folder or list that an entry means: as it is written, without leading dots, or by its last parts."""
    written = PurePosixPath(entry.replace("\\", "/"))
    parts = [part for part in written.parts if part not in ("..", "/")]
    ends = range(len(parts) - 1) if written.is_absolute() else range(1)  # two parts at least tell one folder
    bases = [*([file.parent / path] if isinstance(path, str) else []), file.parent, gallery.root]
    tries = [base / written for base in bases] + [base.joinpath(*parts[i:]) for i in ends for base in bases]
    return next((Path(os.path.normpath(way)) for way in tries if way.exists() and gallery.holds(way)), None)


def _expand(target: Path, split: str, gallery: Gallery, remarks: Remarks) -> Iterator[Path]:
    """Give the pictures of a folder, or of a list."""
    if target.is_dir():
        yield from (file for file in gallery.pictures if file.is_relative_to(target))
    elif guess_content(target) == "image":
        yield target
    else:
        yield from read_list(target, split, gallery, remarks)


def read_list(file: Path, split: str, gallery: Gallery, remarks: Remarks) -> Iterator[Path]:
    """Give the pictures of a list, a path a line; raises DataError for a list that cannot be read."""
    try:
        lines = read_lines(file)
    except (OSError, ValueError) as error:
        raise DataError(
            "a list of pictures is text, a path a line", got=f"{file}: {error}", fix="write it anew"
        ) from error
    for line in lines:
        try:
            yield gallery.find(line, near=file.parent, split=split)
        except RefusedError as error:
            remarks.add("names in lists that are not clear, left out", f"{show_name(line)} {error}")
