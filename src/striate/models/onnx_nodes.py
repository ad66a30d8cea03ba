"""An ONNX graph in the making: nodes and constants, each under the name of the layer that it belongs to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto


class Graph:
    """Nodes and constants in the order of computation; `add` gives the name of what a node computes."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, kind: str, name: str, *inputs: str, attributes: dict[str, Any] | None = None) -> str:
        """Append a node of one output, named after the layer that it belongs to."""
        from onnx import helper

        unique = f"{name}.{kind}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [unique], name=unique, **(attributes or {})))
        return unique

    def constant(self, name: str, values: Tensor | NDArray[Any] | Sequence[int]) -> str:
        """Append a constant: floating point as float32, whole numbers as int64."""
        from onnx import numpy_helper

        array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
        array = array.astype(np.float32 if array.dtype.kind == "f" else np.int64)
        unique = f"{name}.{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), unique))
        return unique

    def finish(self, name: str, x: str) -> None:
        """Give the last result the name of the graph's output."""
        self.add("Identity", name, x)
        self.nodes[-1].output[0] = name
