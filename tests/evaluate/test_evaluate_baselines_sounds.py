"""The simple methods for sounds do what their names say, the same each time, whatever silence was added."""

import numpy as np
import pytest
import torch
from sounds import chirp, noisy, write

from striate.data.catalogue import Catalogue
from striate.data.decode.hearing import choose_hearing
from striate.data.open import open_data
from striate.evaluate.baselines import sounds as module
from striate.evaluate.baselines.sounds import COEFFICIENTS, compare_sounds, describe, hear
from striate.evaluate.baselines.table import compare
from striate.layers.inputs.audio import AudioInputLayer


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("kinds")
    for kind in ("up", "flat", "hiss"):
        for seed in range(40):
            hiss = 0.1 * np.random.default_rng(seed).normal(size=3000 + 20 * seed)
            write(folder / kind / f"{seed}.wav", hiss if kind == "hiss" else noisy(kind, seed))
    return open_data(folder)


def test_each_is_right_as_often_as_it_should(kinds: Catalogue) -> None:
    found = compare_sounds(kinds)
    assert list(found) == ["majority", "mean_spectrogram", "mfcc_linear"]
    truth = kinds.targets[kinds.splits == "test"]
    commonest = np.bincount(kinds.targets[kinds.splits == "train"]).argmax()
    assert found["majority"].value == pytest.approx((truth == commonest).mean())
    assert found["mean_spectrogram"].value > 0.7
    assert found["mfcc_linear"].value > 0.7
    assert all(one.n == len(truth) and one.trained_on == (kinds.splits == "train").sum() for one in found.values())
    assert compare(kinds) == found


def test_statistics_do_not_hear_the_silence_that_was_added() -> None:
    wave = 0.02 * np.random.default_rng(0).normal(size=4000) + chirp(300, 900)
    short, long = choose_hearing([8000], [0.5]), choose_hearing([8000], [1.0])
    described = []
    for spec in (short, long):
        sounds = np.zeros((1, spec.samples), np.int16)
        sounds[0, : len(wave)] = np.rint(32768 * wave)
        (bands,) = hear(AudioInputLayer(spec), sounds, np.arange(1))
        described.append(describe(bands))
    assert described[0].shape == (1, 3 * COEFFICIENTS)
    np.testing.assert_allclose(described[0], described[1], rtol=0.1, atol=0.5)


def test_sounds_are_heard_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = choose_hearing([8000], [0.3])
    layer = AudioInputLayer(spec)
    sounds = np.random.default_rng(0).integers(-9999, 9999, (7, spec.samples)).astype(np.int16)
    whole = layer(torch.from_numpy(sounds))[:, 0].numpy()
    monkeypatch.setattr(module, "CHUNK", 2)
    parts = list(hear(layer, sounds, np.array([6, 0, 3])))
    assert [len(part) for part in parts] == [2, 1]
    np.testing.assert_allclose(np.concatenate(parts), whole[[6, 0, 3]], atol=1e-4)
