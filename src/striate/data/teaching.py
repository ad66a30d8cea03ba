"""The 9x9 X and O and the 3x3 features with which convolution is explained: white +1, black -1."""

import numpy as np
from numpy.typing import NDArray

SIDE = 9


def teaching_x() -> NDArray[np.int8]:
    """Give the X (9, 9): +1 on both diagonals of the inner 7x7, -1 elsewhere.

    >>> int((teaching_x() == 1).sum())
    13
    """
    picture = np.full((SIDE, SIDE), -1, np.int8)
    inner = np.arange(1, SIDE - 1)
    picture[inner, inner] = picture[inner, SIDE - 1 - inner] = 1
    return picture


def teaching_o() -> NDArray[np.int8]:
    """Give the O (9, 9): a ring, +1, within the inner 7x7, cut at its corners; -1 elsewhere."""
    picture = np.full((SIDE, SIDE), -1, np.int8)
    picture[1, 3:6] = picture[7, 3:6] = picture[3:6, 1] = picture[3:6, 7] = 1
    picture[2, 2] = picture[2, 6] = picture[6, 2] = picture[6, 6] = 1
    return picture


def teaching_features() -> dict[str, NDArray[np.int8]]:
    """Give the three features (3, 3) of the X: its two arms and its crossing.

    >>> teaching_features()["crossing"].tolist()
    [[1, -1, 1], [-1, 1, -1], [1, -1, 1]]
    """
    diagonal = 2 * np.eye(3, dtype=np.int8) - 1
    other = np.fliplr(diagonal).copy()
    return {"main diagonal": diagonal, "crossing": np.maximum(diagonal, other), "other diagonal": other}
