"""Disturbed sounds: what each setting does and how far, on batches of known waves."""

import numpy as np
import pytest
import torch
from sounds import tone
from torch import Generator, Tensor

from striate.data.augment.mixing import mix_pictures
from striate.data.augment.sounds import augment_sounds
from striate.data.augment.table import disturb
from striate.data.decode.hearing import choose_hearing
from striate.errors import UsageError
from striate.recipe import Augmentation

SWITCHED = {"shift": 0.2, "speed": 0.2, "noise": 0.3}


def generator(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def batch(n: int = 64, hertz: float = 500) -> Tensor:
    """(n, 4000) a tone in the middle half of each."""
    wave = np.zeros(4000)
    wave[1000:3000] = tone(hertz, seconds=0.25)
    return torch.from_numpy(np.tile(np.rint(32768 * wave).astype(np.int16), (n, 1)))


def disturbed(x: Tensor, seed: int = 0, **settings: float) -> Tensor:
    made = augment_sounds(x, Augmentation(**settings), generator(seed), chosen=torch.arange(len(x)))  # type: ignore[arg-type]
    assert made.dtype == torch.float32
    assert made.shape == x.shape
    return made


def pitch(wave: Tensor) -> Tensor:
    """(N,) the strongest frequency, in cycles over all 4000 samples."""
    return torch.fft.rfft(wave).abs().argmax(1)


def test_nothing_is_switched_on_by_itself() -> None:
    state = generator()
    made = augment_sounds(batch(), Augmentation(), state, chosen=torch.tensor([3, 1]))
    assert torch.equal(made, batch()[:2].float() / 32768)
    assert torch.equal(state.get_state(), generator().get_state())


@pytest.mark.parametrize("name", SWITCHED)
def test_each_is_drawn_from_the_generator_for_each_sound(name: str) -> None:
    once = disturbed(batch(), **{name: SWITCHED[name]})
    assert torch.equal(once, disturbed(batch(), **{name: SWITCHED[name]}))
    assert not torch.equal(once, disturbed(batch(), seed=1, **{name: SWITCHED[name]}))
    assert len({tuple(row) for row in once.tolist()}) > 60


def test_shift_moves_up_to_its_share_with_silence_behind() -> None:
    x = batch(300)
    made = disturbed(x, shift=0.2)
    starts = made.ne(0).float().argmax(1) - x.ne(0).float().argmax(1)
    assert starts.min() < -700
    assert starts.max() > 700
    assert starts.abs().max() <= 800
    for row, start in zip(made[:20], starts[:20].tolist(), strict=True):
        torch.testing.assert_close(row.roll(-start), x[0].float() / 32768)


def test_what_is_shifted_out_does_not_come_back() -> None:
    x = torch.full((50, 100), 16384, dtype=torch.int16)
    made = disturbed(x, shift=0.5)
    assert (made.eq(0).sum(1) > 0).float().mean() > 0.9


def test_speed_changes_pitch_and_length_by_its_share() -> None:
    x = batch(200)
    made = disturbed(x, speed=0.2)
    ratio = pitch(made).float() / pitch(x.float())
    assert 0.79 < ratio.min() < 0.85
    assert 1.15 < ratio.max() < 1.21
    length = made.abs().gt(0.02).sum(1).float() / x.abs().gt(0.02 * 32768).sum(1)
    assert torch.corrcoef(torch.stack([ratio, 1 / length]))[0, 1] > 0.99
    assert (made.abs().gt(0.02).float() @ torch.arange(4000.0) / made.abs().gt(0.02).sum(1) - 2000).abs().max() < 20


def test_speed_and_shift_go_together() -> None:
    made = disturbed(batch(200), speed=0.2, shift=0.2)
    middle = made.abs().gt(0.02).float() @ torch.arange(4000.0) / made.abs().gt(0.02).sum(1) - 2000
    assert 600 < middle.abs().max() < 1000
    assert len(pitch(made).unique()) > 20


def test_noise_is_at_most_its_share_of_the_loudness() -> None:
    x = torch.cat([batch(100), batch(100) // 8])
    noise = disturbed(x, noise=0.3) - x.float() / 32768
    share = noise.square().mean(1).sqrt() / (x.float() / 32768).square().mean(1).sqrt()
    for half in (share[:100], share[100:]):  # of quiet sounds, too
        assert half.max() < 0.31
        assert 0.12 < half.mean() < 0.18


def test_the_table_disturbs_sounds_and_leaves_labels() -> None:
    spec = choose_hearing([8000], [0.5])
    chosen = torch.tensor([5, 2])
    settings = Augmentation(**SWITCHED)  # type: ignore[arg-type]
    inputs, targets = disturb(batch(), torch.arange(64), spec, settings, generator(), chosen=chosen, epoch=0)
    assert inputs.shape == (2, 4000)
    assert targets.tolist() == [5, 2]


@pytest.mark.parametrize(
    ("name", "value"), [("filter", -1), ("speed", 0.6), ("mask_time", 1), ("mask_bands", float("nan"))]
)
def test_amounts_have_bounds(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=name):
        Augmentation(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [Augmentation(mixup=0.4), Augmentation(cutmix=1.0)])
def test_sounds_are_mixed_along_time_with_their_share(settings: Augmentation) -> None:
    waves = torch.arange(1.0, 9)[:, None].repeat(1, 400)  # each sound a number of its own
    for seed in range(20):
        mixed, mixing = mix_pictures(waves, settings, generator(seed))
        assert mixing is not None
        expected = mixing.share * waves + (1 - mixing.share) * waves[mixing.partners]
        torch.testing.assert_close(mixed.mean(1), expected.mean(1))
        own = mixed.eq(waves)
        assert settings.mixup or (own | mixed.eq(waves[mixing.partners])).all()
