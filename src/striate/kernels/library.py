"""The shared library of native kernels: found and loaded once; None where it was not built."""

import ctypes
import os
from functools import cache
from pathlib import Path


@cache
def library() -> ctypes.CDLL | None:
    """Load the kernels; None where they were not built, or where `STRIATE_KERNELS=off`."""
    files = sorted(Path(__file__).parent.glob("_native*.so"))
    if not files or os.environ.get("STRIATE_KERNELS", "").lower() == "off":
        return None
    return ctypes.CDLL(str(files[0]))
