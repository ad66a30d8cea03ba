"""Network -> ONNX: one graph with the input layer inside, uint8 pictures in, logits out, any number of them at once.

Written from the plan, node by node under the notation's names, so that it holds what the network holds and no more.
"""

from typing import Any

import numpy as np
from torch import nn

from striate.errors import UsageError
from striate.layers.inputs.image import expect_pictures
from striate.models.network import Network
from striate.models.onnx_layers import emit_line
from striate.models.onnx_nodes import Graph
from striate.notation import Embed, Layer, leaves
from striate.records import ImageInput

OPSET = 17  # ONNX 1.12 of 2022; all that the notation needs
IR_VERSION = 8  # that of ONNX 1.12, so that older runtimes read the file as well
MOST_BYTES = 2_000_000_000  # protobuf ends at 2 GiB
INPUT, OUTPUT = "pictures", "logits"


def network_to_onnx(network: Network) -> bytes:
    """Give the ONNX model of a network in evaluation mode: (N, C, H, W) uint8 pictures -> (N, K) float32 logits.

    Pictures must have the size and colour of the input specification: letterboxing is the caller's (`input.fit`).
    Raises UsageError without the package onnx, or for weights above 2 GB, where protobuf ends.
    """
    return layers_to_onnx(
        network.plan.layers, network, network.plan.input_shape, spec=expect_pictures(network.input).spec
    )


def layers_to_onnx(
    layers: tuple[Layer, ...], module: nn.Module, shape: tuple[int, ...], *, spec: ImageInput | None = None
) -> bytes:
    """Give the ONNX model of planned layers, the children of `module`, for examples of `shape` (C, *spatial).

    With a specification the input is uint8 and normalised within the graph, else as it is: float32, or int64 for a
    line that begins by embedding.
    """
    weights = sum(layer.parameters for layer in layers)
    if 4 * weights > MOST_BYTES:
        raise UsageError("an ONNX file holds at most 2 GB", got=f"{weights:,} weights", fix="use another engine")
    onnx = _import_onnx()
    graph = Graph()
    start = INPUT if spec is None else _normalise(graph, spec)
    graph.finish(OUTPUT, emit_line(graph, layers, module, start, ""))
    named = isinstance(next(leaves(layers))[1].operation, Embed)  # numbers (N, T) of a vocabulary, shape (V, T)
    arriving = onnx.TensorProto.INT64 if named else onnx.TensorProto.FLOAT
    kind = arriving if spec is None else onnx.TensorProto.UINT8
    made = onnx.helper.make_graph(
        graph.nodes,
        "striate",
        [onnx.helper.make_tensor_value_info(INPUT, kind, ["N", *shape[named:]])],
        [onnx.helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, ["N", *layers[-1].output_shape])],
        graph.constants,
    )
    opset = [onnx.helper.make_opsetid("", OPSET)]
    model = onnx.helper.make_model(made, opset_imports=opset, ir_version=IR_VERSION, producer_name="striate")
    return bytes(model.SerializeToString())


def _normalise(graph: Graph, spec: ImageInput) -> str:
    """(x / 255 - mean) / std as one multiplication and one subtraction."""
    shape = (1, spec.channels, *(1,) * 2)
    mean, std = np.array(spec.mean).reshape(shape), np.array(spec.std).reshape(shape)
    x = graph.add("Cast", "input", INPUT, attributes={"to": 1})  # 1: float32
    x = graph.add("Mul", "input", x, graph.constant("input.scale", 1 / (255 * std)))
    return graph.add("Sub", "input", x, graph.constant("input.shift", mean / std))


def _import_onnx() -> Any:
    try:
        import onnx
        import onnx.helper
    except ImportError:
        raise UsageError(
            "an ONNX graph needs the package onnx", got="none installed", fix="pip install 'striate[export]'"
        ) from None
    return onnx
