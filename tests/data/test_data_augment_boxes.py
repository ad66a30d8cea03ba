"""Boxes follow their pictures: a bright object is still inside its box after whatever was done to the picture."""

import numpy as np
import pytest
import torch

from striate.data.augment.boxes import LEAST, move_boxes
from striate.data.augment.scenes import gather_rows
from striate.data.augment.table import disturb
from striate.data.decode.decoded import plain_image
from striate.recipe import Augmentation

H, W = 40, 56
SETTINGS = {
    "flip": Augmentation(flip="random"),
    "alternating": Augmentation(flip="alternating"),
    "shift": Augmentation(shift=0.2),
    "scale": Augmentation(scale=0.3),
    "rotate": Augmentation(rotate=15),
    "crop": Augmentation(crop=0.5),
    "mosaic": Augmentation(mosaic=1.0),
    "all": Augmentation(flip="random", shift=0.1, scale=0.2, rotate=5, crop=0.3, brightness=0.1, contrast=0.1),
}


def scene(n=24):
    """One white rectangle a picture, on black."""
    rng = np.random.default_rng(0)
    pictures, targets = np.zeros((n, 1, H, W), np.uint8), np.full((n, 2, 5), 0, np.float32)
    targets[..., 0] = -1
    for i in range(n):
        w, h = rng.integers(6, 16, 2)
        x0, y0 = rng.integers(0, W - w), rng.integers(0, H - h)
        pictures[i, :, y0 : y0 + h, x0 : x0 + w] = 255
        targets[i, 0] = 3, x0, y0, x0 + w, y0 + h
    return pictures, torch.from_numpy(targets)


def moved(settings, seed=1, epoch=0):
    pictures, targets = scene()
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.arange(len(pictures)).flip(0)
    spec = plain_image(pictures)
    return disturb(
        torch.from_numpy(pictures), targets, spec, settings, generator, chosen=chosen, epoch=epoch, task="detection"
    )


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in ("rotate", "mosaic", "all")])
def test_boxes_hold_what_is_bright(name):
    pictures, targets = moved(SETTINGS[name])
    kept = 0
    for picture, rows in zip(pictures, targets, strict=True):
        bright = (picture[0] > 0.5).nonzero()
        if rows[0, 0] < 0:
            continue
        kept += 1
        (top, left), (bottom, right) = bright.amin(0).tolist(), (bright.amax(0) + 1).tolist()
        assert rows[0, 0] == 3
        np.testing.assert_allclose(rows[0, 1:], [left, top, right, bottom], atol=1.01)
    assert kept > 0.6 * len(pictures)


@pytest.mark.parametrize("name", ["rotate", "all"])
def test_turned_boxes_are_large_enough(name):
    pictures, targets = moved(SETTINGS[name])
    for picture, rows in zip(pictures, targets, strict=True):
        if rows[0, 0] >= 0:
            bright = (picture[0] > 0.5).nonzero().float() + 0.5
            assert (bright[:, 1] > rows[0, 1] - 1).all()
            assert (bright[:, 1] < rows[0, 3] + 1).all()
            assert (bright[:, 0] > rows[0, 2] - 1).all()
            assert (bright[:, 0] < rows[0, 4] + 1).all()


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_boxes_of_a_mosaic_hold_what_is_bright(share):
    """In every box nearly all is bright; what is bright outside belongs to objects of which too little is left."""
    settings = Augmentation(mosaic=share, flip="random", scale=0.1)
    pictures, targets = moved(settings)
    counts = (targets[..., 0] >= 0).sum(1)
    assert counts.max() > 2  # of one object each picture had
    outside = 0.0
    for picture, rows in zip(pictures, targets, strict=True):
        dark = picture[0].clone()
        for k, x0, y0, x1, y1 in rows[rows[:, 0] >= 0].tolist():
            assert k == 3
            inner = picture[0, round(y0 + 0.6) : round(y1 - 0.6), round(x0 + 0.6) : round(x1 - 0.6)]
            assert inner.numel() == 0 or inner.mean() > 0.75
            dark[max(0, round(y0 - 1)) : round(y1 + 1), max(0, round(x0 - 1)) : round(x1 + 1)] = 0
        outside += dark.mean().item()
    assert outside / len(pictures) < 0.01


def test_rows_with_boxes_come_first():
    rows = torch.full((2, 4, 5), -1.0)
    rows[0, 3], rows[1, 1], rows[1, 2] = torch.arange(5.0), torch.arange(5.0) + 1, torch.arange(5.0) + 2
    gathered = gather_rows(rows)
    assert gathered.shape == (2, 2, 5)
    assert gathered[0, 0].tolist() == [0, 1, 2, 3, 4]
    assert gathered[0, 1, 0] == -1
    assert gathered[1, :, 0].tolist() == [1, 2]


def test_what_is_not_disturbed_stays():
    pictures, targets = scene()
    same, boxes = moved(Augmentation())
    assert torch.equal(same, torch.from_numpy(pictures).flip(0) / 255)
    assert torch.equal(boxes, targets.flip(0)[:, :1])


def test_the_same_seed_gives_the_same_boxes():
    assert all(torch.equal(a, b) for a, b in zip(moved(SETTINGS["all"]), moved(SETTINGS["all"]), strict=True))
    assert not torch.equal(moved(SETTINGS["all"])[1], moved(SETTINGS["all"], seed=2)[1])


def test_empty_rows_stay_empty():
    """A rectangle that was shifted out of its picture leaves no box, nor does a row that had none."""
    _, targets = moved(Augmentation(shift=0.9))
    gone = targets[:, 0, 0] < 0
    assert 0 < gone.sum() < len(gone)
    assert (targets[gone, 0, 1:] == 0).all()


@pytest.mark.parametrize(("left", "is_kept"), [(LEAST + 0.05, True), (LEAST - 0.05, False)])
def test_boxes_that_lose_most_of_their_area_are_dropped(left, is_kept):
    """Shifted to the right until only a part is left."""
    by = 20 - 20 * left
    maps = torch.tensor([[[1.0, 0, -(W - 20 + by)], [0, 1, 0]]])
    rows = move_boxes(torch.tensor([[[1.0, 0, 0, 20, 10]]]), maps, (H, W))[0]
    assert (rows[0, 0] == 1) == is_kept
    if is_kept:
        np.testing.assert_allclose(rows[0], [1, W - 20 * left, 0, W, 10], atol=1e-4)
    else:
        assert rows[0].tolist() == [-1, 0, 0, 0, 0]
