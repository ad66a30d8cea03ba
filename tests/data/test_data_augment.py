"""Augmentation: each disturbance does what its name says, the generator alone decides, every bit repeats."""

from collections.abc import Iterator

import pytest
import torch
from torch import Generator, Tensor

from striate.data.augment import augment, flip, shift
from striate.errors import UsageError
from striate.recipe import Augmentation

EVERYTHING = Augmentation(
    flip=True, shift=0.2, rotate=20, scale=0.2, cutout=0.3, brightness=0.2, contrast=0.2, noise=0.05
)
EACH = [
    Augmentation(),
    Augmentation(flip=True),
    Augmentation(shift=0.2),
    Augmentation(rotate=30),
    Augmentation(scale=0.3),
    Augmentation(cutout=0.5),
    Augmentation(brightness=0.3),
    Augmentation(contrast=0.3),
    Augmentation(noise=0.1),
    EVERYTHING,
]


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


@pytest.mark.parametrize("settings", EACH)
def test_bytes_and_floats_agree(settings: Augmentation) -> None:
    batch = pictures()
    assert torch.allclose(
        augment(batch, settings, seeded()), augment(batch.float() / 255, settings, seeded()), atol=1e-6
    )


def test_input_is_left_alone() -> None:
    batch = pictures()
    before = batch.clone()
    floats = batch.float() / 255
    augment(batch, EVERYTHING, seeded())
    augment(floats, EVERYTHING, seeded())
    assert torch.equal(batch, before)
    assert torch.equal(floats, before.float() / 255)


def test_flip_twice_is_nothing() -> None:
    batch, chosen = pictures(), torch.rand(16, generator=seeded()) < 0.5
    once = flip(batch, chosen)
    assert torch.equal(once[chosen], batch[chosen].flip(-1))
    assert torch.equal(once[~chosen], batch[~chosen])
    assert torch.equal(flip(once, chosen), batch)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 0), (-3, 1), (0, -4), (12, 0), (5, 10)])
def test_shift_moves_whole_pixels(down: int, right: int) -> None:
    batch = pictures(2)
    moved = shift(batch, torch.tensor([down, 0]), torch.tensor([right, 0]))
    expected = torch.zeros_like(batch[0])
    for row in range(12):
        for column in range(10):
            if 0 <= row - down < 12 and 0 <= column - right < 10:
                expected[:, row, column] = batch[0, :, row - down, column - right]
    assert torch.equal(moved[0], expected)
    assert torch.equal(moved[1], batch[1])


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
    bar = torch.zeros(200, 1, 41, 61)
    bar[:, :, 20, 12:49] = 1.0
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
    square = torch.zeros(200, 1, 40, 40)
    square[:, :, 10:30, 10:30] = 1.0
    side = augment(square, Augmentation(scale=0.25), seeded()).sum(dim=(1, 2, 3)).sqrt() / 20
    assert 0.74 < side.min() < 0.8
    assert 1.2 < side.max() < 1.26


def test_cutout_is_one_black_rectangle_inside() -> None:
    white = torch.full((500, 3, 12, 20), 255, dtype=torch.uint8)
    out = augment(white, Augmentation(cutout=0.5), seeded())
    assert ((out == 0).sum(dim=(1, 2, 3)) == 3 * 6 * 10).all()
    assert (out == 0).any(dim=0).all()


def test_light_moves_the_mean() -> None:
    grey = torch.full((300, 1, 4, 4), 0.5)
    means = augment(grey, Augmentation(brightness=0.2), seeded()).mean(dim=(1, 2, 3))
    assert 0.3 <= means.min() < 0.33
    assert 0.67 < means.max() <= 0.7
    assert torch.allclose(augment(grey, Augmentation(contrast=0.5), seeded()), grey)


def test_noise_has_its_spread() -> None:
    grey = torch.full((50, 1, 20, 20), 0.5)
    assert abs(float((augment(grey, Augmentation(noise=0.1), seeded()) - 0.5).std()) - 0.1) < 0.002


def test_nothing_of_nothing() -> None:
    assert augment(pictures(0), EVERYTHING, seeded()).shape == (0, 3, 12, 10)


@pytest.mark.parametrize("setting", [{"shift": -0.1}, {"shift": 1.5}, {"scale": 1.0}, {"rotate": 200}, {"cutout": 2}])
def test_impossible_settings_are_errors(setting: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(setting))):
        Augmentation(**setting)  # type: ignore[arg-type]
