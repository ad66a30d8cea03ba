"""Whether up differs from down, left from right, and lying from standing, in the pictures that a network learns from.

Mirrored and turned pictures are worth many more of their kind, where they could be one: under a microscope, from
above, not in a street. Nobody has to know: the training split tells.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.data.listing import VOID
from striate.recipe import Flip

LOOKED_AT = 500  # training pictures
FEWEST = 8  # pictures that a tendency may be seen in
CERTAIN, STRONG = 4.0, 0.3  # standard errors, and standard deviations, that a tendency lies from 0
Floats = NDArray[np.float64]


def find_symmetry(catalogue: Catalogue) -> Flip:
    """Say how training pictures with masks may be laid: "dihedral", mirrored at "random", or "off", as they came.

    Three tendencies are measured in each picture, over its pixels that are not void: how far light and each class lie
    above or below the middle, how far to the left or right, and how much steeper it is across than along. One is there
    if its mean over pictures differs from 0 by 4 standard errors and by 0.3 standard deviations.
    """
    train = np.flatnonzero(catalogue.splits == "train")
    chosen = train[:: max(1, len(train) // LOOKED_AT)][:LOOKED_AT]
    classes = range(len(catalogue.classes))
    found = [_measure(catalogue.inputs[i], catalogue.targets[i], classes) for i in chosen.tolist()]
    upright, sided, lying = (
        any(_is_there(np.array(column)) for column in zip(*(each[part] for each in found), strict=True))
        for part in range(3)
    )
    if sided:
        return "off"
    return "random" if upright or lying else "dihedral"


def _measure(
    picture: NDArray[np.uint8], mask: NDArray[np.uint8], classes: range
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Give the tendencies of a picture (C, H, W): up or down, left or right, across or along; nan where it has none."""
    counted = mask != VOID
    grey = picture.astype(np.float64).mean(0)
    rows, columns = (np.linspace(-1, 1, n) for n in mask.shape)
    light = np.where(counted, grey - grey[counted].mean() if counted.any() else 0.0, 0.0)
    weights = [light / (np.abs(light).sum() or np.nan), *_shares(mask, classes)]
    upright = tuple(float(rows @ weight.sum(1)) for weight in weights)
    sided = tuple(float(columns @ weight.sum(0)) for weight in weights)
    along = (np.diff(grey, axis=0) ** 2)[counted[1:] & counted[:-1]].sum()
    across = (np.diff(grey, axis=1) ** 2)[counted[:, 1:] & counted[:, :-1]].sum()
    return upright, sided, (float((across - along) / ((across + along) or np.nan)),)


def _shares(mask: NDArray[np.uint8], classes: range) -> Iterator[Floats]:
    """Yield for each class where its pixels lie (H, W), adding up to 1; nan where there are none."""
    for k in classes:
        there = mask == k
        yield there / (there.sum() or np.nan)


def _is_there(values: Floats) -> bool:
    known = values[np.isfinite(values)]
    if len(known) < FEWEST:
        return False
    distance = abs(float(known.mean())) / (float(known.std(ddof=1)) or 1e-12)
    return bool(distance > max(STRONG, CERTAIN / len(known) ** 0.5))
