"""Small generated data for each task, from arrays as a user would give them."""

import numpy as np
from scipy import ndimage

from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.data.xo import Disturbance, make_turned


def make_discs(n: int = 40, size: int = 32, seed: int = 0, void: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, size, size, 3) of bright discs and dark squares on clouds, and masks (n, size, size): 0, 1, 2, 255.

    The dark squares are rare; a ring of void lies about some discs.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    pictures = np.zeros((n, size, size, 3))
    masks = np.zeros((n, size, size), np.uint8)
    for i in range(n):
        cloud = ndimage.gaussian_filter(rng.normal(size=(size, size, 3)), (3, 3, 0))
        pictures[i] = 120 + 25 * cloud / cloud.std()
        for kind in [1] * rng.integers(1, 4) + [2] * (i % 4 == 0):
            (row, column), reach = rng.uniform(5, size - 5, 2), rng.uniform(3, 6)
            across = np.hypot(y - row, x - column) if kind == 1 else np.maximum(abs(y - row), abs(x - column))
            pictures[i][across < reach] += 90 if kind == 1 else -90
            masks[i][across < reach] = kind
            if void and kind == 1 and i % 3 == 0:
                masks[i][(across >= reach) & (across < reach + 1)] = 255
    return (pictures + rng.normal(0, 8, pictures.shape)).clip(0, 255).astype(np.uint8), masks


def make_marks(n: int = 400, size: int = 16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, size, size) with up to four kinds of strokes, and which are there (n, 4); the last is rare."""
    rng = np.random.default_rng(seed)
    strokes = [np.eye(5), np.eye(5)[::-1], np.eye(5)[2][None].repeat(5, 0), np.eye(5)[2][:, None].repeat(5, 1)]
    labels = (rng.random((n, 4)) < [0.5, 0.4, 0.3, 0.15]).astype(np.uint8)
    pictures = rng.integers(0, 60, (n, size, size)).astype(np.uint8)
    for i, k in np.argwhere(labels):
        row, column = rng.integers(0, size - 5, 2)
        part = pictures[i, row : row + 5, column : column + 5]
        part[strokes[k] > 0] = 230
    return pictures, labels


def make_angles(n: int = 400, size: int = 16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """X's (n, size, size), and by how many degrees each is turned (n,)."""
    plain = Disturbance(shift=0.1, shrink=0.2, deformation=0, noise=0)
    pictures, degrees = make_turned(n, size=size, seed=seed, disturbance=plain)
    return pictures[:, 0], degrees


def segmentation_catalogue(n: int = 40, **how: int) -> Catalogue:
    return open_data(make_discs(n, **how))


def multilabel_catalogue(n: int = 400) -> Catalogue:
    return open_data(make_marks(n))


def regression_catalogue(n: int = 400) -> Catalogue:
    return open_data(make_angles(n))
