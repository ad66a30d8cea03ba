"""What a plan says of a network: published counts, costs by hand, fields of view measured on the built network."""

import subprocess
import sys
import time

import pytest
import torch
from torch import Tensor, nn

from striate.layers.combine import Line
from striate.models.zoo import ZOO, plan_network
from striate.notation import BatchNorm, Conv, Dense, leaves, parse, plan

Shape = tuple[int, ...]
RESNET50 = (
    "conv 64 7x7 /2 pad 3 > batchnorm > relu > maxpool 3x3 /2 pad 1 > bottleneck 64 x3 > bottleneck 128 /2 x4"
    " > bottleneck 256 /2 x6 > bottleneck 512 /2 x3 > globalpool"
)
THOUSAND = "conv 16 3x3 pad 1 > residual 16 x500 > batchnorm > relu > globalpool"


@pytest.mark.parametrize(
    ("line", "shape", "outputs", "parameters"),
    [
        ("lenet5", (1, 28, 28), 10, 61_706),  # LeCun et al. 1998
        ("resnet18", (3, 224, 224), 1000, 11_689_512),  # torchvision, as the two below
        ("vgg11", (3, 224, 224), 1000, 132_863_336),
        (RESNET50, (3, 224, 224), 1000, 25_557_032),
    ],
    ids=["lenet5", "resnet18", "vgg11", "resnet50"],
)
def test_published_parameter_counts(line: str, shape: Shape, outputs: int, parameters: int) -> None:
    made = plan_network(line, shape, outputs=outputs)
    assert made.parameters == parameters
    assert made.output_shape == (outputs,)


def test_published_multiply_adds_of_resnet18() -> None:
    assert plan_network("resnet18", (3, 224, 224), outputs=1000).multiply_adds == 1_814_073_344


def test_published_map_sizes_of_resnet18() -> None:
    """He et al. 2016a, table 1."""
    made = plan_network("resnet18", (3, 224, 224))
    after = {layer.name: layer.output_shape for layer in made.layers}
    assert after["conv1"] == (64, 112, 112)
    sizes = [after[f"residual{i}"] for i in (2, 4, 6, 8)]
    assert sizes == [(64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7)]


def test_costs_of_a_small_network_by_hand() -> None:
    made = plan("conv 4 3x3 pad 1 > relu > maxpool 2 > edge > batchnorm > dense 5", (2, 8, 8), outputs=3)
    rows = [(layer.parameters, layer.multiply_adds, layer.activation_bytes) for layer in made.layers]
    assert rows == [
        (4 * (2 * 9 + 1), 4 * 8 * 8 * 2 * 9, 4 * 4 * 8 * 8),  # conv
        (0, 0, 4 * 4 * 8 * 8),  # relu
        (0, 0, 4 * 4 * 4 * 4),  # maxpool
        (0, 4 * 4 * 4 * 9, 4 * 4 * 4 * 4),  # edge: one fixed kernel a channel
        (2 * 4, 0, 4 * 4 * 4 * 4),  # batchnorm: a scale and a shift a channel
        (5 * (64 + 1), 5 * 64, 4 * 5),  # dense
        (3 * (5 + 1), 3 * 5, 4 * 3),  # head
    ]
    assert (made.parameters, made.multiply_adds) == (76 + 8 + 325 + 18, 4608 + 576 + 320 + 15)
    assert made.activation_bytes == 2 * 1024 + 3 * 256 + 20 + 12


def test_costs_of_groups_and_blocks_by_hand() -> None:
    grouped = plan("conv 6 3 groups 2 nobias > depthwise 5 pad 2", (4, 10)).layers
    assert [layer.parameters for layer in grouped] == [6 * 2 * 3, 6 * 5 + 6]
    assert [layer.multiply_adds for layer in grouped] == [6 * 8 * 2 * 3, 6 * 8 * 5]
    skip = plan("skip(conv 2 1 | conv 2 3 pad 1)", (3, 5)).layers[0]
    assert (skip.parameters, skip.multiply_adds) == (2 * 4 + 2 * 10, 2 * 5 * 3 + 2 * 5 * 9)
    assert skip.activation_bytes == 3 * 4 * 2 * 5  # both branches and their sum
    squeeze = plan("squeeze_excite 4", (8, 3, 3)).layers[0]
    assert squeeze.parameters == (8 * 2 + 2) + (2 * 8 + 8)


# ---- rules of the notation that show in the plan


def convolutions(line: str, shape: Shape = (8, 32, 32)) -> list[Conv]:
    return [leaf.operation for _, leaf in leaves(plan(line, shape).layers) if isinstance(leaf.operation, Conv)]


@pytest.mark.parametrize("line", ["conv 8 3 /2 pad 1 x3", "depthwise 3 pad 1 /2 x3", "residual 8 /2 x3"])
def test_stride_of_a_repeated_layer_belongs_to_the_first(line: str) -> None:
    made = plan(line, (8, 32, 32))
    assert [layer.output_shape[1] for layer in made.layers] == [16, 16, 16]
    strides = [conv.stride for conv in convolutions(line)]
    assert strides[0] == (2, 2)
    assert sum(stride == (2, 2) for stride in strides) == (2 if line.startswith("residual") else 1)  # and its shortcut


def test_stride_in_a_repeated_group_belongs_to_each_turn() -> None:
    assert plan("(conv 8 3 /2 pad 1 > relu) x3", (8, 32, 32)).output_shape == (8, 4, 4)
    assert plan("maxpool 2 x3", (8, 32, 32)).output_shape == (8, 4, 4)


@pytest.mark.parametrize(
    ("line", "biases"),
    [
        ("conv 8 3 > batchnorm", [False]),
        ("conv 8 3 > relu > batchnorm", [True]),
        ("conv 8 3 bias > batchnorm", [True]),
        ("conv 8 3 nobias > relu", [False]),
        ("conv 8 3 pad 1 x3 > batchnorm", [True, True, False]),
        ("(conv 8 3 pad 1 > batchnorm) x2", [False, False]),
        ("residual 8", [False, False]),
        ("depthwise 3 > batchnorm > depthwise 3", [False, True]),
    ],
)
def test_bias_is_dropped_before_batchnorm(line: str, biases: list[bool]) -> None:
    assert [conv.bias for conv in convolutions(line)] == biases


def test_bias_of_dense_is_dropped_before_batchnorm() -> None:
    made = plan("dense 8 > batchnorm > dense 8", (4,))
    assert [layer.operation for layer in made.layers] == [Dense(8, False), BatchNorm(), Dense(8, True)]
    assert [layer.parameters for layer in made.layers] == [32, 16, 72]


def test_shortcut_of_a_block_only_where_the_shape_changes() -> None:
    names = [name for name, _ in leaves(plan("residual 8 x2 > residual 8 /2", (8, 9, 9)).layers)]
    beside = [name for name in names if "shortcut" in name]
    assert beside == [f"residual3.body.skip1.shortcut.{name}" for name in ("conv1", "batchnorm1")]


# ---- receptive fields, measured: which cells of the input move which cell of the output

FIELDS = [
    ("conv 2 3 > conv 2 5 > conv 1 1", (1, 40)),
    ("conv 2 3 /2 > conv 2 3 /2 > conv 2 3", (1, 60)),
    ("conv 2 3 dilate 4 > avgpool 3 /2 pad 1 > conv 1 2", (2, 60)),
    ("maxpool 3 /2 pad 1 > conv 2 3 pad 1 > maxpool 2", (1, 48)),
    ("conv 2 3 /2 pad 1 > skip(conv 2 3 pad 1 > conv 2 5 pad 2)", (1, 48)),
    ("residual 2 /2 x2 > residual 4 /2", (2, 96)),
    ("bottleneck 1 /2 > bottleneck 2", (2, 40)),
    ("scale(conv 2 7 pad 3 > sigmoid) > conv 1 3", (2, 40)),
    ("maxpool 2 > upsample 2 > conv 1 3", (1, 40)),
    ("upsample 2 > conv 1 2 > conv 1 2", (1, 12)),
    ("upsample 3 > conv 1 2 x3", (1, 10)),
    ("upsample 6 > conv 1 2 x6", (1, 4)),  # one and six sixths, which floats sum to more than two
    ("upsample 2 > (conv 1 2 > relu) x3", (1, 12)),
    ("skip(conv 2 1 | conv 2 7 pad 3) > relu", (2, 20)),
    ("upsample 2 bilinear > conv 1 3", (1, 24)),
    ("blur > sharpen > depthwise 3", (2, 30)),
    ("conv 2 3 > scale(globalpool > dense 2 > sigmoid)", (2, 20)),
    ("conv 2 3 > groupnorm 1", (2, 20)),
    ("conv 2 3 > flatten > dense 3", (1, 20)),
    ("conv 2 3x5 /2x1 > avgpool 2x3", (1, 20, 20)),
    ("conv 1 2x3x1 > maxpool 2", (1, 8, 9, 6)),
]


def see(line: str, shape: Shape, *, examples: int) -> Tensor:
    """(cells of output, *spatial): which cells of the input each cell of the output depends on."""
    torch.manual_seed(1)
    network = Line(plan(line, shape).layers).double().eval()
    for weight in network.parameters():
        nn.init.uniform_(weight, 0.5, 1.5)  # positive, so that no two ways cancel
    x = torch.rand(examples, *shape, dtype=torch.float64, requires_grad=True)
    out = network(x)
    cells = out.flatten(2).sum(1) if out.dim() > 2 else out.sum(1, keepdim=True)  # (examples, cells)
    seen = [torch.autograd.grad(cells[:, i].sum(), x, retain_graph=True)[0] for i in range(cells.shape[1])]
    return torch.stack([(grad.abs() > 1e-12).sum((0, 1)) > 0 for grad in seen])


@pytest.mark.parametrize(("line", "shape"), FIELDS)
def test_receptive_field_is_what_the_network_sees(line: str, shape: Shape) -> None:
    last = plan(line, shape).layers[-1]
    seen = see(line, shape, examples=64 if "maxpool" in line else 4)
    for axis, field in enumerate(last.receptive_field):
        along = seen.movedim(axis + 1, 1).flatten(2).any(2) if seen.dim() > 2 else seen  # (cells, n)
        places = torch.arange(along.shape[1])
        widths = [int(places[row].max() - places[row].min()) + 1 for row in along]
        assert min(field, shape[axis + 1]) == max(widths)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("conv 1 3 /2 > maxpool 3 > conv 1 1", 6),
        ("maxpool 4 > upsample 2", 2),
        ("conv 1 3 /3 dilate 2 > upsample 3", 1),
        ("residual 1 /2 x2", 2),
        ("skip(conv 1 3 pad 1) > (conv 1 2 /2) x3", 8),
    ],
)
def test_step_is_the_distance_between_neighbouring_fields(line: str, step: int) -> None:
    made = plan(line, (1, 96)).layers[-1]
    seen = see(line, (1, 96), examples=64).int()
    centre = (seen * torch.arange(96)).sum(1) / seen.sum(1)
    quarter = len(centre) // 4
    measured = (centre[3 * quarter] - centre[quarter]) / (2 * quarter)
    assert made.step == (step,)
    assert measured.item() == pytest.approx(step, abs=0.25)


# ---- speed and weight


def test_thousand_layers_are_planned_within_a_second() -> None:
    start = time.perf_counter()
    made = plan(THOUSAND, (3, 32, 32), outputs=10)
    assert time.perf_counter() - start < 1
    assert sum(isinstance(leaf.operation, Conv) for _, leaf in leaves(made.layers)) == 1001


@pytest.mark.parametrize("module", ["striate.notation", "striate.models.zoo", "striate.records"])
def test_import_loads_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_zoo_lines_are_canonical() -> None:
    for name, line in ZOO.items():
        assert str(parse(line)) == line, name
