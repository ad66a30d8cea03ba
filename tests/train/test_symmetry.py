"""How pictures may be laid follows from the training split: what looks different upside down is not turned so."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from striate.data.catalogue import Catalogue
from striate.data.listing import VOID
from striate.data.open import open_data
from striate.train.symmetry import find_symmetry

N, SIDE = 60, 24


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 200, (N, SIDE, SIDE)).astype(np.float64)


def blob(mask: np.ndarray, rng: np.random.Generator, low: int, high: int) -> None:
    """A square of class 1 whose upper edge lies between two rows."""
    for one in mask:
        row, column = rng.integers(low, high), rng.integers(0, SIDE - 6)
        one[row : row + 6, column : column + 6] = 1


def catalogue(pictures: np.ndarray, low: int = 0, high: int = SIDE - 6, turn: int = 0) -> Catalogue:
    masks = np.zeros((N, SIDE, SIDE), np.uint8)
    blob(masks, np.random.default_rng(1), low, high)
    return open_data(
        (np.rot90(pictures, turn, (1, 2)).clip(0, 255).astype(np.uint8), np.rot90(masks, turn, (1, 2)).copy())
    )


ramp = 60 * np.linspace(1, -1, SIDE)[:, None]
stripes = 60 * (abs(np.arange(SIDE) - (SIDE - 1) / 2) % 4 < 2)[:, None]
CASES: dict[str, tuple[Callable[[], Catalogue], str]] = {
    "anywhere": (lambda: catalogue(noise()), "dihedral"),
    "a bright sky": (lambda: catalogue(noise() + ramp), "random"),
    "a bright side": (lambda: catalogue(noise() + ramp, turn=1), "off"),
    "objects on the ground": (lambda: catalogue(noise(), low=12), "random"),
    "objects at one side": (lambda: catalogue(noise(), low=12, turn=1), "off"),
    "lying stripes": (lambda: catalogue(0.3 * noise() + stripes), "random"),
    "standing stripes": (lambda: catalogue(0.3 * noise() + stripes, turn=1), "random"),
}


@pytest.mark.parametrize("case", CASES)
def test_symmetry_is_what_the_pictures_have(case: str) -> None:
    made, expected = CASES[case]
    assert find_symmetry(made()) == expected


def test_few_pictures_tell_nothing() -> None:
    found = CASES["a bright sky"][0]()
    few = found.splits.copy()
    few[np.flatnonzero(few == "train")[5:]] = ""
    assert find_symmetry(dataclasses.replace(found, splits=few)) == "dihedral"


def test_void_and_the_other_splits_are_not_looked_at() -> None:
    found = catalogue(noise())
    pictures, targets = np.array(found.inputs), found.targets.copy()
    pictures[:, :, :3] = 255  # a bright border above that counts nowhere, as one below
    targets[:, :3] = targets[:, -3:] = VOID
    pictures[found.splits != "train", :, SIDE // 2 :] = 0
    assert find_symmetry(dataclasses.replace(found, inputs=pictures, targets=targets)) == "dihedral"
