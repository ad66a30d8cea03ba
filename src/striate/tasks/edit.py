"""How far one text is from another: the fewest characters to insert, delete or replace."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def edit_distances(first: Sequence[str], second: Sequence[str]) -> NDArray[np.int64]:
    """Give the edit distance of each pair of N texts, (N,).

    Source: Levenshtein 1966; the table of Wagner and Fischer 1974, a row at a time for all pairs at once.

    >>> edit_distances(["kitten", ""], ["sitting", "ab"]).tolist()
    [3, 2]
    """
    a, b = _codes(first, -1), _codes(second, -2)
    N, columns = len(a), b.shape[1] + 1
    ends = np.array([len(text) for text in second], np.int64)
    rows = np.array([len(text) for text in first], np.int64)
    row = np.tile(np.arange(columns), (N, 1))
    found = np.where(rows == 0, ends, 0)
    for i in range(a.shape[1]):
        below = np.minimum(row[:, 1:] + 1, row[:, :-1] + (a[:, i : i + 1] != b))
        kept = np.concatenate([np.full((N, 1), i + 1), below], axis=1) - np.arange(columns)
        row = np.minimum.accumulate(kept, axis=1) + np.arange(columns)  # insertions, from left to right
        done = rows == i + 1
        found[done] = row[done, ends[done]]
    return found


def _codes(texts: Sequence[str], fill: int) -> NDArray[np.int64]:
    codes = np.full((len(texts), max(map(len, texts), default=0)), fill, np.int64)
    for row, text in zip(codes, texts, strict=True):
        row[: len(text)] = [ord(letter) for letter in text]
    return codes
