"""What a picture is, whatever its file is called: SHA-256 over its decoded pixels and their shape."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 24  # bytes of an array that are read at a time


def digest(picture: NDArray[np.generic]) -> str:
    """Give the SHA-256 (64 hex digits) of a picture (C, H, W) uint8, or of any array.

    >>> digest(np.zeros((1, 2, 3), np.uint8)) == digest(np.zeros((1, 3, 2), np.uint8))
    False
    """
    total = hashlib.sha256(repr(picture.shape).encode())
    total.update(np.ascontiguousarray(picture).data)
    return total.hexdigest()


def fingerprint(*parts: object) -> str:
    """Give one SHA-256 (64 hex digits) over values in order; arrays by their bytes, all else by its text."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            total.update(part.nbytes.to_bytes(8, "big"))
            for some in _pieces(part):
                total.update(some.tobytes())
        else:
            content = repr(part).encode()
            total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()


def _pieces(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield an array, which may be larger than memory, some rows at a time."""
    rows = np.atleast_1d(array)
    step = max(1, CHUNK // max(1, rows.nbytes // max(1, len(rows))))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]
