"""Pictures and labels in .npz and .npy files, or as NumPy arrays in memory; never by pickle."""

import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from striate.data.listing import TEST, TRAIN, VALIDATION, show_name
from striate.data.npy import read_array, read_npy, unreadable
from striate.data.place import Place
from striate.data.sources.source import Asked, Match, expect_no_names
from striate.data.sources.stack import MAX_BYTES, Stack
from striate.errors import DataError, nearest

FORMAT = "arrays"
# names of (pictures, labels) and the split they mean; the first row that fits without a split wins
PAIRS = (
    ("x_train", "y_train", TRAIN),
    ("x_val", "y_val", VALIDATION),
    ("x_valid", "y_valid", VALIDATION),
    ("x_validation", "y_validation", VALIDATION),
    ("x_test", "y_test", TEST),
    ("train_images", "train_labels", TRAIN),
    ("val_images", "val_labels", VALIDATION),
    ("validation_images", "validation_labels", VALIDATION),
    ("test_images", "test_labels", TEST),
    ("images", "labels", ""),
    ("pictures", "labels", ""),
    ("x", "y", ""),
    ("data", "target", ""),
    ("data", "labels", ""),
)
FILE_STEMS = frozenset(name for pair in PAIRS for name in pair[:2])


def recognise(place: Place) -> Match | None:
    """Say that a place is an .npz file, or a folder with one beside no class folders, or with .npy files in pairs."""
    if find_pack(place) is not None:
        return Match(why="an .npz file", certain=True)
    if place.is_folder and has_arrays(place.path):
        return Match(why=".npy files of pictures and labels", certain=True)
    return None


def read(place: Place, asked: Asked) -> Stack:
    """Read the .npz file, or the pairs of .npy files of a folder; raises DataError."""
    file = find_pack(place)
    if file is not None:
        return read_arrays(file, images=asked.images, labels=asked.labels, source=place.source)
    expect_no_names(asked, FORMAT)
    return read_array_folder(place.path, source=place.source)


def read_arrays(
    file: Path, *, images: str | None = None, labels: str | None = None, source: str = "", axes: int = 3
) -> Stack:
    """Read pictures and labels from an .npz file by their usual names, or by the names given; no other array is read.

    Content has at least so many `axes`. Raises DataError for a file that is damaged, holds Python objects,
    declares an array of more than 32 GiB, or is without a known pair of names.
    """
    source = show_name(source or str(file))
    try:
        with zipfile.ZipFile(file) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            wanted = [name for pair in _pairs(members, images, labels, source) for name in pair[:2]]
            arrays = {name: _read_member(archive, members[name]) for name in wanted}
    except DataError:  # of the names, which the file's owner chose
        raise
    except Exception as error:  # a stranger's file may raise anything
        raise unreadable(file, error) from error
    return stack_arrays(arrays, source=source, format=FORMAT, images=images, labels=labels, axes=axes)


def read_array_folder(folder: Path, *, source: str = "", axes: int = 3) -> Stack:
    """Read the .npy files of a folder, each named as an array in an .npz would be: images.npy and labels.npy, ..."""
    files = sorted(path for path in folder.glob("*.npy") if path.stem.lower() in FILE_STEMS)
    arrays = {path.stem: read_npy(path) for path in files}
    return stack_arrays(arrays, source=show_name(source or str(folder)), format=FORMAT, axes=axes)


def has_arrays(folder: Path) -> bool:
    """Tell whether `folder` holds a pair of .npy files of usual names."""
    stems = {path.stem.lower() for path in folder.glob("*.npy") if path.is_file()}
    return any(pictures in stems and labels in stems for pictures, labels, _ in PAIRS)


def find_pack(place: Place) -> Path | None:
    """Give the .npz file that a place is, or that is the only one at the top of a folder without class folders."""
    if not place.is_folder:
        return place.path if place.path.suffix.lower() == ".npz" else None
    packs = [file for file in place.ending(".npz") if file.parent == place.path]
    return packs[0] if len(packs) == 1 and len(place.layout.classes) < 2 else None


def stack_arrays(
    arrays: Mapping[str, ArrayLike],
    *,
    source: str,
    format: str,
    images: str | None = None,
    labels: str | None = None,
    axes: int = 3,
) -> Stack:
    """Find the pairs of pictures and labels among named arrays and put them one after the other.

    `images` and `labels` name one pair without a split; content has at least so many `axes`, N among them. Raises
    DataError when no pair is there or shapes differ.
    """
    pairs = _pairs(arrays, images, labels, source)
    parts = [(name, np.asarray(arrays[name]), np.asarray(arrays[other]), split) for name, other, split in pairs]
    for name, pictures, truth, _ in parts:
        _expect_equal(name, pictures, truth, source, axes)
    if len({pictures.shape[1:] for _, pictures, _, _ in parts}) > 1:
        raise DataError(
            "pictures of all splits have one shape",
            got=", ".join(f"{name} {pictures.shape}" for name, pictures, _, _ in parts),
            fix="bring them to one shape",
        )
    return Stack(
        source=source,
        format=format,
        names=tuple(f"{name}[{i}]" for name, pictures, _, _ in parts for i in range(len(pictures))),
        pictures=_joined([pictures for _, pictures, _, _ in parts]),
        labels=_joined([truth for _, _, truth, _ in parts]),
        splits=np.concatenate([np.full(len(pictures), split, "<U10") for _, pictures, _, split in parts]),
    )


def _pairs(arrays: Collection[str], images: str | None, labels: str | None, source: str) -> list[tuple[str, str, str]]:
    """Name the (pictures, labels, split) that are there: all pairs with a split, else the first without."""
    real = {name.lower(): name for name in arrays}
    wanted = ((images or "images", labels or "labels", ""),) if images or labels else PAIRS
    there = [
        (real[name.lower()], real[other.lower()], split)
        for name, other, split in wanted
        if name.lower() in real and other.lower() in real
    ]
    if not there:
        usual = "; ".join(f"{name}, {other}" for name, other, _ in PAIRS if name in ("x_train", "images", "x", "data"))
        raise DataError(
            f"arrays of pictures and labels must be there under usual names ({usual})",
            got=f"{source} with {', '.join(arrays) or 'nothing'}",
            fix=f"name the arrays; {nearest(images or labels or 'images', arrays) if arrays else 'the file is empty'}",
        )
    return [pair for pair in there if pair[2]] or there[:1]


def _joined(parts: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _expect_equal(
    name: str, pictures: NDArray[np.generic], labels: NDArray[np.generic], source: str, axes: int
) -> None:
    if pictures.ndim < axes or 0 in pictures.shape[1:] or labels.ndim < 1 or len(pictures) != len(labels):
        raise DataError(
            "pictures (N, H, W[, C]) and labels (N,) have the same N",
            got=f"{source}: {name} {pictures.shape}, labels {labels.shape}",
            fix="give one label a picture, and pictures with height and width; say --format signals for signals",
        )


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[np.generic]:
    if member.file_size > MAX_BYTES:
        raise ValueError(f"{member.filename} declares {member.file_size:,} bytes, over the limit of {MAX_BYTES:,}")
    with archive.open(member) as stream:
        return read_array(stream, member.file_size)
