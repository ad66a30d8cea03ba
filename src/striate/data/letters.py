"""Texts as targets: each character a class, for networks that read."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from striate.errors import DataError

END = -1  # after the last character


def encode_letters(texts: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Give the characters of N texts as (N, L) int64 that count into the symbols, and the symbols in order.

    Raises DataError where all texts are empty.

    >>> encode_letters(["ba", "c"])[0].tolist(), encode_letters(["ba", "c"])[1]
    ([[1, 0], [2, -1]], ('a', 'b', 'c'))
    """
    symbols = tuple(sorted(set().union(*texts)))
    if not symbols:
        raise DataError("texts to be read hold characters", got=f"{len(texts)} empty texts", fix="fill in the texts")
    place = {symbol: index for index, symbol in enumerate(symbols)}
    targets = np.full((len(texts), max(map(len, texts))), END, np.int64)
    for row, text in zip(targets, texts, strict=True):
        row[: len(text)] = [place[symbol] for symbol in text]
    return targets, symbols


def decode_letters(row: NDArray[np.integer], symbols: Sequence[str]) -> str:
    """Give the text of one row (L,) of targets.

    >>> decode_letters(np.array([1, 0, -1]), "ab")
    'ba'
    """
    return "".join(symbols[index] for index in row.tolist() if index != END)
