"""Arrays that the caller holds in memory, in the forms in which people have them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from striate.data.sources.arrays import FORMAT, stack_arrays
from striate.data.sources.source import Asked, expect_no_names
from striate.data.sources.stack import Stack
from striate.errors import DataError

SOURCE = "arrays in memory"


def stack_memory(source: object, labels: "str | ArrayLike | None", asked: Asked) -> Stack:
    """Make a stack of (pictures, labels), a dict of named arrays, or pictures with `labels`; raises DataError."""
    if isinstance(source, Mapping):
        return stack_arrays(source, source=SOURCE, format=FORMAT, images=asked.images, labels=asked.labels)
    expect_no_names(asked, FORMAT)
    if isinstance(source, tuple) and len(source) == 2 and labels is None:
        pictures, truth = source
    elif hasattr(source, "__array__") and labels is not None and not isinstance(labels, str):
        pictures, truth = source, labels
    else:
        raise DataError(
            "arrays in memory are (pictures, labels), a dict of them, or pictures with labels=",
            got=f"{type(source).__name__}, labels {type(labels).__name__}",
            fix="open_data((pictures, labels))",
        )
    arrays = {"images": np.asarray(pictures), "labels": np.asarray(truth)}
    return stack_arrays(arrays, source=SOURCE, format=FORMAT)
