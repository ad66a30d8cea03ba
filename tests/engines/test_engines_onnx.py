"""Every row of the layers' table through the ONNX graph, in ONNX Runtime and OpenVINO, against the modules."""

import numpy as np
import onnx
import pytest
import torch
from layer_rows import Shape, as_input, built, each_row, examples

from striate.errors import UsageError
from striate.layers.table import MODULES
from striate.models.network import build
from striate.models.onnx_graph import MOST_BYTES, layers_to_onnx, network_to_onnx
from striate.models.onnx_layers import EMITTERS
from striate.models.zoo import plan_network
from striate.notation import Recurrent, plan
from striate.records import ImageInput


def run_onnxruntime(model: bytes, x: np.ndarray) -> np.ndarray:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"pictures": x})[0]


def run_openvino(model: bytes, x: np.ndarray) -> np.ndarray:
    import openvino

    core = openvino.Core()
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    return core.compile_model(core.read_model(model), "CPU", hints)(x)[0]


RUNTIMES = {"onnxruntime": run_onnxruntime, "openvino": run_openvino}


def test_every_operation_has_nodes() -> None:
    assert set(EMITTERS) >= set(MODULES) - {Recurrent}  # which goes through PyTorch alone


@pytest.mark.parametrize("runtime", RUNTIMES)
@each_row
def test_graph_computes_what_the_layer_computes(line: str, shape: Shape, runtime: str) -> None:
    if {*line.replace("(", " ").split()} & {"rnn", "gru", "lstm", "frames"}:
        pytest.skip("recurrence and frames go through PyTorch alone")
    layers, module = built(line, shape)
    x = examples(shape, line=line)
    given = as_input(x, line=line).detach()
    expected = module.eval()(given).detach().numpy()
    x = given.numpy().astype(np.int64 if given.dtype == torch.int64 else np.float32)
    model = layers_to_onnx(layers, module, shape)
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    for n in (3, 1):  # any number at once
        out = RUNTIMES[runtime](model, x[:n])
        assert out.dtype == np.float32
        np.testing.assert_allclose(out, expected[:n], rtol=1e-4, atol=2e-5 * np.abs(expected).max())


def test_graph_holds_the_input_layer() -> None:
    """uint8 in, each channel by its own mean and deviation."""
    spec = ImageInput(channels=3, height=4, width=5, mean=(0.1, 0.5, 0.9), std=(0.2, 0.3, 0.4))
    network = build(plan_network("flatten", (3, 4, 5)), spec)
    x = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 5), dtype=np.uint8)
    expected = network(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(run_onnxruntime(network_to_onnx(network), x), expected, rtol=1e-5, atol=1e-6)


def test_nodes_are_named_after_the_notation() -> None:
    layers, module = built("conv 2 3 > residual 2", (1, 6, 6))
    nodes = [node.name for node in onnx.load_from_string(layers_to_onnx(layers, module, (1, 6, 6))).graph.node]
    assert [name.rpartition(".Conv.")[0] for name in nodes if ".Conv." in name] == [
        "conv1",
        "residual1.body.skip1.body.conv1",
        "residual1.body.skip1.body.conv2",
    ]


def test_graph_above_two_gigabytes_is_refused() -> None:
    layers = plan("dense 30000 > dense 30000", (1, 1)).layers
    assert 4 * sum(layer.parameters for layer in layers) > MOST_BYTES
    with pytest.raises(UsageError, match="2 GB"):
        layers_to_onnx(layers, torch.nn.Identity(), (1, 1))
