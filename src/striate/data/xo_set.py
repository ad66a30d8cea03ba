"""X's and O's as a data set: a catalogue in memory, or PNG files in folders to look at."""

from pathlib import Path

import numpy as np
from PIL import Image

from striate.data.catalogue import Catalogue, assemble
from striate.data.listing import SPLITS
from striate.data.sources.stack import Stack, decode_stack, list_stack
from striate.data.xo import CLASSES, Disturbance, make_xo


def xo_catalogue(
    n_train: int = 4000,
    n_validation: int = 1000,
    n_test: int = 2000,
    *,
    size: int = 28,
    seed: int = 0,
    disturbance: Disturbance | None = None,
) -> Catalogue:
    """Draw X's and O's, pictures of `size` pixels a side, and put them into a catalogue with its three splits.

    >>> xo_catalogue(8, 4, 4, size=9).summary().counts["train"]
    {'O': 4, 'X': 4}
    """
    counts = (n_train, n_validation, n_test)
    parts = [make_xo(n, size=size, seed=seed * 3 + i, disturbance=disturbance) for i, n in enumerate(counts)]
    stack = Stack(
        source="X's and O's",
        format="xo",
        names=tuple(f"{split}[{i}]" for split, n in zip(SPLITS, counts, strict=True) for i in range(n)),
        pictures=np.concatenate([pictures for pictures, _ in parts]),
        labels=np.concatenate([labels for _, labels in parts]),
        splits=np.repeat(np.array(SPLITS, "<U10"), counts),
        class_names=CLASSES,
    )
    return assemble(list_stack(stack), decode_stack(stack, size=size), seed=seed)


def save_xo(
    folder: Path,
    n_train: int = 200,
    n_test: int = 100,
    *,
    size: int = 28,
    seed: int = 0,
    disturbance: Disturbance | None = None,
) -> None:
    """Draw X's and O's into PNG files: `folder`/train/X/00001.png, ...; made for looking at and for `open_data`."""
    for i, (split, n) in enumerate((("train", n_train), ("test", n_test))):
        pictures, labels = make_xo(n, size=size, seed=seed * 2 + i, disturbance=disturbance)
        for index, (picture, label) in enumerate(zip(pictures, labels.tolist(), strict=True)):
            file = folder / split / CLASSES[label] / f"{index:05d}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture[0]).save(file)
