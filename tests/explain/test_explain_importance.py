"""Importance maps: every method on every kind of network, and against what can be worked out by hand."""

import numpy as np
import pytest
import torch
from explain_networks import LINES, named, network, pixels

from striate.errors import RunError
from striate.explain.field import receptive_field
from striate.explain.importance import (
    METHODS,
    Question,
    average_picture,
    every_map,
    gradcam,
    integrated_gradients,
    last_map,
    layercam,
    occlusion,
)
from striate.explain.place import locate, sees, spread
from striate.explain.wiring import wire
from striate.models.network import Network
from striate.models.zoo import plan_network

each_method = pytest.mark.parametrize("method", METHODS)
each_network = pytest.mark.parametrize("name", LINES)


def ask(made: Network, method: str, *, k: int = 0) -> Question:
    return Question(network=made, pixels=pixels(made), k=k, layers=METHODS[method].layers(made.plan))


@each_method
@each_network
def test_every_method_maps_every_network(method: str, name: str) -> None:
    made = named(name)
    before = {key: value.clone() for key, value in made.state_dict().items()}
    question = ask(made, method)
    values = METHODS[method].compute(question)
    assert values.shape == made.plan.input_shape[1:]
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(values, METHODS[method].compute(question))
    assert all(torch.equal(value, before[key]) for key, value in made.state_dict().items())
    assert not any(module._forward_hooks for module in made.modules())


@each_method
def test_frozen_weights_have_maps_too(method: str) -> None:
    made = named("normed")
    values = METHODS[method].compute(ask(made, method))
    made.requires_grad_(False)
    np.testing.assert_array_equal(values, METHODS[method].compute(ask(made, method)))


@pytest.mark.parametrize("method", ["gradcam", "layercam"])
def test_weights_that_are_no_numbers_are_named(method: str) -> None:
    made = named("lenet5")
    made.conv2.weight.data[0, 0, 0, 0] = torch.nan
    with pytest.raises(RunError, match=r"conv2\.weight"):
        METHODS[method].compute(ask(made, method))


def hand_made() -> Network:
    """Two maps, x and 2x, whose means vote with 1 and -1/4 for class 0: vote = mean(x) - mean(2x) / 4."""
    made = network("conv 2 1x1 nobias > relu > globalpool", (1, 6, 6), outputs=2)
    with torch.no_grad():
        made.conv1.weight.copy_(torch.tensor([1.0, 2.0]).view(2, 1, 1, 1))
        made.head.weight.copy_(torch.tensor([[1.0, -0.25], [0.0, 0.0]]))
    return made


def test_gradcam_by_hand() -> None:
    """Every slope is its weight / 36 cells: the map is (x - 2x / 4) / 36 = x / 72."""
    made = hand_made()
    question = ask(made, "gradcam")
    assert question.layers == ("relu1",)
    np.testing.assert_allclose(gradcam(question), pixels(made)[0, 0].double().numpy() / 72, rtol=1e-6)


def test_gradcam_keeps_what_speaks_for_the_class_alone() -> None:
    made = hand_made()
    made.head.weight.data *= -1
    assert not gradcam(ask(made, "gradcam")).any()


def test_layercam_by_hand() -> None:
    """The negative slope is left out: the map is x / 36."""
    made = hand_made()
    question = Question(network=made, pixels=pixels(made), k=0, layers=("relu1",))
    np.testing.assert_allclose(layercam(question), pixels(made)[0, 0].double().numpy() / 36, rtol=1e-6)


def test_layers_are_joined_by_their_geometric_mean() -> None:
    made = named("lenet5")
    alone = [
        layercam(Question(network=made, pixels=pixels(made), k=0, layers=(name,))) for name in ("maxpool1", "relu2")
    ]
    joined = layercam(Question(network=made, pixels=pixels(made), k=0, layers=("maxpool1", "relu2")))
    scaled = [one / one.max() + 0.001 for one in alone]
    np.testing.assert_allclose(joined, np.sqrt(scaled[0] * scaled[1]))


@each_network
def test_integrated_gradients_sum_to_the_vote(name: str) -> None:
    made = named(name)
    x = pixels(made)
    with torch.no_grad():
        votes = made(torch.cat([x, average_picture(made).expand_as(x)])).double()[:, 1]
    total = integrated_gradients(ask(made, "integrated_gradients", k=1)).sum()
    assert total == pytest.approx(float(votes[0] - votes[1]), abs=0.05 * float(votes.abs().max()))


def test_occlusion_finds_the_pixel_that_matters() -> None:
    made = network("relu > flatten", (1, 16, 16), outputs=2)
    with torch.no_grad():
        made.head.weight.zero_()
        made.head.weight[0, 5 * 16 + 9] = 1.0
    values = occlusion(ask(made, "occlusion"))
    assert values[5, 9] == values.max() > 0
    assert not values[8:].any() and not values[:, :7].any()


@pytest.mark.parametrize(
    ("line", "shape", "last", "every"),
    [
        ("lenet5", (1, 28, 28), "maxpool2", ("relu1", "maxpool1", "relu2", "maxpool2")),
        ("compact", (1, 28, 28), "skip2", ("relu1", "relu2", "skip1", "relu3", "skip2")),
        ("compact", (1, 8, 8), "skip1", ("relu1", "relu2", "skip1")),
        ("resnet18", (3, 224, 224), "residual8", ("relu1", "maxpool1", *(f"residual{i}" for i in range(1, 9)))),
        ("conv 4 3x3 > dense 5 > relu", (1, 9, 9), "input", ("input",)),
        ("conv 4 3x3 /2 > relu", (1, 6, 6), "relu1", ("relu1",)),
    ],
)
def test_layers_are_chosen(line: str, shape: tuple[int, ...], last: str, every: tuple[str, ...]) -> None:
    plan = plan_network(line, shape, outputs=3)
    assert last_map(plan) == (last,)
    assert every_map(plan) == every


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("conv 2 5x5 > maxpool 2 > conv 2 3x3 pad 1 /2", "conv2"),
        ("conv 2 3x3 dilate 2 > avgpool 3 /2", "avgpool1"),
        ("residual 2 /2 > residual 2", "residual2"),
        ("maxpool 2 > upsample 2 > conv 2 3x3", "conv1"),
    ],
)
def test_cells_lie_in_the_middle_of_their_fields(line: str, layer: str) -> None:
    """Away from the border, where the field is whole."""
    plan = plan_network(line, (1, 40, 48), outputs=2)
    cell = tuple(n // 2 for n in {one.name: one.output_shape[1:] for one in plan.layers}[layer])
    field = receptive_field(plan, layer, cell)
    for (first, step), at, low, high in zip(locate(plan, layer), cell, field.low, field.high, strict=True):
        assert abs(first + step * at - (low + high - 1) / 2) <= 0.5  # upsampled cells see unevenly


@pytest.mark.parametrize(
    "line",
    [
        "lenet5",
        "conv 2 3x3 dilate 2 > avgpool 3 /2 > blur > conv 2 1x1",
        "residual 2 /2 > residual 2 > globalpool",
        "maxpool 2 > upsample 3 > conv 2 3x3 > upsample 2 bilinear > conv 2 3x3",
        "conv 4 3x3 > groupnorm 2 > squeeze_excite 2 > conv 2 3x3",
    ],
)
def test_the_box_of_a_cell_is_that_of_its_field(line: str) -> None:
    plan = plan_network(line, (1, 40, 36), outputs=2)
    for name, one in wire(plan).items():
        cell = tuple(n // 2 for n in one.layer.output_shape[1:])
        field = receptive_field(plan, name, cell)
        assert sees(plan, name, cell) == tuple(zip(field.low, field.high, strict=True)), name


def test_spreading_keeps_the_range_and_the_slope() -> None:
    plan = plan_network("conv 2 5x5 > maxpool 2", (1, 12, 12), outputs=2)
    np.testing.assert_allclose(spread(plan, "maxpool1", np.full((4, 4), 3.0)), 3.0)
    ramp = spread(plan, "maxpool1", np.arange(4.0)[:, None] * np.ones((1, 4)))
    np.testing.assert_allclose(ramp[:, 0], np.clip((np.arange(12) - 2.5) / 2, 0, 3))
