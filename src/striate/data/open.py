"""The one door for data: recognise what a source is by looking at it, and make a catalogue of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from striate.data.cache import cached
from striate.data.catalogue import Catalogue, assemble
from striate.data.decode.pictures import decode_files
from striate.data.listing import Listing
from striate.data.sources.arrays import has_arrays, read_array_folder, read_arrays, stack_arrays
from striate.data.sources.folders import is_hidden, list_folders, subfolders
from striate.data.sources.idx import has_idx, read_idx_folder
from striate.data.sources.stack import Stack, decode_stack, list_stack
from striate.data.sources.tables import list_table
from striate.errors import DataError
from striate.kinds import TaskName
from striate.records import ImageInput, InputSpec

Source: TypeAlias = "str | Path | ArrayLike | tuple[ArrayLike, ArrayLike] | Mapping[str, ArrayLike]"
TABLE_ENDINGS = (".csv", ".tsv")
KNOWN = "a folder of class folders, a CSV with path and label, IDX files as MNIST has, .npz or .npy arrays"


def open_data(
    source: Source,
    *,
    labels: "str | ArrayLike | None" = None,
    images: str | None = None,
    size: int | tuple[int, int] | None = None,
    seed: int = 0,
    as_test: bool = False,
    task: TaskName | None = None,
    like: InputSpec | None = None,
) -> Catalogue:
    """Open labelled pictures wherever they lie, and check, decode and split them.

    `source` is a folder of class folders (with or without train/validation/test above them), a .csv or .tsv with
    columns for path and label, a folder of IDX files, an .npz file, a folder with images.npy and labels.npy, or arrays
    in memory: (pictures, labels), a dict of named arrays, or pictures with `labels=`. `images` and `labels` name the
    columns or arrays where their names are unusual. `size` in pixels, one number or (height, width), overrides the
    size rule; `seed` decides about splits that are not given; with `as_test` none is made: all is there to be judged.
    `like` is a model's input specification, which the data is brought to.
    Raises DataError for what cannot be opened, split or learned from.

    >>> pictures, labels = np.arange(6, dtype=np.uint8).repeat(64).reshape(6, 8, 8), [0, 1, 0, 1, 0, 1]
    >>> open_data((pictures, labels)).inputs.shape
    (6, 1, 8, 8)
    """
    if isinstance(like, ImageInput):
        size = (like.height, like.width)
    if isinstance(source, str) and not source:
        raise DataError("data must exist", got="an empty path", fix="give a folder, or . for the current one")
    if isinstance(source, str | Path):
        found = _recognise(Path(source).expanduser(), _name_or_none(labels), images)
    else:
        found = _in_memory(source, labels, images)
    if isinstance(found, Stack):
        listing = list_stack(found, task=task)
        decoded = decode_stack(found, size=size, listing=listing)
        return assemble(listing, decoded, seed=seed, as_test=as_test)
    return assemble(found, cached(found, decode_files, size=size), seed=seed, as_test=as_test)


def _recognise(path: Path, labels: str | None, images: str | None) -> Listing | Stack:
    """Tell by content what lies at `path`, and list or read it."""
    if not path.exists():
        raise DataError("data must exist", got=str(path), fix="check the path; it counts from the current folder")
    return _in_folder(path, labels, images) if path.is_dir() else _in_file(path, labels, images)


def _in_folder(folder: Path, labels: str | None, images: str | None) -> Listing | Stack:
    """IDX files and array pairs are told by name; a single table or archive counts where class folders are missing."""
    _expect_readable(folder)
    by_name = has_idx(folder) or has_arrays(folder)
    if not by_name and len(subfolders(folder)) < 2:
        endings = (*TABLE_ENDINGS, ".npz")
        files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in endings and path.is_file()]
        visible = [path for path in files if not is_hidden(path.name)]
        if len(visible) == 1:
            return _in_file(visible[0], labels, images)
    _expect_no_names(folder, labels, images)
    if by_name:
        return read_idx_folder(folder) if has_idx(folder) else read_array_folder(folder)
    return list_folders(folder)


def _in_file(file: Path, labels: str | None, images: str | None) -> Listing | Stack:
    try:
        with file.open("rb") as stream:
            start = stream.read(6)
    except OSError as error:
        raise DataError("data must be readable", got=f"{file}: {error.strerror}", fix="check permissions") from error
    if file.suffix.lower() == ".npz":
        return read_arrays(file, images=images, labels=labels)
    if file.suffix.lower() in TABLE_ENDINGS:
        return list_table(file, images=images, labels=labels)
    raise DataError(f"data is {KNOWN}", got=f"{file} starting with {start!r}", fix=_advice(file, start))


def _advice(file: Path, start: bytes) -> str:
    """Say what to do with a file that is no data set by itself."""
    if start == b"\x93NUMPY":
        return "put pictures and labels as images.npy and labels.npy into a folder and give the folder"
    if "idx" in file.name.lower():
        return "give the folder that holds the IDX files of pictures and labels"
    if start.startswith((b"PK", b"\x1f\x8b")):
        return "unpack it and give the folder"
    return "give a folder or a table of labelled pictures"


def _expect_no_names(source: object, labels: object, images: object) -> None:
    """What was asked for is never ignored: only tables and named arrays have names to choose from."""
    if labels is not None or images is not None:
        raise DataError(
            "labels= and images= name columns of a table or arrays of an .npz or a dict",
            got=f"labels={labels!r:.40}, images={images!r:.40} for {source!s:.200}",
            fix="leave them out",
        )


def _expect_readable(folder: Path) -> None:
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise DataError("data must be readable", got=f"{folder}: {error.strerror}", fix="check permissions") from error


def _in_memory(source: object, labels: "str | ArrayLike | None", images: str | None) -> Stack:
    """Make a stack of arrays that the caller holds."""
    said = {"source": "arrays in memory", "format": "arrays"}
    if isinstance(source, Mapping):
        return stack_arrays(source, **said, images=images, labels=_name_or_none(labels))
    _expect_no_names("arrays in memory", labels if isinstance(labels, str) else None, images)
    if isinstance(source, tuple) and len(source) == 2 and labels is None:
        pictures, truth = source
    elif hasattr(source, "__array__") and labels is not None and not isinstance(labels, str):
        pictures, truth = source, labels
    else:
        raise DataError(
            "arrays in memory are (pictures, labels), a dict of them, or pictures with labels=",
            got=f"{type(source).__name__}, labels {type(labels).__name__}",
            fix="open_data((pictures, labels))",
        )
    arrays = {"images": np.asarray(pictures), "labels": np.asarray(truth)}
    return stack_arrays(arrays, **said)


def _name_or_none(labels: "str | ArrayLike | None") -> str | None:
    if labels is None or isinstance(labels, str):
        return labels
    raise DataError(
        "labels= names a column or an array of the source; an array of labels goes with an array of pictures",
        got=f"labels of type {type(labels).__name__}",
        fix="open_data((pictures, labels)), or labels='name'",
    )
