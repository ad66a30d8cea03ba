"""The order of an epoch, and its cut into batches."""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from striate.errors import UsageError


def shuffled(n: int, batch: int, generator: Generator) -> Iterator[Tensor]:
    """Yield the indices (<= batch,) of each training batch of an epoch over `n` examples, in random order.

    The order is drawn at once when the first batch is asked for, by one call on `generator`. A short last batch is
    dropped when there are at least two whole ones, since few examples make a noisy step; other examples are left out
    in each epoch. With fewer, none is dropped.

    >>> [len(part) for part in shuffled(10, 4, torch.Generator().manual_seed(0))]
    [4, 4]
    """
    _expect_positive(n, batch)
    order = torch.randperm(n, generator=generator)
    for start in range(0, count_batches(n, batch) * batch, batch):
        yield order[start : start + batch]


def count_batches(n: int, batch: int) -> int:
    """Tell how many batches `shuffled` yields.

    >>> count_batches(10, 4), count_batches(7, 4)
    (2, 2)
    """
    whole = n // batch
    return whole if whole >= 2 else -(-n // batch)


def in_order(n: int, batch: int) -> Iterator[slice]:
    """Yield slices that cover all `n` examples in order, the last one short: evaluation loses nothing.

    >>> list(in_order(5, 4))
    [slice(0, 4, None), slice(4, 5, None)]
    """
    _expect_positive(n, batch)
    for start in range(0, n, batch):
        yield slice(start, min(start + batch, n))


def _expect_positive(n: int, batch: int) -> None:
    if n < 0 or batch < 1:
        raise UsageError("n >= 0 and batch >= 1 must hold", got=f"n={n}, batch={batch}", fix="use batch 128")
