"""Arrays in .npy files, never by pickle, and never larger than the file that declares them."""

import math
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from striate.errors import DataError


def read_npy(file: Path) -> NDArray[np.generic]:
    """Read the array of a file; raises DataError."""
    try:
        with file.open("rb") as stream:
            return read_array(stream, file.stat().st_size)
    except Exception as error:  # a stranger's file may raise anything
        raise unreadable(file, error) from error


def read_array(stream: IO[bytes], size: int) -> NDArray[np.generic]:
    """Read an array in .npy format from a stream of `size` bytes; raises ValueError when it cannot hold that array.

    NumPy takes the memory that a header declares before it looks for the values.
    """
    first = np.lib.format.read_magic(stream)[0] == 1  # versions 2 and 3 differ in the names of fields only
    read_header = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
    shape, _, kind = read_header(stream)
    declared = stream.tell() + kind.itemsize * math.prod(shape)
    if not kind.hasobject and (declared > size or min(shape, default=0) < 0):
        raise ValueError(f"shape {shape} of {kind} takes {declared:,} bytes, there are {size:,}")
    stream.seek(0)
    array: NDArray[np.generic] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def unreadable(file: Path, error: Exception) -> DataError:
    """Say why a file of arrays cannot be used."""
    return DataError(
        "an array file must be whole, hold plain numbers (no Python objects) and fit into memory",
        got=f"{file}: {str(error) or type(error).__name__}",
        fix="save it anew with numpy.savez or numpy.save from numeric arrays",
    )
