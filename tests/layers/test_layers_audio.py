"""The input layer of sounds: what it computes against NumPy in float64, and what it strikes out in training."""

import dataclasses

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.data.decode.hearing import choose_hearing
from striate.layers.inputs.audio import AudioInputLayer
from striate.layers.inputs.filtering import Filtering
from striate.layers.inputs.masking import Masking
from striate.layers.inputs.table import make_input_layer
from striate.recipe import Augmentation
from striate.records import AudioInput

Floats = NDArray[np.float64]
SPECS = {
    "speech": choose_hearing([8000], [0.3]),
    "fast": choose_hearing([16_000], [0.5]),
    "long": choose_hearing([16_000], [6.0]),
    "odd": AudioInput(rate=7000, samples=500, window=90, hop=33, bands=7, low=50, high=3000, mean=-4.0, std=3.0),
}
each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


def sounds(spec: AudioInput, n: int = 3) -> Tensor:
    rng = np.random.default_rng(5)
    waves = rng.normal(size=(n, spec.samples)).cumsum(1)
    return torch.from_numpy((30_000 * waves / np.abs(waves).max(1, keepdims=True)).astype(np.int16))


def reference(x: NDArray[np.int16], spec: AudioInput) -> Floats:
    """(N, T) -> (N, bands, frames), as it is written in the books: frame by frame, band by band."""
    half = spec.window // 2
    wave = np.pad(x.astype(np.float64) / 32768, ((0, 0), (half, half)), mode="reflect")
    n = np.arange(spec.window)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * n / spec.window)
    frames = [wave[:, t * spec.hop :][:, : spec.window] * hann for t in range(1 + spec.samples // spec.hop)]
    power = np.abs(np.fft.rfft(np.stack(frames, 2), axis=1)) ** 2 / spec.window  # (N, window // 2 + 1, frames)

    def mel(hertz: float) -> float:
        return 2595 * np.log10(1 + hertz / 700)

    corners = 700 * (10 ** (np.linspace(mel(spec.low), mel(spec.high), spec.bands + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(spec.window, 1 / spec.rate)
    weights = [np.interp(hertz, corners[b : b + 3], [0, 1, 0]) for b in range(spec.bands)]
    energy = np.array(weights) @ power
    return (np.log(energy / energy.max((1, 2), keepdims=True) + 1e-6) - spec.mean) / spec.std


@each_spec
def test_it_computes_log_mel_energies(spec: AudioInput) -> None:
    x = sounds(spec)
    expected = reference(x.numpy(), spec)
    assert expected.shape[1:] == spec.shape[1:]
    np.testing.assert_allclose(
        AudioInputLayer(spec).double()(x)[:, 0].numpy(), expected, atol=2e-4
    )  # window and bands are float32
    np.testing.assert_allclose(AudioInputLayer(spec)(x)[:, 0].numpy(), expected, atol=2e-3)


@each_spec
def test_bytes_and_fractions_agree(spec: AudioInput) -> None:
    layer, x = AudioInputLayer(spec), sounds(spec)
    assert torch.equal(layer(x), layer(x.float() / 32768))


def test_mean_and_spread_are_taken_off() -> None:
    spec = SPECS["speech"]
    x, plain = sounds(spec), AudioInputLayer(spec)
    shifted = AudioInputLayer(dataclasses.replace(spec, mean=-5.0, std=2.0))
    torch.testing.assert_close(shifted(x), (plain(x) + 5) / 2)


def test_loudness_makes_no_difference() -> None:
    layer, x = AudioInputLayer(SPECS["fast"]), sounds(SPECS["fast"]).float() / 32768
    torch.testing.assert_close(layer(x / 100), layer(x), atol=1e-3, rtol=0)


def test_silence_is_a_number() -> None:
    made = AudioInputLayer(SPECS["speech"])(torch.zeros(2, SPECS["speech"].samples, dtype=torch.int16))
    assert torch.isfinite(made).all()
    assert made.std() < 1e-5


def test_short_arithmetic_around_it_does_not_reach_the_logarithm() -> None:
    layer, x = AudioInputLayer(SPECS["speech"]), sounds(SPECS["speech"])
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer(x), layer(x.clone()).float())
        inside = layer(x)
    assert torch.equal(inside, layer(x))


def test_it_adds_nothing_to_the_tensors_of_a_file() -> None:
    assert not make_input_layer(SPECS["speech"]).state_dict()
    assert not list(make_input_layer(SPECS["speech"]).parameters())


def test_a_gradient_reaches_the_samples() -> None:
    x = (sounds(SPECS["odd"]).double() / 32768).requires_grad_()
    AudioInputLayer(SPECS["odd"]).double()(x).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0


def struck(time: float, bands: float, seed: int = 0) -> Tensor:
    """Which cells (N, bands, frames) a mask strikes out of 200 pictures."""
    masking = Masking()
    masking.time, masking.bands = time, bands
    torch.manual_seed(seed)
    return masking(torch.ones(200, 1, 20, 30))[:, 0].eq(0)


def test_masks_strike_out_one_stretch_of_each_kind_up_to_their_share() -> None:
    for lost, size in ((struck(0.4, 0).any(1), 30), (struck(0, 0.4).any(2), 20)):
        edges = (lost[:, 1:] != lost[:, :-1]).sum(1) + lost[:, 0].int() + lost[:, -1].int()
        assert edges.max() <= 2  # one stretch
        assert 0.35 * size < lost.sum(1).max() <= 0.4 * size + 1
        assert 0.15 * size < lost.float().sum(1).mean() < 0.25 * size
        assert lost.any(0).all()  # every place is struck out now and then


def test_a_mask_of_time_takes_all_bands_and_one_of_bands_all_frames() -> None:
    assert torch.equal(struck(0.4, 0).any(1), struck(0.4, 0).all(1))
    assert torch.equal(struck(0, 0.4).any(2), struck(0, 0.4).all(2))


def test_masks_are_drawn_from_the_seed() -> None:
    assert torch.equal(struck(0.3, 0.3), struck(0.3, 0.3))
    assert not torch.equal(struck(0.3, 0.3), struck(0.3, 0.3, seed=1))


def test_masks_follow_the_recipe_in_training_alone() -> None:
    spec = SPECS["speech"]
    layer, plain, x = AudioInputLayer(spec), AudioInputLayer(spec), sounds(spec, 32)
    torch.manual_seed(0)
    assert torch.equal(layer.train()(x), plain.train()(x))  # off by itself
    layer.follow(Augmentation(mask_time=0.3, mask_bands=0.3))
    masked = layer.train()(x)
    assert masked.eq(0).float().mean() > 0.1
    assert torch.equal(torch.where(masked.eq(0), plain(x), masked), plain(x))
    assert torch.equal(layer.eval()(x), plain(x))


def test_filters_make_bands_louder_or_softer_along_a_smooth_curve() -> None:
    filtering = Filtering()
    filtering.most = 6.0
    torch.manual_seed(0)
    made = filtering(torch.ones(400, 22, 5))
    decibels = 10 * torch.log10(made)
    assert torch.equal(decibels.amin(2), decibels.amax(2))  # the same at all times
    curve = decibels[:, :, 0]
    assert curve.abs().max() <= 6.001
    assert curve.abs().max() > 5.8
    bends = (curve[:, 2:] - 2 * curve[:, 1:-1] + curve[:, :-2]).abs().gt(1e-3)
    assert bends.any(0).nonzero()[:, 0].tolist() == [6, 13]  # straight between four bands: 0, 7, 14 and 21
    assert torch.equal(filtering.eval()(torch.ones(2, 22, 5)), torch.ones(2, 22, 5))


def test_filters_follow_the_recipe_in_training_alone() -> None:
    spec = SPECS["speech"]
    layer, plain, x = AudioInputLayer(spec), AudioInputLayer(spec), sounds(spec, 8)
    layer.follow(Augmentation(filter=6.0))
    assert (layer.train()(x) - plain(x)).abs().mean() > 0.1
    assert torch.equal(layer.eval()(x), plain(x))
