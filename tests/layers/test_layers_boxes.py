"""The head of boxes: what it taps, what it costs, what its answers mean, and how it begins."""

import pytest
import torch

from striate.errors import ShapeError
from striate.layers.heads.boxes import LARGEST, PRIOR, list_places
from striate.models.network import Network, build
from striate.models.zoo import plan_network
from striate.notation.heads import GEOMETRY, BoxHead
from striate.records import ImageInput

BLOCK = "conv {} 3x3 /2 pad 1 > batchnorm > relu"
LINE = " > ".join(BLOCK.format(n) for n in (4, 8, 8, 12, 16))


def network(line: str = LINE, size: tuple[int, int] = (64, 96), seed: int = 0, n_classes: int = 2) -> Network:
    shape = (3, *size)
    spec = ImageInput(channels=3, height=size[0], width=size[1], mean=(0.5,) * 3, std=(0.25,) * 3)
    return build(plan_network(line, shape, outputs=BoxHead(n_classes, features=8)), spec, seed=seed)


def head_of(made: Network) -> BoxHead:
    operation = made.plan.layers[-1].operation
    assert isinstance(operation, BoxHead)
    return operation


@pytest.mark.parametrize(
    ("line", "taps"),
    [
        (LINE, [("relu3", 8), ("relu4", 16), ("relu5", 32)]),
        (f"{LINE} > globalpool", [("relu3", 8), ("relu4", 16), ("relu5", 32)]),
        (f"{LINE} > conv 4 3x3 /2 pad 1", [("relu3", 8), ("relu4", 16), ("relu5", 32)]),
        (f"{LINE} > upsample 2 > conv 4 1", [("relu3", 8), ("conv6", 16), ("relu5", 32)]),
        ("conv 4 3x3 /2 pad 1 > relu > maxpool 2", [("maxpool1", 4)]),
        ("conv 4 3x3 pad 1 > relu", [("relu1", 1)]),
        ("conv 4 3x3 /3 > conv 4 3x3 /3", [("conv2", 9)]),
        ("conv 4 3x3 /8 pad 1 > skip(conv 4 3x3 pad 1 > relu)", [("skip1", 8)]),
    ],
)
def test_the_last_map_of_each_stride_is_tapped(line, taps):
    made = network(line)
    assert [(tap.layer, tap.stride) for tap in head_of(made).taps] == taps
    assert made.taps == tuple(name for name, _ in taps)
    for tap in head_of(made).taps:
        assert tap.shape == next(layer.output_shape for layer in made.plan.layers if layer.name == tap.layer)


@pytest.mark.parametrize("line", ["globalpool", "dense 4", "conv 4 3x1 /2x1"])
def test_a_line_without_square_maps_is_refused(line):
    with pytest.raises(ShapeError, match="finds boxes"):
        network(line)


@pytest.mark.parametrize("size", [(64, 96), (70, 90), (33, 41)])
@pytest.mark.parametrize("n_classes", [1, 5])
def test_counts_are_those_of_the_module(size, n_classes):
    made = network(size=size, n_classes=n_classes)
    layer = made.plan.layers[-1]
    head = made.get_submodule("head")
    assert sum(weight.numel() for weight in head.parameters()) == layer.parameters
    counted = 0

    def count(module, inputs, output):
        nonlocal counted
        counted += output[0].numel() * module.weight[0].numel()

    for module in head.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    outputs = made.eval()(torch.zeros(2, 3, *size, dtype=torch.uint8))
    assert counted == layer.multiply_adds
    assert outputs.shape == (2, *layer.output_shape) == (2, head_of(made).places, 4 + n_classes + GEOMETRY)


def test_places_are_the_middles_of_cells():
    places = list_places(head_of(network()))
    assert places[:2].tolist() == [[4, 4, 8], [12, 4, 8]]
    assert places[-1].tolist() == [80, 48, 32]
    assert len(places) == 8 * 12 + 4 * 6 + 2 * 3


def test_it_begins_with_boxes_around_the_places_and_small_scores():
    outputs = network().eval()(torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8))
    boxes, logits, (x, y, stride) = outputs[..., :4], outputs[..., 4:-GEOMETRY], outputs[..., -GEOMETRY:].unbind(2)
    assert torch.allclose(logits.sigmoid().mean(), torch.tensor(PRIOR), atol=0.005)
    sides = torch.stack([x - boxes[..., 0], y - boxes[..., 1], boxes[..., 2] - x, boxes[..., 3] - y], dim=2)
    assert torch.allclose(sides / stride[..., None], torch.ones_like(sides), atol=0.5)


def test_an_answer_is_a_distance_in_strides():
    made = network().eval()
    answer = made.get_submodule("head.answer")
    with torch.no_grad():
        answer.weight.zero_()
        answer.bias[:4] = torch.tensor([0.5, 2.0, 1.0, 3.0]).log()
        made.get_submodule("head").scale[1] = 2.0
        outputs = made(torch.zeros(1, 3, 64, 96, dtype=torch.uint8))[0]
    fine, middle = outputs[0], outputs[8 * 12]
    assert fine[:4].tolist() == pytest.approx([4 - 0.5 * 8, 4 - 2 * 8, 4 + 1 * 8, 4 + 3 * 8])
    assert middle[:4].tolist() == pytest.approx([8 - 0.5 * 32, 8 - 2 * 32, 8 + 1 * 32, 8 + 3 * 32])


def test_a_wild_answer_stays_finite():
    made = network().eval()
    with torch.no_grad():
        made.get_submodule("head.answer").bias[:4] = 1000.0
        outputs = made(torch.zeros(1, 3, 64, 96, dtype=torch.uint8))
    assert outputs.isfinite().all()
    assert outputs[0, 0, 2].item() == pytest.approx(4 + 8 * torch.tensor(LARGEST).exp().item())


def test_coarse_maps_speak_to_fine_ones():
    """A change 36 pixels away reaches the first place by way of the coarsest map alone."""
    made = network(f"{LINE} > conv 16 3x3 pad 1").eval()
    x = torch.zeros(1, 3, 64, 96)
    y = x.clone()
    y[..., 40:, 40:] = 1.0
    seen = (made(x) - made(y)).abs().amax((0, 2))
    assert seen[0] > 0


@pytest.mark.skipif(not network().native_possible, reason="no native kernels here")
@pytest.mark.parametrize("training", [False, True])
def test_native_stages_end_at_taps(training):
    made = network(LINE + " > conv 16 3x3 pad 1 > relu").train(training)
    x = torch.randint(0, 256, (4, 3, 64, 96), dtype=torch.uint8)
    with torch.set_grad_enabled(training):
        ours = made(x)
        made.native = True
        theirs = made(x)
    assert [name for name, _ in made._stages()] == ["relu3", "relu4", "relu6", "head"]
    assert torch.allclose(ours, theirs, atol=1e-3)


def test_the_same_seed_gives_the_same_head():
    one, other = network(seed=3), network(seed=3)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
