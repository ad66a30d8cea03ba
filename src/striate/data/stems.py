"""File names that may say who or what was recorded, as `3_jackson_07.wav` does: a split may have to go by it.

What a part of a name means is not known, so that it is reported and never used unasked.
"""

import re
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import note
from striate.records import Notice

APART = re.compile(r"[_\-. ]+")
LETTERS = re.compile(r"[A-Za-z]")
FEWEST, MOST = 3, 0.2  # different values: at least, and as a share of all examples at most
TOLD = 0.9  # share of the examples whose class a part may tell: above, it is the class itself


def note_stems(names: Sequence[str], strata: NDArray[np.int64]) -> tuple[Notice, ...]:
    """Note the part of file names, split at _ - . and spaces, whose values recur like those of persons or places.

    `strata` (N,) are classes. Running numbers without letters are none, nor is a part that tells the class.

    >>> names = [f"{i % 2}_{'abc'[i % 3]}_{i}.wav" for i in range(18)]
    >>> note_stems(names, np.arange(18) % 2)[0].names
    ('a', 'b', 'c')
    """
    parts = [APART.split(PurePath(name).stem) for name in names]
    if not parts or len({len(part) for part in parts}) != 1:
        return ()
    for number, column in enumerate(zip(*parts, strict=True), start=1):
        values, place = np.unique(np.array(column), return_inverse=True)
        recurs = FEWEST <= len(values) <= MOST * len(names)
        if recurs and all(LETTERS.search(value) for value in values.tolist()) and not _tells(place, strata):
            what = (
                f"file names share a part of {len(values)} values: if it is a person, a place or a recording,"
                f" --group {number} (the part; in a table, a column with it) keeps each in one split"
            )
            return note(what, values.tolist())
    return ()


def _tells(place: NDArray[np.intp], strata: NDArray[np.int64]) -> bool:
    """Say whether a part of the name all but tells the class."""
    table = np.zeros((place.max() + 1, strata.max() + 1), np.int64)
    np.add.at(table, (place, strata), 1)
    return bool(table.max(axis=1).sum() >= TOLD * len(place)) and len(table) > 1 and table.shape[1] > 1
