"""ONNX Runtime: the network's own ONNX graph, with buffers bound once, since a call costs it less than its wrapper."""

import threading

import numpy as np
from numpy.typing import NDArray

from striate.models.engines.engine import Engine, Run, takes_no_pictures
from striate.models.network import Network
from striate.models.onnx_graph import INPUT, OUTPUT, network_to_onnx


def prepare(network: Network, *, batch: int, threads: int) -> Run:
    """Bind buffers for whole batches; smaller ones go the ordinary way. Threads spin within a call only."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only
    options.add_session_config_entry("session.force_spinning_stop", "1")  # leave the cores to the other engines
    session = onnxruntime.InferenceSession(network_to_onnx(network), options, providers=["CPUExecutionProvider"])
    shape = (batch, *network.plan.input_shape)
    pictures_in = np.empty(shape, np.uint8)
    logits_out = np.empty((batch, network.plan.output_shape[0]), np.float32)
    binding = session.io_binding()
    binding.bind_cpu_input(INPUT, pictures_in)
    binding.bind_output(OUTPUT, "cpu", 0, np.float32, logits_out.shape, logits_out.ctypes.data)
    turn = threading.Lock()  # the buffers hold one batch at a time

    def run(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        if len(pictures) != batch:
            logits: NDArray[np.float32] = session.run([OUTPUT], {INPUT: pictures})[0]
            return logits
        with turn:
            pictures_in[...] = pictures
            session.run_with_iobinding(binding)
            return logits_out.copy()

    return run


ENGINE = Engine(
    precision="float32", packages=("onnx", "onnxruntime"), threaded=True, obstacle=takes_no_pictures, prepare=prepare
)
