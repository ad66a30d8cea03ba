"""OpenVINO, its precision always stated: left to itself it computes in bfloat16 where a machine has it, unasked."""

import threading
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from striate.models.engines.engine import Engine, Run, takes_no_pictures
from striate.models.network import Network
from striate.models.onnx_graph import network_to_onnx

PACKAGES = ("onnx", "openvino")


def read_model(network: Network) -> Any:
    """Give the network as an OpenVINO model of any batch size."""
    import openvino

    return openvino.Core().read_model(network_to_onnx(network))


def start(model: Any, network: Network, *, batch: int, threads: int, precision: Literal["f32", "bf16"]) -> Run:
    """Compile a model for whole batches, with its buffers reused; a smaller batch fills a part of them."""
    import openvino

    model.reshape([batch, *network.plan.input_shape])
    hints = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",  # all threads on one request; there is only one
    }
    request = openvino.Core().compile_model(model, "CPU", hints).create_infer_request()
    pictures_in, logits_out = request.get_input_tensor(0).data, request.get_output_tensor(0).data
    turn = threading.Lock()  # the buffers hold one batch at a time

    def run(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        n = len(pictures)
        with turn:
            pictures_in[:n] = pictures
            request.infer(None)  # what lies in the buffers; arrays given here pass through costly wrappers
            logits: NDArray[np.float32] = logits_out[:n].copy()
            return logits

    return run


def _prepare(network: Network, *, batch: int, threads: int, precision: Literal["f32", "bf16"]) -> Run:
    return start(read_model(network), network, batch=batch, threads=threads, precision=precision)


def _bfloat16_obstacle(network: Network) -> str:
    """OpenVINO computes in float32 without a word where the machine has no bfloat16."""
    import openvino

    has = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return takes_no_pictures(network) if has else "this CPU has no bfloat16"


FLOAT32 = Engine(
    precision="float32",
    packages=PACKAGES,
    threaded=True,
    obstacle=takes_no_pictures,
    prepare=partial(_prepare, precision="f32"),
)
BFLOAT16 = Engine(
    precision="bfloat16",
    packages=PACKAGES,
    threaded=True,
    obstacle=_bfloat16_obstacle,
    prepare=partial(_prepare, precision="bf16"),
)
