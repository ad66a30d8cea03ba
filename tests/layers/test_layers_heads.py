"""Heads that keep a map: shapes and costs as planned, values as the reference has them, the same in ONNX Runtime."""

import numpy as np
import onnxruntime
import pytest
import torch

from striate import reference
from striate.errors import NotationError, ShapeError
from striate.layers.heads.table import HEADS
from striate.models.network import build
from striate.models.onnx_graph import layers_to_onnx
from striate.models.onnx_layers import EMITTERS
from striate.models.zoo import plan_network
from striate.notation import Plan, plan
from striate.notation.heads import PixelHead
from striate.records import ImageInput


def planned(line: str, shape: tuple[int, ...], size: tuple[int, ...], classes: int = 3) -> Plan:
    return plan(line, shape, outputs=PixelHead(classes, size))


CASES = [
    ("conv 5 3 pad 1", (2, 8, 6), (8, 6)),
    ("conv 5 3 /2 pad 1", (2, 8, 6), (8, 6)),
    ("conv 5 3 /4 pad 1", (2, 30, 22), (30, 22)),  # 8x6 to 30x22: no whole factor
    ("conv 5 3 /2 pad 1", (2, 9), (9,)),
    ("conv 5 3 pad 1", (2, 7), (7,)),
]


@pytest.mark.parametrize(("line", "shape", "size"), CASES)
def test_one_map_a_class_as_large_as_the_input(line: str, shape: tuple[int, ...], size: tuple[int, ...]) -> None:
    made = planned(line, shape, size)
    head = made.layers[-1]
    assert made.output_shape == (3, *size)
    assert head.parameters == 3 * 5 + 3
    assert head.multiply_adds == 3 * int(np.prod(head.input_shape))
    module = HEADS[PixelHead](head.operation, head.input_shape)
    assert sum(weight.numel() for weight in module.parameters()) == head.parameters
    assert module(torch.zeros(2, *head.input_shape)).shape == (2, 3, *size)


def test_values_are_those_of_the_reference() -> None:
    head = planned("maxpool 2", (4, 8, 6), (8, 6)).layers[-1]
    module = HEADS[PixelHead](head.operation, head.input_shape).double()
    x = torch.randn(2, 4, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weight, bias = (part.detach().numpy() for part in (module.conv.weight, module.conv.bias))
    votes = reference.conv(x.numpy(), weight, bias)
    np.testing.assert_allclose(module(x).detach().numpy(), reference.upsample(votes, 2, "bilinear"), atol=1e-12)


@pytest.mark.parametrize(("line", "shape", "size"), [*CASES, ("conv 5 3 pad 1 > upsample 3", (2, 11, 10), (11, 10))])
def test_graph_computes_what_the_head_computes(line: str, shape: tuple[int, ...], size: tuple[int, ...]) -> None:
    layers = planned(line, shape, size).layers[-1:]
    module = torch.nn.Module()
    module.add_module("head", HEADS[PixelHead](layers[0].operation, layers[0].input_shape))
    x = np.random.default_rng(0).normal(size=(2, *layers[0].input_shape)).astype(np.float32)
    graph = layers_to_onnx(layers, module, layers[0].input_shape)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (found,) = session.run(["logits"], {"pictures": x})
    expected = module.head(torch.from_numpy(x)).detach().numpy()
    assert found.shape == (2, 3, *size)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_every_head_has_nodes() -> None:
    assert PixelHead in HEADS and PixelHead in EMITTERS


@pytest.mark.parametrize("end", ["globalpool", "flatten", "dense 4"])
def test_a_network_without_a_map_is_refused(end: str) -> None:
    with pytest.raises((ShapeError, NotationError), match=r"names each pixel ends in a map.*leave out"):
        planned(f"conv 5 3 pad 1 > {end}", (2, 8, 6), (8, 6))


def test_a_network_ends_in_the_head() -> None:
    spec = ImageInput(channels=3, height=12, width=8, mean=(0.5,) * 3, std=(0.3,) * 3)
    network = build(plan_network("conv 4 3x3 /2 pad 1 > relu", (3, 12, 8), outputs=PixelHead(2, (12, 8))), spec)
    assert network(torch.zeros(1, 3, 12, 8, dtype=torch.uint8)).shape == (1, 2, 12, 8)
    assert {"head.conv.weight", "head.conv.bias"} <= set(network.state_dict())
