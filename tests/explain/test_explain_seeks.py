"""What a unit looks for: patches, optimised inputs, kernels, and the ranking of channels."""

import numpy as np
import pytest
import torch
from explain_networks import LINES, named, network, pictures, pixels

from striate.errors import RunError, UsageError
from striate.explain import seeks
from striate.explain.channels import LARGEST, shrink, slopes, top_channels, weigh_channels
from striate.explain.dream import dream
from striate.explain.filters import STRONGEST, kernels
from striate.explain.observe import observe
from striate.explain.seeks import exciting_patches

each_network = pytest.mark.parametrize("name", LINES)
LAYERS = {"lenet5": "conv2", "normed": "batchnorm2", "residual": "residual1.body.skip1.body.conv1"}


# ---- patches


@each_network
def test_patches_are_the_strongest_of_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeks, "BATCH", 4)  # several batches
    made, layer = named(name), LAYERS[name]
    stack = pictures(made, 11)
    found = exciting_patches(made, stack, layer, 2, count=5)
    values = observe(made, torch.from_numpy(stack)).maps[layer][:, 2].flatten(1).amax(1)
    assert [one.example for one in found] == values.argsort(descending=True)[:5].tolist()
    for one in found:
        assert one.value == pytest.approx(float(values[one.example]), rel=1e-5)
        (top, left), (bottom, right) = one.low, one.high
        np.testing.assert_array_equal(np.array(one.patch), stack[one.example][:, top:bottom, left:right])
        again = torch.from_numpy(stack[one.example][None])
        assert float(observe(made, again).maps[layer][0, 2][one.cell]) == pytest.approx(one.value, rel=1e-5)


def test_nothing_outside_of_a_patch_excites() -> None:
    made = named("lenet5")
    (one,) = exciting_patches(made, pictures(made, 3), "conv2", 1, count=1)
    alone = np.zeros((1, 1, 28, 28), np.uint8)
    alone[0, :, one.low[0] : one.high[0], one.low[1] : one.high[1]] = np.array(one.patch)
    assert float(observe(made, torch.from_numpy(alone)).maps["conv2"][0, 1][one.cell]) == pytest.approx(one.value)


def test_units_without_places_have_patches_of_the_whole_picture() -> None:
    made = named("lenet5")
    stack = pictures(made, 3)
    one = exciting_patches(made, stack, "dense1", 7, count=9)
    assert len(one) == 3 and one[0].cell == ()
    np.testing.assert_array_equal(np.array(one[0].patch), stack[one[0].example])


@pytest.mark.parametrize("ask", [lambda made, *at: exciting_patches(made, pictures(made, 2), *at), dream])
def test_units_that_are_not_there_are_refused(ask) -> None:  # type: ignore[no-untyped-def]
    made = named("lenet5")
    with pytest.raises(UsageError, match="conv2"):
        ask(made, "conv22", 0)
    with pytest.raises(UsageError, match="0 to 15, got 16"):
        ask(made, "conv2", 16)
    made.conv1.weight.data[0] = torch.nan
    with pytest.raises(RunError, match=r"conv1\.weight"):
        ask(made, "conv2", 0)


# ---- optimised inputs


@each_network
def test_dreams_excite_and_stay_pictures(name: str) -> None:
    made = named(name)
    one = dream(made, LAYERS[name], 1, steps=24, seed=3)
    picture = np.array(one.picture)
    assert picture.shape == made.plan.input_shape
    assert picture.min() >= 0 and picture.max() <= 1
    assert one.after > one.before
    values = observe(made, torch.tensor(picture, dtype=torch.float32)[None]).maps[LAYERS[name]][0, 1]
    assert float(values.mean()) == pytest.approx(one.after, rel=1e-4, abs=1e-4)
    assert one == dream(made, LAYERS[name], 1, steps=24, seed=3)
    assert one != dream(made, LAYERS[name], 1, steps=24, seed=4)


def test_a_dream_of_a_bright_channel_is_bright() -> None:
    made = network("conv 1 3x3 pad 1 > relu > globalpool", (1, 16, 16), outputs=2)
    made.conv1.weight.data.fill_(1.0)
    assert np.mean(dream(made, "conv1", 0).picture) > 0.9
    made.conv1.weight.data.fill_(-1.0)
    assert np.mean(dream(made, "conv1", 0).picture) < 0.1


def test_a_dream_of_a_dead_channel_is_grey() -> None:
    made = network("conv 2 3x3 > relu > globalpool", (1, 12, 12), outputs=2)
    made.conv1.weight.data.zero_()
    one = dream(made, "relu1", 0)
    assert one.after == 0
    assert np.isfinite(one.picture).all()


# ---- kernels


def test_first_kernels_are_in_units_of_pixels() -> None:
    made = named("normed")
    made.input.std.fill_(0.5)
    first = kernels(made, "conv1")
    assert len(first) == 6 and first[0].reads == "input"
    by_channel = {source.channel: source for source in first[3].sources}
    for channel in range(3):
        wanted = made.conv1.weight[3, channel].detach().double().numpy() / 0.5
        np.testing.assert_allclose(by_channel[channel].weights, wanted, rtol=1e-6)
    assert sum(source.strength for source in first[3].sources) == pytest.approx(1)


def test_later_kernels_name_what_they_read_most() -> None:
    made = named("lenet5")
    made.conv2.weight.data[4] *= 0.01
    made.conv2.weight.data[4, 3] = -5.0
    one = kernels(made, "conv2")[4]
    assert one.reads == "conv1"
    assert one.sources[0].channel == 3
    assert one.sources[0].total == pytest.approx(-125)
    strengths = [source.strength for source in one.sources]
    assert strengths == sorted(strengths, reverse=True) and len(strengths) == 6


def test_groups_read_their_own_channels() -> None:
    made = network("conv 6 3x3 > relu > conv 6 3x3 groups 3 > globalpool", (1, 12, 12))
    assert [sorted(source.channel for source in one.sources) for one in kernels(made, "conv2")] == [
        [0, 1], [0, 1], [2, 3], [2, 3], [4, 5], [4, 5],
    ]  # fmt: skip


def test_kernels_inside_blocks() -> None:
    made = named("residual")
    assert kernels(made, "residual1.body.skip1.body.conv1")[0].reads == "conv1"
    assert len(kernels(made, "residual1.body.skip1.body.conv2")[0].sources) == min(6, STRONGEST)


def test_layers_without_kernels_are_refused() -> None:
    with pytest.raises(UsageError, match="conv1"):
        kernels(named("lenet5"), "relu1")


# ---- channels


@pytest.mark.parametrize(("name", "layer"), [("lenet5", "relu4"), ("normed", "relu2"), ("residual", "residual2")])
def test_before_a_linear_head_channels_sum_to_the_vote(name: str, layer: str) -> None:
    made = named(name)
    seen = observe(made, pixels(made).requires_grad_(), gradients=True)
    weighed = weigh_channels(seen.maps[layer][0], slopes(seen, 1)[layer])
    vote = float(seen.logits[0, 1].detach() - made.head.bias[1].detach())
    assert weighed.shape == (seen.maps[layer].shape[1],)
    assert weighed.sum() == pytest.approx(vote, rel=1e-4)


def test_top_channels_are_those_that_matter_most_either_way() -> None:
    values = torch.arange(24.0).view(4, 2, 3)
    top = top_channels(values, np.array([0.1, -3.0, 2.0, 0.0]), 2)
    assert [(one.index, one.importance) for one in top] == [(1, -3.0), (2, 2.0)]
    np.testing.assert_array_equal(top[0].map, values[1])


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((2, 224, 100), (2, 64, 64)), ((2, 7, 5), (2, 7, 5)), ((2, 300), (2, 1, 64)), ((2,), (2, 1, 1))],
)
def test_shrunk_maps_keep_their_mean(shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    values = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    small = shrink(values)
    assert small.shape == wanted and max(wanted[1:]) <= LARGEST
    np.testing.assert_allclose(small.mean((1, 2)), values.reshape(2, -1).mean(1), atol=0.02)
