"""Masks move with their pictures, to the pixel; what comes from outside counts nowhere."""

import dataclasses

import pytest
import torch
from torch import Generator, Tensor

from striate.data.augment.masks import move_masks
from striate.data.augment.pictures import augment, draw_maps
from striate.data.augment.table import disturb
from striate.data.listing import VOID
from striate.recipe import Augmentation
from striate.records import ImageInput

GEOMETRY = Augmentation(flip="random", shift=0.2, rotate=30, scale=0.3, crop=0.3)
COLOURS = Augmentation(brightness=0.2, contrast=0.2, noise=0.05)


def spec(height: int, width: int) -> ImageInput:
    return ImageInput(channels=1, height=height, width=width, mean=(0.0,), std=(1.0,))


def blocks(n: int, height: int, width: int) -> Tensor:
    """Masks (n, height, width) of 0 and 1 in large random blocks."""
    coarse = torch.randint(0, 2, (n, 1, 4, 4), generator=Generator().manual_seed(3)).float()
    return torch.nn.functional.interpolate(coarse, (height, width))[:, 0].to(torch.uint8)


@pytest.mark.parametrize("flip", ["off", "random", "alternating", "dihedral"])
@pytest.mark.parametrize("size", [(16, 16), (12, 18)])
def test_whole_pixels_stay_exact(flip: str, size: tuple[int, int]) -> None:
    """Flips, quarter turns and shifts: each pixel of the mask is where its own picture's pixel went."""
    masks = blocks(12, *size)
    settings, chosen = Augmentation(flip=flip, shift=0.2), torch.arange(12)  # type: ignore[arg-type]
    drawn, moved = disturb(
        255 * masks[:, None],
        masks,
        spec(*size),
        settings,
        Generator().manual_seed(0),
        chosen=chosen,
        epoch=0,
        task="segmentation",
    )
    inside = moved != VOID
    assert torch.equal(drawn[:, 0][inside].round().to(torch.uint8), moved[inside])
    assert (drawn[:, 0][~inside] == 0).all()
    assert 0.4 < inside.float().mean() < 1


def test_turned_and_scaled_masks_agree_but_at_edges() -> None:
    masks = blocks(16, 40, 40)
    drawn, moved = disturb(
        255 * masks[:, None],
        masks,
        spec(40, 40),
        GEOMETRY,
        Generator().manual_seed(0),
        chosen=torch.arange(16),
        epoch=0,
        task="segmentation",
    )
    inside = moved != VOID
    off = (drawn[:, 0] - moved).abs()[inside]
    assert off.mean() < 0.06
    assert off.max() <= 1 and (off > 0.51).float().mean() < 0.01


def test_pictures_are_drawn_as_for_any_other_task() -> None:
    pictures = torch.randint(0, 256, (6, 3, 12, 10), dtype=torch.uint8, generator=Generator().manual_seed(1))
    both = dataclasses.replace(GEOMETRY, **{key: getattr(COLOURS, key) for key in ("brightness", "contrast", "noise")})
    chosen = torch.tensor([5, 0, 2])
    expected = augment(pictures, both, Generator().manual_seed(7), chosen=chosen, epoch=1)
    drawn, moved = disturb(
        pictures,
        blocks(6, 12, 10),
        spec(12, 10),
        both,
        Generator().manual_seed(7),
        chosen=chosen,
        epoch=1,
        task="segmentation",
    )
    assert torch.equal(drawn, expected)
    assert moved.shape == (3, 12, 10) and moved.dtype == torch.uint8


def test_void_stays_void_and_colours_move_nothing() -> None:
    masks = torch.full((2, 6, 6), VOID, dtype=torch.uint8)
    maps = draw_maps(torch.arange(2), (6, 6), COLOURS, Generator().manual_seed(0), epoch=0)
    assert torch.equal(move_masks(masks, torch.arange(2), maps), masks)
    other = blocks(2, 6, 6)
    assert torch.equal(move_masks(other, torch.tensor([1]), maps[:1]), other[1:])


@pytest.mark.parametrize(("size", "ways"), [((8, 8), 8), ((8, 6), 4)])
def test_dihedral_shows_every_way_to_lay_a_picture(size: tuple[int, int], ways: int) -> None:
    """Each of the eight symmetries of a square, or the four of an oblong, about as often, and nothing else."""
    picture = torch.arange(size[0] * size[1], dtype=torch.uint8).view(1, 1, *size)
    chosen = torch.zeros(400, dtype=torch.int64)
    drawn = augment(picture, Augmentation(flip="dihedral"), Generator().manual_seed(0), chosen=chosen)
    found, counts = torch.unique((255 * drawn).round().to(torch.uint8), dim=0, return_counts=True)
    turns = [picture[0].rot90(k, (1, 2)) for k in range(0, 4, 8 // ways)]
    expected = torch.stack([side for turn in turns for side in (turn, turn.flip(2))])
    assert len(found) == ways
    assert {tuple(one.flatten().tolist()) for one in found} == {tuple(one.flatten().tolist()) for one in expected}
    assert counts.min() > 0.6 * 400 / ways
