"""Small generated scenes: bright rectangles of two classes on a dark ground, and their boxes."""

import numpy as np
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue, assemble
from striate.data.decode.decoded import Decoded, plain_image
from striate.data.listing import Listing

CLASSES = ("flat", "tall")
COLOURS = ((230, 120, 40), (40, 120, 230))
ROWS = 4  # boxes of a picture, at most


def draw_scenes(
    n: int, size: tuple[int, int] = (64, 96), seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Give pictures (n, 3, H, W) and targets (n, 4, 5): up to three rectangles each; every tenth picture has none."""
    rng = np.random.default_rng(seed)
    H, W = size
    pictures = rng.integers(0, 60, (n, 3, H, W), dtype=np.uint8)
    targets = np.zeros((n, ROWS, 5), np.float32)
    targets[..., 0] = -1
    for i in range(n):
        taken = np.zeros((H, W), bool)
        for row in range(0 if i % 10 == 9 else 1 + i % 3):
            k = int(rng.integers(2))
            w, h = (int(rng.integers(20, 28)), int(rng.integers(10, 14)))[:: -1 if k else 1]
            x0, y0 = int(rng.integers(0, W - w)), int(rng.integers(0, H - h))
            if taken[y0 : y0 + h, x0 : x0 + w].any():
                continue
            taken[y0 : y0 + h, x0 : x0 + w] = True
            pictures[i, :, y0 : y0 + h, x0 : x0 + w] = np.array(COLOURS[k], np.uint8)[:, None, None]
            targets[i, row] = k, x0, y0, x0 + w, y0 + h
    return pictures, targets


def scene_catalogue(n: int = 60, size: tuple[int, int] = (64, 96), seed: int = 0) -> Catalogue:
    """Give a catalogue of scenes, of which six tenths are for training; the originals were twice as large."""
    pictures, targets = draw_scenes(n, size, seed)
    splits = np.where(np.arange(n) < 0.6 * n, "train", np.where(np.arange(n) < 0.8 * n, "validation", "test"))
    names = tuple(f"{i}.png" for i in range(n))
    listing = Listing(
        source="scenes",
        format="generated",
        task="detection",
        classes=CLASSES,
        names=names,
        targets=tuple(rows[rows[:, 0] >= 0].astype(np.float64) for rows in targets),
        splits=splits.astype("<U10"),
        found=n,
    )
    decoded = Decoded(
        kept=np.arange(n),
        inputs=pictures,
        targets=targets,
        spec=plain_image(pictures),
        sizes=np.tile(np.array([2 * size[0], 2 * size[1]], np.int32), (n, 1)),
        digests=tuple(str(i) for i in range(n)),
        refusals=(),
        notices=(),
    )
    return assemble(listing, decoded)
