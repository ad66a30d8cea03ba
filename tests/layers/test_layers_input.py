"""The input layer: raw pictures of any size and colour become what the network was taught with."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from striate.kernels.letterbox import letterbox
from striate.layers.inputs.image import ImageInputLayer
from striate.models.network import build
from striate.models.zoo import plan_network
from striate.records import ImageInput


def spec(channels: int, height: int, width: int) -> ImageInput:
    mean, std = (0.4, 0.5, 0.6)[:channels], (0.2, 0.25, 0.3)[:channels]
    return ImageInput(channels=channels, height=height, width=width, mean=mean, std=std)


def pictures(*shape: int) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("channels", [1, 3])
def test_bytes_and_fractions_agree(channels: int) -> None:
    layer, x = ImageInputLayer(spec(channels, 12, 10)), pictures(5, channels, 12, 10)
    assert torch.equal(layer(x), layer(x.float() / 255))


@pytest.mark.parametrize("channels", [1, 3])
def test_fractions_are_normalised_channel_by_channel(channels: int) -> None:
    made, x = spec(channels, 4, 5), torch.rand(2, channels, 4, 5, generator=torch.Generator().manual_seed(1))
    expected = (x.double().numpy() - np.reshape(made.mean, (1, -1, 1, 1))) / np.reshape(made.std, (1, -1, 1, 1))
    np.testing.assert_allclose(ImageInputLayer(made)(x).numpy(), expected, atol=1e-6)


def test_equal_size_stays_as_it_is() -> None:
    x = pictures(3, 3, 9, 14)
    assert letterbox(x, (9, 14)) is x
    assert torch.equal(ImageInputLayer(spec(3, 9, 14)).fit(x), x)


@pytest.mark.parametrize("size", [(20, 20), (7, 30), (40, 9)])
def test_fitting_twice_changes_nothing_more(size: tuple[int, int]) -> None:
    layer = ImageInputLayer(spec(3, *size))
    once = layer.fit(pictures(2, 3, 11, 17))
    assert once.shape == (2, 3, *size)
    assert torch.equal(layer.fit(once), once)


def test_margins_are_black() -> None:
    fitted = ImageInputLayer(spec(1, 8, 8)).fit(torch.full((1, 1, 10, 20), 200, dtype=torch.uint8))[0, 0]
    assert fitted[:2].eq(0).all()
    assert fitted[2:6].eq(200).all()
    assert fitted[6:].eq(0).all()


def test_colour_to_grey_is_that_of_pillow_within_one_step() -> None:
    x = pictures(1, 3, 64, 64)
    grey = ImageInputLayer(spec(1, 64, 64)).fit(x)[0, 0].numpy().astype(int)
    pillow = np.asarray(Image.fromarray(x[0].permute(1, 2, 0).numpy()).convert("L")).astype(int)
    assert np.abs(grey - pillow).max() <= 1
    assert (grey == pillow).mean() > 0.99


@pytest.mark.parametrize("value", [0, 1, 127, 254, 255])
def test_grey_in_colour_is_the_same_grey(value: int) -> None:
    x = torch.full((1, 3, 2, 2), value, dtype=torch.uint8)
    assert torch.equal(ImageInputLayer(spec(1, 2, 2)).fit(x), x[:, :1])


def test_grey_to_colour_repeats_it() -> None:
    x = pictures(2, 1, 6, 6)
    assert torch.equal(ImageInputLayer(spec(3, 6, 6)).fit(x), torch.cat([x, x, x], 1))


@pytest.mark.parametrize("raw", [(1, 3, 50, 30), (2, 1, 16, 16), (2, 3, 16, 16), (3, 3, 5, 7)], ids=str)
@pytest.mark.parametrize("channels", [1, 3])
def test_raw_and_fitted_give_the_same_logits_bit_for_bit(raw: tuple[int, ...], channels: int) -> None:
    made = spec(channels, 16, 16)
    network = build(plan_network("xo", (channels, 16, 16), outputs=4), made, seed=1).eval()
    x = pictures(*raw)
    with torch.inference_mode():
        logits, fitted = network(x), network.input.fit(x)
        assert torch.equal(network(fitted), logits)
        assert torch.equal(network(fitted.float() / 255), logits)


def test_input_layer_follows_the_network_into_another_type() -> None:
    layer, x = ImageInputLayer(spec(3, 6, 6)), pictures(1, 3, 6, 6)
    single = layer(x)
    assert layer.double()(x).dtype == torch.float64
    torch.testing.assert_close(layer(x).float(), single)


def test_input_layer_adds_nothing_to_the_tensors_of_a_file() -> None:
    assert not ImageInputLayer(spec(3, 6, 6)).state_dict()
    assert not list(ImageInputLayer(spec(3, 6, 6)).parameters())
