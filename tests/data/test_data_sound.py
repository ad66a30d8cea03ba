"""One file to samples: every format alike, every fault by name, everything that is done to a sound stated."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sounds import chirp, tone, write

from striate.data.decode.hearing import choose_hearing
from striate.data.decode.resample import resample
from striate.data.decode.sound import (
    Sound,
    SoundHeader,
    decode_sound,
    find_loudest,
    fit_sound,
    read_sound,
    read_sound_header,
)
from striate.errors import DataError
from striate.records import Refusal

EXACT = ("wav", "flac", "aiff", "au", "caf", "w64")
LOSSY = ("mp3", "ogg")


def heard(file: Path) -> Sound:
    sound = decode_sound(file, file.name)
    assert isinstance(sound, Sound), sound
    return sound


def refused(file: Path) -> str:
    sound, header = decode_sound(file, file.name), read_sound_header(file, file.name)
    assert isinstance(sound, Refusal), sound
    assert sound.name == file.name
    if isinstance(header, Refusal):
        assert header.reason == sound.reason  # told early or late, it is the same
    return sound.reason


@pytest.mark.parametrize("ending", EXACT)
def test_formats_without_loss_give_the_same_samples(ending: str, tmp_path: Path) -> None:
    wave = chirp(200, 2000)
    sound = heard(write(tmp_path / f"a.{ending}", wave))
    assert sound.rate == 8000
    assert sound.facts == ()
    np.testing.assert_allclose(sound.wave, wave, atol=1 / 32768)


@pytest.mark.parametrize("ending", LOSSY)
def test_formats_with_loss_give_nearly_the_same(ending: str, tmp_path: Path) -> None:
    wave = chirp(200, 2000)
    sound = heard(write(tmp_path / f"a.{ending}", wave))
    assert len(sound.wave) == len(wave)
    assert np.corrcoef(sound.wave, wave)[0, 1] > 0.98


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "MS_ADPCM"])
def test_every_kind_of_sample_is_read(subtype: str, tmp_path: Path) -> None:
    wave = chirp(200, 2000)
    sound = heard(write(tmp_path / "a.wav", wave, subtype=subtype))
    assert np.corrcoef(sound.wave[: len(wave)], wave)[0, 1] > 0.98


def test_the_name_says_nothing(tmp_path: Path) -> None:
    wav = write(tmp_path / "a.wav", tone(440))
    lying = wav.rename(tmp_path / "a.mp3")
    assert len(heard(lying).wave) == 4000


def test_header_says_what_decoding_gives(tmp_path: Path) -> None:
    file = write(tmp_path / "a.flac", np.stack([tone(440), tone(330)], 1), 8000)
    assert read_sound_header(file, "a") == SoundHeader(rate=8000, samples=4000, channels=2)


def test_channels_are_mixed_and_it_is_stated(tmp_path: Path) -> None:
    left, right = tone(440), tone(1000)
    sound = heard(write(tmp_path / "a.wav", np.stack([left, right], 1)))
    assert sound.facts == ("2 channels mixed to one",)
    np.testing.assert_allclose(sound.wave, (left + right) / 2, atol=2 / 32768)


def test_clipping_is_stated(tmp_path: Path) -> None:
    assert "clipped" in heard(write(tmp_path / "a.wav", tone(100, loud=3).clip(-1, 1))).facts[0]
    assert heard(write(tmp_path / "b.wav", tone(1000, loud=0.999))).facts == ()


def test_values_far_beyond_full_scale_are_brought_into_it(tmp_path: Path) -> None:
    sound = heard(write(tmp_path / "a.wav", tone(440, loud=20_000), subtype="FLOAT"))
    assert "beyond full scale" in sound.facts[0]
    assert np.abs(sound.wave).max() == pytest.approx(1)


def cut(file: Path) -> Path:
    content = file.read_bytes()
    file.write_bytes(content[: 9 * len(content) // 10])
    return file


def written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def with_one(value: float) -> np.ndarray:
    wave = tone(440)
    wave[7] = value
    return wave


OPPOSITE = np.stack([tone(440), -tone(440)], 1)
FAULTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "silent": (lambda at: write(at / "a.wav", np.zeros(4000)), "is silent"),
    "constant": (lambda at: write(at / "a.wav", np.full(4000, 0.25)), "is silent"),
    "cancelling": (lambda at: write(at / "a.wav", OPPOSITE), "cancel each other"),
    "no samples": (lambda at: write(at / "a.wav", np.zeros(0)), "holds no samples"),
    "not-a-number": (lambda at: write(at / "a.wav", with_one(np.nan), subtype="FLOAT"), "holds not-a-number"),
    "infinity": (lambda at: write(at / "a.wav", with_one(np.inf), subtype="DOUBLE"), "holds not-a-number"),
    "empty": (lambda at: written(at / "a.wav", b""), "is empty (0 bytes)"),
    "text": (lambda at: written(at / "a.wav", b"Dear Sir, " * 50), "is no sound of a known format"),
    "picture": (lambda at: written(at / "a.wav", b"RIFF\x20\0\0\0WEBPVP8 " + bytes(50)), "is no sound of a known"),
    "header alone": (lambda at: written(at / "a.wav", b"RIFF\x20\0\0\0WAVEfmt \x10\0"), "is damaged: starts like WAV"),
    "folder": (lambda at: at, "is no regular file"),
    "missing": (lambda at: at / "none.wav", "is missing"),
    "m4a that is none": (lambda at: written(at / "a.m4a", b"\0\0\0\x20ftypM4A " + bytes(99)), "is "),
    **{
        f"cut {ending}": (lambda at, ending=ending: cut(write(at / f"a.{ending}", chirp(200, 3000))), "is cut off")
        for ending in ("wav", "aiff", "flac", "ogg", "mp3")
    },
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(fault: str, tmp_path: Path) -> None:
    make, reason = FAULTS[fault]
    assert reason in refused(make(tmp_path))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    assert refused(tmp_path / "pipe.wav") == "is no regular file"


def test_a_stream_of_unknown_length_is_no_cut_one(tmp_path: Path) -> None:
    file = write(tmp_path / "a.wav", tone(440))
    content = file.read_bytes()
    at = content.index(b"data") + 4
    file.write_bytes(content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :])
    assert len(heard(file).wave) == 4000


def test_too_many_declared_samples_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.data.decode.sound.MAX_SAMPLES", 3999)
    assert "over the limit" in refused(write(tmp_path / "a.wav", tone(440)))


def test_without_soundfile_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.wav", tone(440))
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(DataError, match=r"pip install 'striate\[audio\]'"):
        decode_sound(file, "a")


@pytest.mark.parametrize(("rate", "wanted"), [(44_100, 16_000), (48_000, 16_000), (11_025, 8000), (8000, 16_000)])
def test_resampling_keeps_pitch_length_and_loudness(rate: int, wanted: int) -> None:
    wave = tone(1000, rate=rate, seconds=1).astype(np.float32)
    made = resample(wave, rate, wanted)
    assert len(made) == pytest.approx(wanted, abs=1)
    expected = tone(1000, rate=wanted, seconds=1)
    inside = slice(wanted // 10, -wanted // 10)
    np.testing.assert_allclose(made[inside], expected[: len(made)][inside], atol=5e-3)


def test_resampling_takes_away_what_the_new_rate_cannot_hold() -> None:
    made = resample(tone(6000, rate=44_100, seconds=1).astype(np.float32), 44_100, 8000)
    assert np.abs(made[800:-800]).max() < 5e-3


def test_of_a_long_sound_the_loudest_part_is_heard() -> None:
    wave = np.concatenate([0.1 * np.ones(50), 0.5 * np.ones(20), 0.1 * np.ones(50)]).astype(np.float32)
    assert find_loudest(wave, 20) == 50
    assert find_loudest(wave, 200) == 0
    sound = Sound(wave=wave, rate=8000, facts=())
    assert set(fit_sound(sound, 8000, 20).tolist()) == {16384}


def test_a_short_sound_ends_in_silence() -> None:
    fitted = fit_sound(Sound(wave=np.full(3, -1, np.float32), rate=8000, facts=()), 8000, 5)
    assert fitted.tolist() == [-32768, -32768, -32768, 0, 0]
    assert fitted.dtype == np.int16


def test_prediction_reads_a_file_as_training_did(tmp_path: Path) -> None:
    file = write(tmp_path / "a.wav", np.stack([chirp(200, 900, rate=44_100)] * 2, 1), 44_100)
    spec = choose_hearing([16_000], [1.0])
    fitted = read_sound(file, spec)
    assert isinstance(fitted, np.ndarray)
    assert fitted.shape == (spec.samples,)
    expected = resample(soundfile.read(file, dtype="float32")[0][:, 0], 44_100, 16_000)
    np.testing.assert_allclose(fitted[: len(expected)] / 32768, expected, atol=1 / 32768)
    assert not fitted[len(expected) :].any()
    assert read_sound(tmp_path / "none.wav", spec) == Refusal(name=str(tmp_path / "none.wav"), reason="is missing")


@pytest.mark.parametrize(
    ("rates", "rate"),
    [([8000] * 3, 8000), ([44_100] * 3, 16_000), ([8000, 8000, 44_100], 8000), ([8000, 44_100], 16_000), ([], 16_000)],
)
def test_the_rate_is_the_commonest_up_to_16_khz(rates: list[int], rate: int) -> None:
    assert choose_hearing(rates, [1.0] * len(rates)).rate == rate


@pytest.mark.parametrize(
    ("seconds", "length"),
    [([1.0] * 99 + [60.0], 1.0), ([0.01] * 5, 0.25), ([60.0] * 5, 10.0), ([2.0] * 8 + [5.0] * 2, 5)],
)
def test_the_length_covers_most_sounds_within_bounds(seconds: list[float], length: float) -> None:
    spec = choose_hearing([16_000] * len(seconds), seconds)
    assert spec.samples / spec.rate == pytest.approx(length, abs=0.03)


@pytest.mark.parametrize("rate", [1, 50, 1000, 4000, 8000, 11_025, 12_000, 16_000, 22_050, 44_100, 192_000])
@pytest.mark.parametrize("seconds", [0.001, 0.25, 0.67, 3.0, 10.0, 100.0])
def test_windows_and_bands_fit_any_rate_and_length(rate: int, seconds: float) -> None:
    from striate.layers.inputs.audio import AudioInputLayer, mel_bands
    from striate.layers.inputs.bounds import find_input_faults

    spec = choose_hearing([rate], [seconds])
    assert not any(find_input_faults(spec).values())
    assert spec.samples % spec.hop == 0
    assert spec.shape[2] <= 402 or spec.rate < 1000
    assert spec.hop <= spec.window // 2 or spec.rate < 1000
    if spec.rate >= 1000:
        assert mel_bands(spec).sum(1).gt(0).all()  # no band is deaf
    AudioInputLayer(spec)
