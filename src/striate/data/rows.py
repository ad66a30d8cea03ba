"""Some rows of an array that may be larger than memory: nothing is read before it is asked for."""

import math
import mmap
import os
import warnings
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Index: TypeAlias = slice | NDArray[np.integer[Any]] | NDArray[np.bool_] | list[int]
ROOM = 0.5  # of the machine's memory: an array that is smaller stays there once it was read
Inputs: TypeAlias = "NDArray[Any] | Rows"  # N examples (N, ...), wherever they lie: inputs[rows] are in memory


class Rows:
    """The rows `indices` (n,) of `source` (M, ...), looked at as one array (n, ...): `rows[3:5]` reads two of them.

    >>> rows = Rows(np.arange(10).reshape(5, 2), np.array([4, 0]))
    >>> rows.shape, rows[1].tolist(), rows[:].tolist()
    ((2, 2), [0, 1], [[8, 9], [0, 1]])
    """

    def __init__(self, source: NDArray[Any], indices: NDArray[np.integer[Any]]) -> None:
        self.source, self.indices = source, indices

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self.indices), *self.source.shape[1:]

    @property
    def dtype(self) -> "np.dtype[Any]":
        return self.source.dtype

    @property
    def ndim(self) -> int:
        return self.source.ndim

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: "Index | int | np.integer[Any]") -> NDArray[Any]:
        """Read some rows into memory: one (...) by its number, several (n, ...) by a slice, numbers or a mask."""
        place = self.indices[index]
        return np.array(self.source[place]) if np.ndim(place) == 0 else np.asarray(self.source[place])

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: "np.dtype[Any] | None" = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("rows are read into a new array")
        return np.asarray(self[:], dtype)

    def take(self, index: Index) -> "Rows":
        """Give some of the rows, still unread."""
        return Rows(self.source, self.indices[index])


def as_tensor(array: NDArray[Any]) -> Tensor:
    """Look at an array as a tensor on the same memory, though it may be read-only: who writes to it crashes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(array)


def is_larger_than_memory(array: NDArray[Any]) -> bool:
    """Tell whether an array is read from disk again and again: a memory map above half of the machine's memory."""
    return isinstance(array, np.memmap) and array.nbytes > ROOM * _memory()


def read_ahead(array: NDArray[Any], indices: NDArray[np.integer[Any]]) -> None:
    """Have the system read rows of a memory map while something else is computed; nothing where it cannot."""
    mapping = getattr(array, "_mmap", None)
    if not hasattr(mmap, "MADV_WILLNEED") or mapping is None:
        return
    start = array.ctypes.data - _begin(mapping)  # of the array within its mapping
    length = math.prod(array.shape[1:]) * array.itemsize
    for index in indices.tolist():
        first = start + index * length
        page = first // mmap.PAGESIZE * mmap.PAGESIZE
        mapping.madvise(mmap.MADV_WILLNEED, page, first + length - page)


def _begin(mapping: mmap.mmap) -> int:
    """Give the address where a mapping begins."""
    return np.frombuffer(mapping, np.uint8).ctypes.data


def _memory() -> int:
    """Tell how many bytes of memory the machine has; where it does not say, as many as will do."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 8 * 2**30
