"""The teaching example: a 9x9 letter against three 3x3 features, by the reference arithmetic."""

import numpy as np
from numpy.typing import ArrayLike

from striate import reference
from striate.data.teaching import teaching_features, teaching_o, teaching_x
from striate.errors import UsageError, nearest
from striate.records.lesson import Filtered, Lesson, Rows

LETTERS = {"X": teaching_x, "O": teaching_o}


def teach(letter: str = "X") -> Lesson:
    """Match the letter with the three features of the X, pool the matches and rectify them.

    match = sum of the products / 9; maximum over 2x2 windows, the last ones cut by the border; max(x, 0).
    Raises UsageError for another letter. Source: Rohrer 2016, "How do Convolutional Neural Networks work?".

    >>> [round(value, 2) for value in teach().features[0].matches[0]]
    [0.78, -0.11, 0.11, 0.33, 0.56, -0.11, 0.33]
    """
    if letter not in LETTERS:
        raise UsageError("the letter is X or O", got=repr(letter), fix=nearest(letter, LETTERS))
    picture = LETTERS[letter]()
    moved = np.roll(picture, 1, axis=1)
    return Lesson(
        letter=letter,
        picture=_rows(picture),
        moved=_rows(moved),
        alike=float((moved == picture).mean()),
        features=tuple(_filter(name, picture, feature) for name, feature in teaching_features().items()),
    )


def _filter(name: str, picture: ArrayLike, feature: ArrayLike) -> Filtered:
    matches = reference.match(picture, feature)
    pooled = reference.maxpool(matches[None, None], 2, ceil=True)[0, 0]
    return Filtered(
        name=name,
        feature=_rows(feature),
        matches=_rows(matches),
        pooled=_rows(pooled),
        rectified=_rows(reference.relu(pooled)),
    )


def _rows(numbers: ArrayLike) -> Rows:
    return tuple(tuple(float(value) for value in row) for row in np.asarray(numbers))
