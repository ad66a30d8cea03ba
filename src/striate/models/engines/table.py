"""The table of engines. A new engine is one file beside this one and one line here."""

from typing import Literal, TypeAlias, get_args

from striate.errors import UsageError, nearest
from striate.models.engines import native, ort, pytorch, vino
from striate.models.engines.engine import Engine

EngineName: TypeAlias = Literal["auto", "torch", "native", "onnxruntime", "openvino", "openvino-bf16", "openvino-int8"]
NAMES: tuple[EngineName, ...] = get_args(EngineName)
INT8 = "openvino-int8"  # made from validation pictures, so by a function of its own: see quantise.py
ENGINES: dict[str, Engine] = {
    "torch": pytorch.ENGINE,
    "native": native.ENGINE,
    "onnxruntime": ort.ENGINE,
    "openvino": vino.FLOAT32,
    "openvino-bf16": vino.BFLOAT16,
}


def read_engine(name: str) -> EngineName:
    """Give the name when it is one of an engine; raises UsageError with the nearest."""
    for known in NAMES:
        if name == known:
            return known
    raise UsageError("an engine must be known", got=repr(name), fix=nearest(name, NAMES))
