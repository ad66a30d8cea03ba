"""From a folder of sounds of every make to a trained, tested, reported network, by commands."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sounds import noisy, write

SMALL = ("--architecture", "conv 8 3x3 pad 1 > batchnorm > relu > maxpool 2 > conv 16 3x3 > relu > globalpool")
KINDS = ("down", "flat", "up")
MAKES = (
    ("wav", 8000, 1),
    ("flac", 16_000, 1),
    ("ogg", 8000, 2),
    ("wav", 44_100, 2),
    ("wav", 8000, 1),
    ("wav", 8000, 1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 sounds of each kind, of several formats, rates and channels, one silent, one cut off, one a text."""
    root = tmp_path_factory.mktemp("sounds")
    for kind in KINDS:
        for seed in range(48):
            ending, rate, channels = MAKES[seed % len(MAKES)]
            wave = noisy(kind, seed, rate=rate)
            write(root / kind / f"{seed}.{ending}", np.stack([wave] * channels, 1), rate)
    write(root / "up" / "silent.wav", np.zeros(4000))
    (root / "flat" / "cut.wav").write_bytes((root / "flat" / "0.wav").read_bytes()[:500])
    (root / "down" / "letter.wav").write_text("Dear Sir,")
    return root


def test_train_test_predict_report(striate: Callable, folder: Path, tmp_path: Path) -> None:
    done = striate("train", folder, *SMALL, "--epochs", 8, "--set", "batch=16", "--run", "run", "--json")
    assert done.code == 0, done.err
    run = done.record
    assert run["input"]["modality"] == run["data"]["modality"] == "audio"
    assert run["input"]["rate"] == 8000
    assert run["input"]["std"] > 0
    assert run["test"]["accuracy"]["value"] > 0.7
    assert list(run["baselines"]) == ["majority", "mean_spectrogram", "mfcc_linear"]
    assert run["ledger"]["found"] == 147
    assert {refusal["name"] for refusal in run["ledger"]["refusals"]} == {
        "up/silent.wav",
        "flat/cut.wav",
        "down/letter.wav",
    }
    noticed = {notice["what"]: notice["count"] for notice in run["ledger"]["notices"]}
    assert noticed["2 channels mixed to one"] == 48
    assert noticed["resampled from 44,100 to 8,000 Hz; what lies above 4,000 Hz is lost"] == 24
    assert noticed["resampled from 16,000 to 8,000 Hz; what lies above 4,000 Hz is lost"] == 24
    assert set(run["samples"]) == set(KINDS)  # spectrograms
    with (tmp_path / "run" / "catalogue.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 147

    report = (tmp_path / "run" / "report.html").read_text()
    assert "The network hears" in report
    assert report.count("data:image/png") >= 12

    again = striate("test", "run", folder, "--json")
    assert again.code == 0, again.err
    assert again.record["test"]["accuracy"] == run["test"]["accuracy"]
    assert again.record["baselines"] == run["baselines"]

    tested = {row["name"]: row["class"] for row in rows if row["split"] == "test"}
    answers = striate("predict", "run", *(folder / name for name in tested), folder / "up" / "silent.wav", "--json")
    assert answers.code == 0, answers.err
    right = [
        tested[str(Path(one["name"]).relative_to(folder))] == one["label"] for one in answers.record["predictions"]
    ]
    assert np.mean(right) == pytest.approx(run["test"]["accuracy"]["value"])  # the same decoder, the same answers
    assert [refusal["reason"] for refusal in answers.record["refused"]] == ["is silent"]


def test_check_says_what_there_is(striate: Callable, folder: Path) -> None:
    done = striate("check", folder, "--json")
    assert done.code == 0, done.err
    assert done.record["format"] == "audio"
    assert done.record["counts"]["train"].keys() == set(KINDS)
    assert len(done.record["size"]) == 1


def test_a_size_in_pixels_is_refused(striate: Callable, folder: Path) -> None:
    done = striate("check", folder, "--size", 32)
    assert done.code != 0
    assert "a size is one of pictures" in done.err


def test_waves_at_hand_are_answered_as_files(folder: Path, striate: Callable) -> None:
    import soundfile

    from striate.errors import DataError
    from striate.predict import load

    assert striate("train", folder, *SMALL, "--epochs", 1, "--run", "quick").code == 0
    model = load("quick")
    file = folder / "up" / "0.wav"
    wave = soundfile.read(file, dtype="int16")[0]
    by_file, by_wave, by_number = (model.predict(one)[0] for one in (file, wave, wave / 32768))
    assert by_file.probabilities == by_wave.probabilities == by_number.probabilities  # type: ignore[union-attr]
    assert len(model.predict(np.stack([wave, wave]))) == 2
    with pytest.raises(DataError, match="arrays of sounds are"):
        model.predict(wave.astype(np.int32))
