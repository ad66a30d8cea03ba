"""Augmentation: each disturbance does what its name says, the generator alone decides, every bit repeats."""

from collections.abc import Iterator

import pytest
import torch
from torch import Generator, Tensor

from striate.data.augment.mixing import mix_pictures
from striate.data.augment.pictures import alternate, augment
from striate.errors import UsageError
from striate.recipe import Augmentation

EVERYTHING = Augmentation(
    flip="random",
    shift=0.2,
    rotate=20,
    scale=0.2,
    crop=0.4,
    cutout=0.3,
    brightness=0.2,
    contrast=0.2,
    saturation=0.5,
    hue=30,
    noise=0.05,
)
EACH = [
    Augmentation(),
    Augmentation(flip="random"),
    Augmentation(flip="alternating", shift=0.2),
    Augmentation(shift=0.2),
    Augmentation(rotate=30),
    Augmentation(scale=0.3),
    Augmentation(crop=0.5),
    Augmentation(cutout=0.5),
    Augmentation(brightness=0.3),
    Augmentation(contrast=0.3),
    Augmentation(saturation=0.3),
    Augmentation(hue=90),
    Augmentation(noise=0.1),
    EVERYTHING,
]
WHITE = 255


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def pictures(n: int = 16, channels: int = 3, height: int = 12, width: int = 10) -> Tensor:
    return torch.randint(0, 256, (n, channels, height, width), dtype=torch.uint8, generator=seeded(9))


@pytest.fixture
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("settings", EACH)
@pytest.mark.usefixtures("deterministic")
def test_bits_repeat_and_resume(settings: Augmentation) -> None:
    batch, generator = pictures(), seeded()
    first = augment(batch, settings, generator)
    state = generator.get_state()
    second = augment(batch, settings, generator)
    assert first.dtype == torch.float32
    assert first.shape == batch.shape
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.equal(first, augment(batch, settings, seeded()))
    assert torch.equal(second, augment(batch, settings, seeded().set_state(state)))
    assert torch.equal(first, second) == (settings == Augmentation())


def test_input_is_left_alone() -> None:
    batch = pictures()
    before = batch.clone()
    augment(batch, EVERYTHING, seeded())
    assert torch.equal(batch, before)


@pytest.mark.parametrize("settings", [settings for settings in EACH if settings.flip != "alternating"])
def test_the_chosen_are_disturbed_as_if_they_were_all(settings: Augmentation) -> None:
    batch, chosen = pictures(), torch.tensor([3, 11, 3])
    assert torch.equal(augment(batch, settings, seeded(), chosen=chosen), augment(batch[chosen], settings, seeded()))


def test_flip_mirrors_about_half() -> None:
    batch = pictures(400, 1, 3, 5)
    out, plain = augment(batch, Augmentation(flip="random"), seeded()), batch / 255
    mirrored = (out == plain.flip(-1)).flatten(1).all(1)
    assert 160 < mirrored.sum() < 240
    assert torch.equal(out[~mirrored], plain[~mirrored])


def test_alternating_flip_shows_both_sides_in_two_epochs() -> None:
    batch, settings = pictures(400, 1, 3, 5), Augmentation(flip="alternating")
    epochs = [augment(batch, settings, seeded(epoch), epoch=epoch) for epoch in range(3)]
    assert torch.equal(epochs[0], epochs[1].flip(-1))
    assert torch.equal(epochs[0], epochs[2])
    assert 160 < alternate(torch.arange(400), 0).sum() < 240
    chosen = torch.tensor([7, 300])
    assert torch.equal(augment(batch, settings, seeded(), chosen=chosen), epochs[0][chosen])


def test_shift_reaches_its_bounds_evenly() -> None:
    dot = torch.zeros(4000, 1, 10, 20, dtype=torch.uint8)
    dot[:, :, 5, 10] = 255
    places = augment(dot, Augmentation(shift=0.2), seeded()).nonzero()
    rows, columns = torch.bincount(places[:, 2], minlength=10), torch.bincount(places[:, 3], minlength=20)
    assert (rows > 0).nonzero()[:, 0].tolist() == [3, 4, 5, 6, 7]
    assert (columns > 0).nonzero()[:, 0].tolist() == list(range(6, 15))
    assert rows.max() < 1.3 * rows[rows > 0].min()


def test_rotation_turns_about_the_centre() -> None:
    """A bar through the centre of a picture that is not square stays as long as it was, and turns at most so far."""
    bar = torch.zeros(200, 1, 41, 61, dtype=torch.uint8)
    bar[:, :, 20, 12:49] = WHITE
    turned = augment(bar, Augmentation(rotate=25), seeded())
    rows, columns = torch.meshgrid(torch.arange(41) - 20.0, torch.arange(61) - 30.0, indexing="ij")
    weight = turned[:, 0]
    total = weight.sum(dim=(1, 2))
    spread = (weight * (rows**2 + columns**2)).sum(dim=(1, 2)) / total
    assert (spread.sqrt() / spread.sqrt().mean() - 1).abs().max() < 0.02
    angle = 0.5 * torch.atan2(
        2 * (weight * rows * columns).sum(dim=(1, 2)), (weight * (columns**2 - rows**2)).sum(dim=(1, 2))
    )
    degrees = angle.rad2deg()
    assert degrees.abs().max() <= 25.2
    assert degrees.max() > 20
    assert degrees.min() < -20
    assert ((weight * rows).sum(dim=(1, 2)) / total).abs().max() < 0.1


def test_scale_grows_and_shrinks() -> None:
    square = torch.zeros(200, 1, 40, 40, dtype=torch.uint8)
    square[:, :, 10:30, 10:30] = WHITE
    side = augment(square, Augmentation(scale=0.25), seeded()).sum(dim=(1, 2, 3)).sqrt() / 20
    assert 0.74 < side.min() < 0.8
    assert 1.2 < side.max() < 1.26


def test_cutout_is_one_black_rectangle_inside() -> None:
    white = torch.full((500, 3, 12, 20), 255, dtype=torch.uint8)
    out = augment(white, Augmentation(cutout=0.5), seeded())
    assert ((out == 0).sum(dim=(1, 2, 3)) == 3 * 6 * 10).all()
    assert (out == 0).any(dim=0).all()


def test_crop_keeps_its_share_and_stays_inside() -> None:
    """On a picture whose grey rises to the right and down, the slopes tell the window's sides, the ends its place."""
    ramp = torch.zeros(500, 3, 41, 61, dtype=torch.uint8)
    ramp[:, 0] = torch.arange(41)[:, None] + 100
    ramp[:, 1] = torch.arange(61) + 100
    out = augment(ramp, Augmentation(crop=0.6), seeded()) * 255 - 100
    height, width = (out[:, 0, 30, 30] - out[:, 0, 10, 30]) / 20, (out[:, 1, 20, 50] - out[:, 1, 20, 10]) / 40
    area = height * width
    assert 0.39 < area.min() < 0.42
    assert 0.97 < area.max() < 1.001
    assert (height / width).max() < 1.34
    assert (width / height).max() < 1.34
    inner = out[:, :, 1:-1, 1:-1]  # a border pixel may lie up to half a pixel outside, where black begins
    assert -0.01 < inner[:, 0].min() < 1
    assert 39 < inner[:, 0].max() < 40.01
    assert 59 < inner[:, 1].max() < 60.01


def test_everything_moves_in_one_sampling() -> None:
    """A turn by nothing after a shift leaves whole pixels: there is no second interpolation to blur them."""
    batch = pictures()
    moved = augment(batch, Augmentation(shift=0.3), seeded())
    assert torch.allclose(augment(batch, Augmentation(shift=0.3, rotate=1e-9), seeded()), moved, atol=1e-5)


def test_light_moves_the_mean() -> None:
    grey = torch.full((300, 1, 4, 4), 128, dtype=torch.uint8)
    means = augment(grey, Augmentation(brightness=0.2), seeded()).mean(dim=(1, 2, 3)) - 128 / 255
    assert -0.2 <= means.min() < -0.17
    assert 0.17 < means.max() <= 0.2001
    assert torch.allclose(augment(grey, Augmentation(contrast=0.5), seeded()), grey / 255)


@pytest.mark.parametrize("settings", [Augmentation(saturation=0.8), Augmentation(hue=120)])
def test_colours_leave_grey_alone(settings: Augmentation) -> None:
    grey = torch.arange(64, dtype=torch.uint8).reshape(1, 1, 8, 8).repeat(5, 3, 1, 1)
    assert torch.allclose(augment(grey, settings, seeded()), grey / 255, atol=1e-5)
    one = pictures(5, 1)
    assert torch.equal(augment(one, settings, seeded()), one / 255)


def test_hue_keeps_the_sum_of_colours_and_reaches_its_bounds() -> None:
    red = torch.full((500, 3, 1, 1), 100, dtype=torch.uint8)
    red[:, 0] = 120
    out = (augment(red, Augmentation(hue=90), seeded()) * 255)[..., 0, 0] - 320 / 3
    assert out.sum(1).abs().max() < 1e-3
    angle = torch.atan2((out[:, 1] - out[:, 2]) * 3**0.5, 2 * out[:, 0] - out[:, 1] - out[:, 2]).rad2deg()
    assert -90.1 < angle.min() < -85
    assert 85 < angle.max() < 90.1


def test_saturation_moves_colours_from_and_to_grey() -> None:
    red = torch.full((500, 3, 1, 1), 100, dtype=torch.uint8)
    red[:, 0] = 140
    out = (augment(red, Augmentation(saturation=0.5), seeded()) * 255)[..., 0, 0]
    spread = (out[:, 0] - out[:, 1]) / 40
    luminance = out @ torch.tensor([0.299, 0.587, 0.114])
    assert torch.allclose(luminance, torch.full((500,), 0.299 * 140 + 0.701 * 100), atol=1e-3)
    assert 0.5 <= spread.min() < 0.52
    assert 1.48 < spread.max() <= 1.501


def test_noise_has_its_spread() -> None:
    grey = torch.full((50, 1, 20, 20), 128, dtype=torch.uint8)
    assert abs(float((augment(grey, Augmentation(noise=0.1), seeded()) - 128 / 255).std()) - 0.1) < 0.002


@pytest.mark.parametrize(
    "settings", [Augmentation(mixup=0.4), Augmentation(cutmix=1.0), Augmentation(mixup=1, cutmix=1)]
)
def test_mixed_pictures_hold_the_share_they_say(settings: Augmentation) -> None:
    """Each picture has one grey of its own, so the mean tells of what two a mixed one is made, and in what shares."""
    greys = torch.arange(1.0, 9) / 10
    batch = greys[:, None, None, None].expand(8, 3, 20, 10).clone()
    shares = []
    for seed in range(60):
        mixed, mixing = mix_pictures(batch, settings, seeded(seed))
        assert mixing is not None
        assert sorted(mixing.partners.tolist()) == list(range(8))
        expected = mixing.share * greys + (1 - mixing.share) * greys[mixing.partners]
        assert torch.allclose(mixed.mean(dim=(1, 2, 3)), expected, atol=1e-5)
        assert torch.equal(mixed, mix_pictures(batch, settings, seeded(seed))[0])
        shares.append(mixing.share)
    assert min(shares) < 0.3
    assert max(shares) > 0.7
    assert torch.equal(batch[:, 0, 0, 0], greys)


def test_without_mixing_the_batch_is_what_it_was() -> None:
    batch = torch.rand(4, 3, 5, 5)
    assert mix_pictures(batch, EVERYTHING, seeded()) == (batch, None)


def test_nothing_of_nothing() -> None:
    assert augment(pictures(0), EVERYTHING, seeded()).shape == (0, 3, 12, 10)


@pytest.mark.parametrize(
    "setting", [{"shift": -0.1}, {"shift": 1.5}, {"scale": 1.0}, {"rotate": 200}, {"cutout": 2}, {"flip": "yes"}]
)
def test_impossible_settings_are_errors(setting: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(setting))):
        Augmentation(**setting)  # type: ignore[arg-type]
