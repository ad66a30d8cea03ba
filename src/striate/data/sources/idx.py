"""IDX files, plain or gzipped, as MNIST and Fashion-MNIST come (Y. LeCun, yann.lecun.com/exdb/mnist)."""

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import SPLIT_WORDS, show_name
from striate.data.place import Place
from striate.data.sources.source import Asked, Match, expect_no_names
from striate.data.sources.stack import MAX_BYTES, Stack
from striate.errors import DataError

FORMAT = "idx"
GZIP_MAGIC = b"\x1f\x8b"
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_DIMENSIONS = 4
NAME = re.compile(r"images[-_.]idx\d[-_.]ubyte(\.gz)?$", re.IGNORECASE)
CLASS_FILES = ("classes.txt", "labels.txt")


def recognise(place: Place) -> Match | None:
    """Say that one folder, here or below, holds IDX pictures by their names."""
    folders = _folders(place)
    return Match(why=f"IDX files in {folders[0]}", certain=True) if len(folders) == 1 else None


def read(place: Place, asked: Asked) -> Stack:
    """Read the IDX files of the one folder that holds some; raises DataError."""
    expect_no_names(asked, FORMAT)
    folders = _folders(place)
    if len(folders) != 1:
        raise DataError(
            "IDX files of pictures, such as train-images-idx3-ubyte, lie in one folder",
            got=f"{place.source} with such files in {len(folders)} folders",
            fix="give the folder that holds them",
        )
    return read_idx_folder(folders[0], source=place.source)


def read_idx_folder(folder: Path, *, source: str = "") -> Stack:
    """Read every pair `...images-idx3-ubyte` and `...labels-idx1-ubyte` in `folder`, with or without .gz.

    "train" or "t10k"/"test" in a name gives the split. Where a file lies both packed and unpacked, the unpacked one is
    read. `classes.txt` or `labels.txt` (one class a line) gives names to the numbers. Raises DataError for a missing
    partner, lengths that do not match, or a damaged file.
    """
    found = sorted(path for path in folder.iterdir() if NAME.search(path.name) and path.is_file())
    unpacked = {path.name for path in found}
    files = [path for path in found if not (path.suffix == ".gz" and path.stem in unpacked)]
    pairs = [(path, read_idx(path), read_idx(_partner(path))) for path in files]
    for path, pictures, labels in pairs:
        _expect_match(path, pictures, labels)
    _expect_alike([(path.name, pictures.shape[1:]) for path, pictures, _ in pairs])
    labels = np.concatenate([labels for _, _, labels in pairs])
    return Stack(
        source=show_name(source or str(folder)),
        format=FORMAT,
        names=tuple(f"{show_name(path.name)}[{i}]" for path, pictures, _ in pairs for i in range(len(pictures))),
        pictures=np.concatenate([pictures for _, pictures, _ in pairs]),
        labels=labels,
        splits=np.concatenate([np.full(len(pictures), _role(path.name), "<U10") for path, pictures, _ in pairs]),
        class_names=_class_names(folder, labels),
        passed_over=tuple(show_name(path.name) for path in found if path not in files),
    )


def read_idx(file: Path) -> NDArray[np.generic]:
    """Read one IDX file: two zero bytes, type, number of dimensions, sizes, values; nothing more, nothing less.

    No more is unpacked than the header declares, and one byte to see that the file ends. Raises DataError for a file
    that is damaged or declares more than 32 GiB.
    """
    try:
        with file.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    return _parse(unpacked, file)  # type: ignore[arg-type]
            return _parse(raw, file)
    except (OSError, EOFError, MemoryError, zlib.error) as error:
        raise DataError(
            "an IDX file must be readable to its end",
            got=f"{file}: {str(error) or type(error).__name__}",
            fix="fetch it again, it is damaged",
        ) from error


def _parse(stream: BinaryIO, file: Path) -> NDArray[np.generic]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not 1 <= magic[3] <= MAX_DIMENSIONS:
        raise DataError(
            "an IDX file starts with 0, 0, type, number of dimensions",
            got=f"{file} starting with {magic.hex(' ') or 'nothing'}",
            fix="give the file as it was published",
        )
    shape = tuple(int(side) for side in np.frombuffer(_exactly(stream, 4 * magic[3], file), ">u4"))
    kind = np.dtype(TYPES[magic[2]])
    declared = kind.itemsize * math.prod(shape)
    if declared > MAX_BYTES:
        raise DataError(
            f"an IDX file declares at most {MAX_BYTES // 2**30} GiB of values",
            got=f"{file}: {' x '.join(map(str, shape))} values, {declared:,} bytes",
            fix="fetch it again, or give the pictures as files in class folders",
        )
    values = _exactly(stream, declared, file)
    if stream.read(1):
        raise DataError(
            "an IDX file ends after its values",
            got=f"{file} with bytes left after {' x '.join(map(str, shape))} values",
            fix="fetch it again, header or values are damaged",
        )
    return np.frombuffer(values, kind).astype(kind.newbyteorder("="), copy=False).reshape(shape)


def _exactly(stream: BinaryIO, count: int, file: Path) -> bytes:
    """Read `count` bytes; the header may lie, so no memory is taken before the bytes are there."""
    pieces, left = [], count
    while left > 0 and (piece := stream.read(min(left, 1 << 24))):
        pieces.append(piece)
        left -= len(piece)
    if left:
        raise DataError(
            "an IDX file holds as many bytes as its header declares",
            got=f"{file}: {count - left:,} of {count:,} bytes",
            fix="fetch it again, it is cut off",
        )
    return b"".join(pieces)


def _folders(place: Place) -> list[Path]:
    """Give the folders that hold IDX pictures."""
    return sorted({file.parent for file in place.files if place.is_folder and NAME.search(file.name)})


def _partner(images: Path) -> Path:
    """Find the labels that belong to `images`, packed or not."""
    plain = images.name.removesuffix(".gz")
    name = re.sub(r"images([-_.])idx\d", r"labels\1idx1", plain, flags=re.IGNORECASE)
    for candidate in (images.with_name(name), images.with_name(name + ".gz")):
        if candidate.is_file():
            return candidate
    raise DataError(
        "IDX pictures and labels come in pairs", got=f"{images} without {name}", fix="put the labels beside it"
    )


def _role(name: str) -> str:
    words = re.split(r"[-_.]", name.lower())
    return next((SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS), "")


def _expect_match(path: Path, pictures: NDArray[np.generic], labels: NDArray[np.generic]) -> None:
    if (
        pictures.ndim < 3
        or 0 in pictures.shape[1:]
        or labels.ndim != 1
        or len(pictures) != len(labels)
        or labels.dtype.kind not in "iu"
    ):
        raise DataError(
            "IDX pictures (N, H, W) and labels (N,) of whole numbers must match",
            got=f"{path}: pictures {pictures.shape}, labels {labels.shape} {labels.dtype}",
            fix="give the labels that were published with these pictures",
        )


def _expect_alike(shapes: list[tuple[str, tuple[int, ...]]]) -> None:
    if len({shape for _, shape in shapes}) > 1:
        raise DataError(
            "all pictures of an IDX folder have one shape",
            got=", ".join(f"{name}: {shape}" for name, shape in shapes),
            fix="give each data set a folder of its own",
        )


def _class_names(folder: Path, labels: NDArray[np.generic]) -> tuple[str, ...]:
    """Read the names for label 0, 1, ... from beside the files; () when there are none."""
    for file in (folder / name for name in CLASS_FILES):
        if file.is_file():
            names = tuple(line.strip() for line in file.read_text("utf-8", errors="replace").splitlines())
            names = tuple(name for name in names if name)
            if len(names) <= int(labels.max(initial=0)) or len(set(names)) < len(names):
                raise DataError(
                    "a file of class names has one line a label, all different",
                    got=f"{file} with {len(names)} lines for labels up to {labels.max(initial=0)}",
                    fix="write a name for each label from 0 on, or remove the file",
                )
            return names
    return ()
