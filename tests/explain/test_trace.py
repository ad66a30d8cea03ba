"""Every cell, vote and gradient unfolds into what the network computed, to the last bits of its precision."""

import itertools

import numpy as np
import pytest
import torch
from trace_networks import EVERYTHING, NETWORKS, picture_network, text_network

from striate.errors import RunError, UsageError
from striate.explain.field import reach, receptive_field
from striate.explain.gradient import pass_back, trace_gradient
from striate.explain.observe import Observation, observe
from striate.explain.trace import PROBABILITY, trace, trace_votes
from striate.explain.unfold import UNFOLD
from striate.explain.wiring import INPUT, wire
from striate.models.network import Network
from striate.notation import Combination
from striate.records import GradientTrace, Trace, from_json, to_json
from striate.tasks import classification

CELLS, WEIGHTS = 1000, 150
each_network = pytest.mark.parametrize("name", NETWORKS)


@pytest.fixture(scope="module")
def networks() -> dict[str, tuple[Network, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return {name: (make(), torch.rand(4, *shape, generator=generator)) for name, (make, shape) in NETWORKS.items()}


def draw(observation: Observation, count: int, rng: np.random.Generator) -> list[tuple[str, tuple[int, ...], int]]:
    """Cells of every layer in turn, the probabilities and the input among them: (layer, cell, example)."""
    classes = observation.logits.shape[1:]
    shapes = {name: tuple(values.shape[1:]) for name, values in observation.maps.items()} | {PROBABILITY: classes}
    names = itertools.islice(itertools.cycle(shapes), count)
    return [(name, tuple(int(rng.integers(n)) for n in shapes[name]), int(rng.integers(4))) for name in names]


def test_the_table_knows_every_operation(networks: dict[str, tuple[Network, torch.Tensor]]) -> None:
    network, _ = networks["everything"]
    used = {type(found.layer.operation) for found in wire(network.plan).values()}
    pooled = {type(found.layer.operation) for found in wire(networks["pools"][0].plan).values()}
    embedded = {type(found.layer.operation) for found in wire(text_network().plan).values()}
    assert used | pooled | embedded == set(UNFOLD)
    kinds = [found.layer.operation for found in wire(network.plan).values()]
    assert {kind.kind for kind in kinds if isinstance(kind, Combination)} == {"group", "skip", "scale"}


@each_network
@pytest.mark.parametrize(("precise", "limit"), [(False, 1e-4), (True, 1e-10)])
def test_a_thousand_cells(
    networks: dict[str, tuple[Network, torch.Tensor]], name: str, precise: bool, limit: float
) -> None:
    network, pictures = networks[name]
    observation = observe(network, pictures, precise=precise)
    for layer, cell, example in draw(observation, CELLS, np.random.default_rng(7)):
        found = trace(observation, layer, cell, example=example)
        assert found.difference < limit, found
        shown = float(observation.maps.get(layer, observation.logits)[example][cell])
        assert layer == PROBABILITY or found.network == shown


def test_cells_of_a_text_network() -> None:
    """Whole numbers name rows of a table; 0 names none."""
    network = text_network()
    ids = torch.randint(0, 30, (4, 12), generator=torch.Generator().manual_seed(1), dtype=torch.int32)
    observation = observe(network, ids)
    cells = [cell for cell in draw(observation, 300, np.random.default_rng(7)) if cell[0] != INPUT]
    for layer, cell, example in cells:
        assert trace(observation, layer, cell, example=example).difference < 1e-4
    empty = tuple((ids == 0).nonzero()[0].tolist())
    found = trace(observation, "embed1", (2, empty[1]), example=empty[0])
    assert found.value == found.network == found.terms[0].value == 0
    assert [term.cell for term in found.terms] == [(empty[1],)]


@each_network
def test_terms_and_constants_make_the_value(networks: dict[str, tuple[Network, torch.Tensor]], name: str) -> None:
    """What is shown adds up: a reader who sums the products and adds the bias gets the value."""
    network, pictures = networks[name]
    observation = observe(network, pictures)
    for layer, cell, example in draw(observation, 300, np.random.default_rng(8)):
        found = trace(observation, layer, cell, example=example)
        products = [term.product for term in found.terms]
        if layer in (PROBABILITY, INPUT) or np.isnan(products).any():
            continue
        total = sum(products) + found.constants.get("bias", 0.0)
        if "scale" in found.constants:
            total += found.constants["shift"] - found.terms[0].weight * found.constants["mean"]
        assert total == pytest.approx(found.value, rel=1e-9, abs=1e-9), found
        for term in found.terms:
            source = observation.maps[term.source][example]
            inside = all(0 <= at < n for at, n in zip(term.cell, source.shape, strict=False))
            place = term.cell[: source.dim()]  # a gate's cell keeps the map's number of places
            assert term.value == (float(source[place]) if inside else 0.0)


@each_network
def test_the_sum_of_a_gradient_is_the_slope(networks: dict[str, tuple[Network, torch.Tensor]], name: str) -> None:
    network, pictures = networks[name]
    back = pass_back(network, pictures, torch.tensor([0, 1, 2, 3]), precise=True)
    rng = np.random.default_rng(9)
    for full in itertools.islice(itertools.cycle(back.gradients), WEIGHTS):
        layer, _, parameter = full.rpartition(".")
        index = tuple(int(rng.integers(n)) for n in back.gradients[full].shape)
        found = trace_gradient(back, layer, parameter, index)
        assert found.difference < 1e-10, found
        assert sum(found.by_example) == pytest.approx(found.value, rel=1e-9, abs=1e-15)


@each_network
def test_gradients_meet_finite_differences(networks: dict[str, tuple[Network, torch.Tensor]], name: str) -> None:
    """Central differences in float64 with two steps: where they disagree a kink lies between, and nothing is said."""
    network, pictures = networks[name]
    labels = torch.tensor([0, 1, 2, 3])
    back = pass_back(network, pictures, labels, precise=True)
    moved, rng, compared = back.observation.network.eval(), np.random.default_rng(10), 0
    parameters = dict(moved.named_parameters())
    for full in itertools.islice(itertools.cycle(back.gradients), 40):
        index = tuple(int(rng.integers(n)) for n in back.gradients[full].shape)
        slopes = [_slope(moved, parameters[full], index, pictures, labels, step) for step in (1e-5, 2e-5)]
        if abs(slopes[0] - slopes[1]) > 1e-8 * max(1.0, abs(slopes[0])):
            continue
        compared += 1
        layer, _, parameter = full.rpartition(".")
        found = trace_gradient(back, layer, parameter, index)
        assert found.value == pytest.approx(slopes[0], rel=1e-6, abs=1e-8)
    assert compared >= 20


@torch.no_grad()
def _slope(
    network: Network, weight: torch.Tensor, index: tuple[int, ...], x: torch.Tensor, y: torch.Tensor, step: float
) -> float:
    losses, start = [], weight[index].item()
    for at in (start + step, start - step):
        weight[index] = at
        losses.append(classification.loss(network(x.double()), y).item())
    weight[index] = start
    return (losses[0] - losses[1]) / (2 * step)


@pytest.mark.parametrize("name", ["pools", "everything", "signal", "bn-vgg"])
def test_only_the_receptive_field_reaches_a_cell(networks: dict[str, tuple[Network, torch.Tensor]], name: str) -> None:
    """Gradients of one cell with respect to the input are 0 outside of the field, and for some weights not inside."""
    network, pictures = networks[name]
    generator = torch.Generator().manual_seed(1)
    rng = np.random.default_rng(11)
    for layer, found in wire(network.plan).items():
        shape = found.layer.output_shape
        place = tuple(int(rng.integers(n)) for n in shape[1:])
        mask = reach(network.plan, layer, place)
        touched = np.zeros_like(mask)
        for _ in range(3):
            x = torch.rand(1, *pictures.shape[1:], generator=generator, requires_grad=True)
            cells = observe(network, x, precise=True, gradients=True).maps[layer][0]
            (slope,) = torch.autograd.grad(cells[(slice(None), *place)].square().sum(), x, allow_unused=True)
            touched |= np.zeros_like(mask) if slope is None else (slope[0].abs().sum(0) > 0).numpy()
        assert not (touched & ~mask).any(), layer
        box = receptive_field(network.plan, layer, place)
        assert mask.sum() == box.reached <= np.prod(np.subtract(box.high, box.low))


def test_a_dilated_convolution_leaves_gaps() -> None:
    network = picture_network("conv 2 3x3 pad 2 dilate 2", 9)
    assert receptive_field(network.plan, "conv1", (4, 4)).reached == 9
    assert receptive_field(network.plan, "conv1", (0, 0)).low == (0, 0)


def test_the_input_is_traced_to_the_pixels_that_came_in(networks: dict[str, tuple[Network, torch.Tensor]]) -> None:
    """In bytes and in [0, 1]; an input layer that normalised otherwise would be found out."""
    network, pictures = networks["lenet5"]
    for given in (pictures, (255 * pictures).to(torch.uint8)):
        observation = observe(network, given)
        found = trace(observation, INPUT, (2, 5, 6), example=1)
        pixel = given[1, 2, 5, 6].item() / (255 if given.dtype == torch.uint8 else 1)
        assert found.terms[0].value == pytest.approx(pixel, rel=1e-12) and found.difference < 1e-6
        observation.maps[INPUT] += 0.1
        assert trace(observation, INPUT, (2, 5, 6), example=1).difference > 0.01


def test_votes_add_up_by_map(networks: dict[str, tuple[Network, torch.Tensor]]) -> None:
    for name, source in (("lenet5", "relu4"), ("bn-vgg", "maxpool2"), ("resnet18", "globalpool1")):
        network, pictures = networks[name]
        observation = observe(network, pictures)
        votes = trace_votes(observation, 3, tuple("abcdefghij"), example=1)
        assert votes.label == "d" and votes.votes[0].source == source
        assert votes.bias + sum(vote.total for vote in votes.votes) == pytest.approx(votes.total, abs=1e-9)
        assert votes.total == pytest.approx(float(observation.logits[1, 3]), rel=1e-4, abs=1e-5)
        assert len(votes.votes) == observation.maps[source].shape[1]
        sizes = [abs(vote.total) for vote in votes.votes]
        assert sizes == sorted(sizes, reverse=True)


def test_records_survive_json(networks: dict[str, tuple[Network, torch.Tensor]]) -> None:
    network, pictures = networks["lenet5"]
    found = trace(observe(network, pictures), "conv2", (3, 1, 2))
    assert from_json(Trace, to_json(found)) == found
    slope = trace_gradient(pass_back(network, pictures, torch.arange(4)), "conv1", "weight", (0, 0, 1, 1))
    assert from_json(GradientTrace, to_json(slope)) == slope


def test_observing_leaves_the_network_as_it_was() -> None:
    network = picture_network(EVERYTHING, 24).train()
    network.native = True
    before = {name: value.clone() for name, value in network.state_dict().items()}
    observe(network, torch.rand(2, 3, 24, 24))
    assert network.training and network.native
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize(
    ("layer", "cell", "example", "said"),
    [
        ("conv3", (0, 0, 0), 0, "did you mean conv2 or conv1"),
        ("conv1", (6, 0, 0), 0, "run from 0,0,0 to 5,31,31"),
        ("conv1", (0, 0), 0, "run from 0,0,0 to 5,31,31"),
        ("conv1", (0, -1, 0), 0, "run from 0,0,0 to 5,31,31"),
        ("head", (10,), 0, "run from 0 to 9"),
        ("conv1", (0, 0, 0), 4, "numbered 0 to 3"),
    ],
)
def test_a_cell_that_is_not_there(
    networks: dict[str, tuple[Network, torch.Tensor]], layer: str, cell: tuple[int, ...], example: int, said: str
) -> None:
    network, pictures = networks["lenet5"]
    with pytest.raises(UsageError, match=said):
        trace(observe(network, pictures), layer, cell, example=example)


def test_a_weight_that_is_not_there(networks: dict[str, tuple[Network, torch.Tensor]]) -> None:
    network, pictures = networks["lenet5"]
    back = pass_back(network, pictures, torch.arange(4))
    with pytest.raises(UsageError, match="trained tensor"):
        trace_gradient(back, "relu1", "weight", (0,))
    with pytest.raises(UsageError, match="run up to 5,2,4,4"):
        trace_gradient(back, "conv1", "weight", (0, 0, 0, 5))


def test_weights_that_are_no_numbers_are_named() -> None:
    network = picture_network("lenet5", 32)
    with torch.no_grad():
        network.get_parameter("conv2.weight")[0, 0, 0, 0] = torch.nan
    with pytest.raises(RunError, match=r"conv2\.weight"):
        observe(network, torch.rand(1, 3, 32, 32))


def test_an_overflow_is_named_by_its_layer() -> None:
    network = picture_network("lenet5", 32)
    with torch.no_grad():
        network.get_parameter("conv2.weight").mul_(1e38)
    with pytest.raises(RunError, match="out of conv2"):
        observe(network, torch.rand(1, 3, 32, 32))
