"""Arrays that the caller holds in memory, in the forms in which people have them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from striate.data.listing import Listing
from striate.data.sources import signals
from striate.data.sources.arrays import FORMAT, stack_arrays
from striate.data.sources.source import Asked, expect_no_names
from striate.data.sources.stack import Stack
from striate.errors import DataError, UsageError

SOURCE = "arrays in memory"


def read_memory(
    source: object, labels: "str | ArrayLike | None", asked: Asked, *, format: str | None = None
) -> Stack | Listing:
    """Take (pictures, labels), a dict of named arrays, or pictures with `labels`; of signals, when `format` says so.

    Raises DataError, UsageError for another format.
    """
    if format not in (None, FORMAT, signals.FORMAT):
        fix = f"write {FORMAT} or {signals.FORMAT}, or leave it out"
        raise UsageError("the format of arrays in memory is one of arrays", got=repr(format), fix=fix)
    if format == signals.FORMAT:
        return signals.list_signals(_stack(source, labels, asked, axes=2))
    return _stack(source, labels, asked, axes=3)


def _stack(source: object, labels: "str | ArrayLike | None", asked: Asked, *, axes: int) -> Stack:
    if isinstance(source, Mapping):
        return stack_arrays(source, source=SOURCE, format=FORMAT, images=asked.images, labels=asked.labels, axes=axes)
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
    return stack_arrays(arrays, source=SOURCE, format=FORMAT, axes=axes)
