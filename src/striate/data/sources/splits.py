"""Which split each picture is of, where a source lists the pictures of each; and what such lists get wrong."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import TEST, TRAIN, VALIDATION, read_splits
from striate.data.sources.remarks import Remarks

ORDER = (TEST, VALIDATION, TRAIN)  # a picture that several claim goes to the first: none is learned that judges
Item = TypeVar("Item", bound=Hashable)


def settle_splits(lists: Mapping[str, Sequence[Item]], names: Mapping[Item, str], remarks: Remarks) -> dict[Item, str]:
    """Give the split of each item that is listed; `names` are what remarks call them.

    A list of validation or test that holds just what train holds is none. An item in several lists goes to test rather
    than validation, and to validation rather than train. Both is said.
    """
    train = set(lists.get(TRAIN, ()))
    settled: dict[Item, str] = {}
    for split in ORDER:
        items = lists.get(split, ())
        if split != TRAIN and train and set(items) == train:
            remarks.add(
                f"the {split} list names the same pictures as train; a split is made instead",
                *(names[item] for item in items),
            )
            continue
        for item in items:
            if settled.setdefault(item, split) != split:
                remarks.add(f"in the lists of {split} and {settled[item]}, counted to {settled[item]}", names[item])
    return settled


def keep_splits(words: Sequence[str], names: Sequence[str], remarks: Remarks) -> NDArray[np.str_]:
    """Give the splits (N,) that folders, files and lists say, of examples by their `names`.

    Where they only say validation, or only test, the rest of the data is not here, and this is taken as a whole.
    """
    there = set(words)
    if len(there) == 1 and there <= {VALIDATION, TEST}:
        remarks.add(f"all of {there.pop()}, no other split is there: taken as data without a given split", *names)
        return read_splits([""] * len(words))
    return read_splits(words)
