"""The shared library of native kernels: found, loaded once, and described to ctypes. None where it was not built."""

import ctypes
import os
from functools import cache
from pathlib import Path

from striate.errors import UsageError

FIELDS = 23  # whole numbers of one step, as native/program.hpp has them


class LineCall(ctypes.Structure):
    """What a run of a program is given; native/table.hpp says what each field means."""

    _fields_ = (
        ("steps", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("examples", ctypes.c_int64),
        ("threads", ctypes.c_int64),
        ("training", ctypes.c_int64),
        ("keep", ctypes.c_int64),
        ("bfloat16", ctypes.c_int64),
        ("input", ctypes.c_void_p),
        ("parameters", ctypes.c_void_p),
        ("memory", ctypes.c_void_p),
        ("output", ctypes.c_void_p),
        ("statistics", ctypes.c_void_p),
        ("passed", ctypes.c_void_p),
        ("gradients", ctypes.c_void_p),
        ("input_gradient", ctypes.c_void_p),
        ("parameter_gradients", ctypes.c_void_p),
    )


@cache
def library() -> ctypes.CDLL | None:
    """Load the kernels; None where they were not built, or where `STRIATE_KERNELS=off`."""
    if os.environ.get("STRIATE_KERNELS", "").lower() == "off":
        return None
    files = sorted(Path(__file__).parent.glob("_native*.so")) + sorted(Path(__file__).parent.glob("_native*.pyd"))
    if not files:
        return None
    loaded = ctypes.CDLL(str(files[0]))
    whole, call = ctypes.c_int64, ctypes.POINTER(LineCall)
    for name, result, arguments in (
        ("striate_step_fields", whole, ()),
        ("striate_best_set", whole, ()),
        ("striate_set_name", ctypes.c_char_p, (whole,)),
        ("striate_lanes", whole, (whole,)),
        ("striate_line_memory", whole, (whole, call)),
        ("striate_line_gradients", whole, (whole, call)),
        ("striate_line_forward", None, (whole, call)),
        ("striate_line_backward", None, (whole, call)),
    ):
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded if loaded.striate_step_fields() == FIELDS else None


def build_name() -> str:
    """Name the build of the kernels that runs here, such as avx2; "none" where they are missing or switched off."""
    loaded = library()
    return "none" if loaded is None else str(loaded.striate_set_name(instruction_set()).decode())


@cache
def instruction_set() -> int:
    """Choose the build of the kernels: the best that this processor can run, or the one named in `STRIATE_KERNELS`.

    Raises UsageError for a name that is unknown, or whose instructions the processor lacks.
    """
    loaded = library()
    if loaded is None:
        raise UsageError("the native kernels must be there", got="none", fix="install with a C++ compiler at hand")
    best = int(loaded.striate_best_set())
    names = [loaded.striate_set_name(number).decode() for number in range(best + 1)]
    wanted = os.environ.get("STRIATE_KERNELS", "") or names[best]
    if wanted not in names:
        fix = f"unset STRIATE_KERNELS, or use {', '.join(names)} or off"
        raise UsageError("STRIATE_KERNELS names a build that this processor can run", got=wanted, fix=fix)
    return names.index(wanted)
