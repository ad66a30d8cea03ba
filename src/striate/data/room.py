"""Room for what is being decoded: rows on disk, where the cache will keep them, so that they need not fit in memory."""

import os
import tempfile
import weakref
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from striate.data.cache_folder import DRAFT, cache_folder, remove


class Room:
    """Takes up to `most` rows of one shape and type, one after the other, and gives them as one array.

    They are written to a file in the cache folder, and come back as a memory map of it; the file goes when the array
    does, unless it became part of an entry. Where the cache is switched off, or cannot be written, rows are held in
    memory.
    """

    def __init__(self, most: int, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.most, self.shape, self.dtype = most, shape, np.dtype(dtype)
        self.count = 0
        self._held: NDArray[Any] | None = None
        self._file: IO[bytes] | None = None
        try:
            self._file = self._open()
        except OSError:  # what becomes of the cache is said by who writes the entry
            self._file = None
        if self._file is None:
            self._held = np.empty((most, *shape), self.dtype)

    def add(self, row: NDArray[Any]) -> None:
        """Take one more row; raises ValueError for another shape or type, or for one too many."""
        if row.shape != self.shape or row.dtype != self.dtype or self.count == self.most:
            raise ValueError(f"row {self.count} of {self.most} is {row.dtype} {row.shape}, expected {self.shape}")
        if self._file is not None:
            try:
                _write(self._file, row)
            except OSError:  # the disk is full: memory may hold what it does not
                self._flee()
        if self._held is not None:
            self._held[self.count] = row
        self.count += 1

    def rows(self) -> NDArray[Any]:
        """Give what was added, (count, *shape); nothing can be added after that."""
        self.most = self.count
        if self._file is not None:
            try:
                return self._seal(self._file)
            except OSError:
                self._flee()
        assert self._held is not None
        return self._held[: self.count]

    def _open(self) -> IO[bytes] | None:
        root = cache_folder()
        if root is None:
            return None
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=DRAFT, suffix=".npy", dir=root)
        file = os.fdopen(handle, "w+b", buffering=0)
        self._abandon = weakref.finalize(self, _discard, file, Path(name))
        self._path, self._start = Path(name), _write_header(file, (self.most, *self.shape), self.dtype)
        return file

    def _seal(self, file: IO[bytes]) -> NDArray[Any]:
        """Say in the file's header how many rows there are, and map it."""
        with file:
            file.seek(0)
            if _write_header(file, (self.count, *self.shape), self.dtype) != self._start:
                raise OSError("the header of the array has another length")
        if self.count == 0 or 0 in self.shape:  # nothing that could be mapped
            return np.empty((self.count, *self.shape), self.dtype)
        array: NDArray[Any] = np.load(self._path, mmap_mode="r", allow_pickle=False)
        self._abandon.detach()
        weakref.finalize(_mapping(array), remove, self._path)
        self._file = None
        return array

    def _flee(self) -> None:
        """Move what is in the file to memory, and go on there."""
        assert self._file is not None
        self._held = np.empty((self.most, *self.shape), self.dtype)
        read = np.fromfile(self._path, self.dtype, offset=self._start, count=self.count * int(np.prod(self.shape)))
        self._held[: self.count] = read.reshape(self.count, *self.shape)
        self._file = None
        self._abandon()


def find_draft(array: NDArray[Any], root: Path) -> Path | None:
    """Give the file in the cache folder `root` that holds just this array, made by a Room; None where there is none."""
    if not isinstance(array, np.memmap) or array.filename is None:
        return None
    file = Path(array.filename)
    if file.parent != root.resolve() or not file.name.startswith(DRAFT) or not file.is_file():
        return None
    whole = np.load(file, mmap_mode="r", allow_pickle=False)
    is_whole = array.flags.c_contiguous and (array.shape, array.dtype) == (whole.shape, whole.dtype)
    return file if is_whole else None


def _discard(file: IO[bytes], path: Path) -> None:
    file.close()
    remove(path)


def _write(file: IO[bytes], row: NDArray[Any]) -> None:
    """Write all of a row, unbuffered: what was added before is in the file, whatever happens now."""
    left = memoryview(row.tobytes())
    while left:
        left = left[file.write(left) :]


def _write_header(file: IO[bytes], shape: tuple[int, ...], dtype: "np.dtype[Any]") -> int:
    """Write the header of an .npy file, whose length does not depend on the number of rows, and tell where data starts.

    NumPy pads it for a first dimension of up to 21 digits.
    """
    description = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, description)
    return file.tell()


def _mapping(array: NDArray[Any]) -> Any:
    """Give what holds the mapping: it lives as long as any view of the array."""
    return array._mmap  # type: ignore[attr-defined]
