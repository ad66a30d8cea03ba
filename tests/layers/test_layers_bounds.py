"""What a stranger's model file may say of its input: what we write passes, what we never write is named, not raised."""

import dataclasses
from typing import Any

import pytest
import torch

from striate.errors import UsageError
from striate.layers.inputs.bounds import find_input_faults
from striate.layers.inputs.table import expect_normalised, make_input_layer
from striate.records import AudioInput, ClipInput, ImageInput, InputSpec, SignalInput, TextInput

IMAGE = ImageInput(channels=3, height=28, width=32, mean=(0.5,) * 3, std=(0.25,) * 3)
AUDIO = AudioInput(rate=8000, samples=800, window=256, hop=80, bands=20, low=20.0, high=4000.0, mean=-6.0, std=3.0)
TEXT = TextInput(unit="word", length=64, vocabulary=("good", "bad"))
SIGNAL = SignalInput(channels=2, length=100, mean=(-30.0, 1e6), std=(1e-3, 1e4))
CLIP = ClipInput(channels=1, frames=8, height=20, width=24, mean=(0.5,), std=(0.25,))
RAW: dict[str, tuple[InputSpec, torch.Tensor]] = {
    "image": (IMAGE, torch.zeros(2, 3, 28, 32, dtype=torch.uint8)),
    "audio": (AUDIO, torch.zeros(2, 800, dtype=torch.int16)),
    "signal": (SIGNAL, torch.zeros(2, 2, 100)),
    "clip": (CLIP, torch.zeros(2, 1, 8, 20, 24, dtype=torch.uint8)),
}
HUGE, NAN = 10**400, float("nan")


@pytest.mark.parametrize("spec", [IMAGE, AUDIO, TEXT, SIGNAL, CLIP], ids=lambda spec: spec.modality)
def test_what_we_write_passes(spec: InputSpec) -> None:
    assert not any(find_input_faults(spec).values())


@pytest.mark.parametrize(
    "spec",
    [*(spec for spec, _ in RAW.values()), dataclasses.replace(AUDIO, samples=257, window=512, hop=512)],
    ids=lambda spec: spec.modality,
)
def test_the_layer_gives_the_shape_that_its_specification_says(spec: InputSpec) -> None:
    raw = RAW[spec.modality][1]
    x = raw[:, : spec.samples] if isinstance(spec, AudioInput) else raw
    assert not any(find_input_faults(spec).values())
    assert make_input_layer(spec)(x).shape == (2, *spec.shape)


@pytest.mark.parametrize(
    ("spec", "change", "fault"),
    [
        (IMAGE, {"height": 0}, "input size"),
        (IMAGE, {"width": HUGE}, "input side"),
        (IMAGE, {"channels": 2}, "channels"),
        (IMAGE, {"std": (0.5, 0.5, 0.0)}, "mean and std"),
        (IMAGE, {"mean": (0.5, 0.5, NAN)}, "mean and std"),
        (CLIP, {"frames": 0}, "input size"),
        (CLIP, {"frames": HUGE}, "input size"),
        (CLIP, {"std": ()}, "channels"),
        (SIGNAL, {"length": HUGE}, "input size"),
        (SIGNAL, {"channels": 3}, "channels"),
        (SIGNAL, {"mean": (0.0, NAN)}, "mean and std"),
        (AUDIO, {"samples": HUGE}, "samples"),
        (AUDIO, {"hop": 0}, "windows"),
        (AUDIO, {"hop": -1}, "windows"),
        (AUDIO, {"window": 255}, "windows"),
        (AUDIO, {"window": 1600}, "windows"),
        (AUDIO, {"rate": HUGE}, "bands"),
        (AUDIO, {"high": 4001.0}, "bands"),
        (AUDIO, {"low": NAN}, "bands"),
        (AUDIO, {"bands": 0}, "bands"),
        (AUDIO, {"std": 0.0}, "mean and std"),
        (TEXT, {"length": 0}, "input size"),
        (TEXT, {"length": HUGE}, "input size"),
    ],
)
def test_what_we_never_write_is_named(spec: InputSpec, change: dict[str, Any], fault: str) -> None:
    assert find_input_faults(dataclasses.replace(spec, **change))[fault]


@pytest.mark.parametrize("spec", [IMAGE, SIGNAL, CLIP], ids=lambda spec: spec.modality)
def test_mean_and_std_are_there_a_channel_each(spec: InputSpec) -> None:
    layer = expect_normalised(make_input_layer(spec))
    assert layer.mean.numel() == layer.std.numel() == spec.shape[0]


@pytest.mark.parametrize("spec", [AUDIO, TEXT], ids=lambda spec: spec.modality)
def test_other_inputs_have_no_mean_a_channel(spec: InputSpec) -> None:
    with pytest.raises(UsageError, match=f"one of {spec.modality}"):
        expect_normalised(make_input_layer(spec))
