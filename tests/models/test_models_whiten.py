"""Whitening filters make the values of a patch independent; where they do not suit, nothing changes."""

import pytest
import torch
import torch.nn.functional as F

from striate.models.network import Network, build
from striate.models.whiten import EPSILON, whiten, whitening_filters
from striate.models.zoo import plan_network
from striate.records import ImageInput


def make(line: str, shape: tuple[int, int, int]) -> Network:
    channels, height, width = shape
    spec = ImageInput(channels=channels, height=height, width=width, mean=(0.5,) * channels, std=(0.2,) * channels)
    return build(plan_network(line, shape, outputs=3), spec, seed=0)


def pictures(*shape: int) -> torch.Tensor:
    """Smooth noise, so that neighbouring pixels are alike."""
    noise = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    return (255 * F.avg_pool2d(noise, 3, 1, 1)).to(torch.uint8)


def test_answers_to_patches_are_independent_and_equally_strong() -> None:
    x = torch.randn(50, 2, 12, 12, generator=torch.Generator().manual_seed(1)).cumsum(-1)
    filters = whitening_filters(x, (3, 2), dilation=(1, 1))
    assert filters.shape == (12, 2, 3, 2)
    answers = F.conv2d(x, filters).transpose(0, 1).flatten(1)  # (12, patches)
    assert torch.allclose(torch.cov(answers), torch.eye(12), atol=2e-2)


def test_a_direction_without_contrast_stays_small() -> None:
    filters = whitening_filters(torch.zeros(4, 1, 8, 8), (3, 3), dilation=(1, 1))
    assert filters.flatten(1).norm(dim=1).max() <= EPSILON**-0.5 * 1.001


@pytest.mark.parametrize("features", [9, 16, 18, 24])
def test_the_first_layer_is_whitened_and_frozen(features: int) -> None:
    network = make(f"conv {features} 3x3 pad 1 > batchnorm > relu > globalpool", (1, 12, 12))
    before = network.conv1.weight.detach().clone()
    assert whiten(network, pictures(20, 1, 12, 12))
    weight = network.conv1.weight
    assert not weight.requires_grad
    pairs = min(9, max(0, features - 9))
    assert torch.equal(weight[9 : 9 + pairs], -weight[:pairs])
    assert torch.equal(weight[18:], before[18:])
    assert network.head.weight.requires_grad


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("conv 8 3x3 pad 1 > relu > globalpool", (1, 12, 12)),
        ("conv 24 3x3 pad 1 > relu > globalpool", (3, 12, 12)),
        ("depthwise 3x3 > relu > globalpool", (3, 12, 12)),
        ("conv 32 5x5 pad 2 > relu > globalpool", (1, 4, 12)),
        ("maxpool 2 > conv 16 3x3 > relu > globalpool", (1, 12, 12)),
        ("dense 8 > relu", (1, 12, 12)),
    ],
)
def test_other_networks_stay_as_they_are(line: str, shape: tuple[int, int, int]) -> None:
    network = make(line, shape)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert not whiten(network, pictures(20, *shape))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(weight.requires_grad for weight in network.parameters())
