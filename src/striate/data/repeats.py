"""Equal pictures: how many there are, under different labels, and in splits that should not know each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import TRAIN, note
from striate.records import Notice


def find_repeats(
    names: Sequence[str], labels: NDArray[np.int64], splits: NDArray[np.str_], digests: Sequence[str]
) -> tuple[Notice, ...]:
    """Give a notice for pictures equal to the last pixel: repeated, labelled differently, or in several splits."""
    groups, group, sizes = np.unique(np.array(digests, dtype="S64"), return_inverse=True, return_counts=True)
    if len(groups) == len(digests):
        return ()
    disputed = _count_distinct(group, labels) > 1
    _, codes = np.unique(splits, return_inverse=True)
    crossing = _count_distinct(group, codes)[group] > 1

    def named(mask: NDArray[np.bool_]) -> list[str]:
        return [names[i] for i in np.flatnonzero(mask).tolist()]

    return (
        *note("equal to another picture, all kept", named(sizes[group] > 1)),
        *note("equal pictures under different labels, kept as they are", named(disputed[group])),
        *note(
            "validation or test pictures that another given split holds too, kept; scores flatter",
            named(crossing & (splits != TRAIN)),
        ),
    )


def _count_distinct(group: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count for each group (G,) how many different values its members have."""
    width = int(values.max(initial=0)) + 1
    return np.bincount(np.unique(group * width + values) // width)
