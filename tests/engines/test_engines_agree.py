"""Every engine gives the network's own answers, for any number of pictures, from any number of threads."""

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from engine_networks import CPU, LINES, network, pictures

from striate.errors import UsageError
from striate.models.engines import engine as engine_file
from striate.models.engines import vino
from striate.models.engines.agreement import TOLERANCE, agrees, compare
from striate.models.engines.engine import find_obstacle
from striate.models.engines.open import open_route
from striate.models.engines.pytorch import fold
from striate.models.engines.quantise import Validation
from striate.models.engines.route import FixedRoute
from striate.models.engines.table import ENGINES, INT8, NAMES
from striate.models.infer import infer


def test_names_are_those_of_the_table() -> None:
    assert set(NAMES) == {"auto", INT8, *ENGINES}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", ENGINES)
def test_engine_answers_as_the_network(name: str, line: str) -> None:
    made = network(line)
    x = pictures(made, 8)
    reference = infer(made, x, CPU).numpy()
    if find_obstacle(ENGINES[name], made):
        with pytest.raises(UsageError, match=f"the engine {name} must be able to run here"):
            FixedRoute(made, CPU, name)
        return
    run = ENGINES[name].prepare(made, batch=8, threads=1)
    for n in (8, 3, 1, 8):
        out = run(x[:n])
        assert out.dtype == np.float32
        assert agrees(out, reference[:n], precision=ENGINES[name].precision)


@pytest.mark.parametrize("name", ["torch", "onnxruntime", "openvino"])
def test_engine_leaves_the_network_alone(name: str) -> None:
    made = network("residual")
    before = {key: tensor.clone() for key, tensor in made.state_dict().items()}
    ENGINES[name].prepare(made, batch=2, threads=1)(pictures(made, 2))
    assert all(torch.equal(tensor, before[key]) for key, tensor in made.state_dict().items())


@pytest.mark.parametrize("name", ["torch", "onnxruntime", "openvino"])
def test_threads_may_call_at_once(name: str) -> None:
    made = network("lenet5")
    x = pictures(made, 64)
    run = ENGINES[name].prepare(made, batch=4, threads=1)
    alone = [run(x[i : i + 4]) for i in range(0, 64, 4)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda i: run(x[i : i + 4]), range(0, 64, 4)))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["torch", "onnxruntime", "openvino"])
def test_answers_are_the_caller_s_to_keep(name: str) -> None:
    """No later call writes into what an earlier one gave."""
    made = network("lenet5")
    x = pictures(made, 4)
    run = ENGINES[name].prepare(made, batch=2, threads=1)
    first = run(x[:2])
    kept = first.copy()
    run(x[2:])
    np.testing.assert_array_equal(first, kept)


def test_folding_takes_the_norms_away() -> None:
    made = network("compact")
    norms = [m for m in fold(made).modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert len(norms) == 2  # those after a pooling, not after a convolution
    assert sum(isinstance(m, torch.nn.BatchNorm2d) for m in made.modules()) == 6


def test_openvino_s_precision_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    import openvino

    hints: list[dict] = []
    compile_model = openvino.Core.compile_model

    def spy(core: openvino.Core, model: object, device: str, config: dict) -> object:
        hints.append(config)
        return compile_model(core, model, device, config)

    monkeypatch.setattr(openvino.Core, "compile_model", spy)
    vino.FLOAT32.prepare(network("lenet5"), batch=1, threads=1)
    assert hints[0]["INFERENCE_PRECISION_HINT"] == "f32"


def test_bfloat16_is_not_taken_where_it_would_be_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    import openvino

    for capabilities, reason in ((["FP32"], "this CPU has no bfloat16"), (["FP32", "BF16"], "")):
        monkeypatch.setattr(openvino.Core, "get_property", lambda *_, known=capabilities: known)
        assert find_obstacle(vino.BFLOAT16, network("lenet5")) == reason


@pytest.mark.parametrize("name", ["onnxruntime", "openvino", "openvino-int8"])
def test_missing_package_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_file, "find_spec", lambda package: None)
    made = network("lenet5")
    given = Validation(pictures=pictures(made, 2), labels=np.zeros(2, np.int64)) if name == INT8 else None
    with pytest.raises(UsageError, match=r"not installed: pip install 'striate\[export\]'"):
        open_route(made, CPU, name, validation=given)


def test_unknown_engine_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean onnxruntime"):
        open_route(network("lenet5"), CPU, "onnx-runtime")


def test_wrong_engine_is_caught_on_the_first_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    made = network("lenet5")
    route = FixedRoute(made, CPU, "onnxruntime")
    other = network("lenet5")
    other.head.bias.data += 1
    prepared = ENGINES["onnxruntime"].prepare(other, batch=2, threads=1)
    changed = dataclasses.replace(ENGINES["onnxruntime"], prepare=lambda network, *, batch, threads: prepared)
    monkeypatch.setitem(ENGINES, "onnxruntime", changed)
    with pytest.raises(UsageError, match="must be those of PyTorch"):
        route.answer(pictures(made, 2))


# ---- agreement itself

LOGITS = np.array([[1.0, 2.0, -3.0], [0.5, 0.0, 0.25]], np.float32)
Change = Callable[[np.ndarray], np.ndarray]


@pytest.mark.parametrize(
    ("change", "float32", "bfloat16"),
    [
        (lambda x: x, True, True),
        (lambda x: x + np.float32(1e-5), True, True),
        (lambda x: x + np.float32(1e-3), False, True),
        (lambda x: x + np.float32(0.5), False, False),
        (lambda x: x * np.nan, False, False),
        (lambda x: x[:1], False, False),
        (lambda x: x[:, ::-1], False, False),
    ],
)
def test_agreement(change: Change, float32: bool, bfloat16: bool) -> None:
    changed = change(LOGITS)
    assert agrees(changed, LOGITS, precision="float32") is float32
    assert agrees(changed, LOGITS, precision="bfloat16") is bfloat16


def test_agreement_needs_the_same_answers_but_not_in_ties() -> None:
    near = np.array([[1.0, 1.0 - 1e-6, 0.0]], np.float32)
    turned = near[:, [1, 0, 2]]
    assert compare(turned, near, tolerance=TOLERANCE["float32"]).same_answers
    assert not compare(LOGITS[:, [1, 0, 2]], LOGITS, tolerance=TOLERANCE["float32"]).same_answers
