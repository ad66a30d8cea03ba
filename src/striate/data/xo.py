"""X's and O's, drawn at random: shifted, shrunken, rotated, deformed, thick or thin, and noisy.

Each picture is a distance field: every pixel is carried back into an undisturbed drawing, and is white where the
nearest stroke is no farther away than half the stroke's thickness.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from striate.errors import UsageError

CLASSES = ("O", "X")
CHUNK = 512  # pictures drawn at once: their fields stay in the processor's cache
REACH = 0.72  # half the extent of an undisturbed drawing; half the picture is 1

Field = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Disturbance:
    """How far the drawings vary; lengths in halves of the picture's side.

    shift: most, each way. shrink: most share of size taken away. rotation: most degrees, each way. deformation: most
    unequal stretching, shear and waviness, as shares. thickness: least and most. noise: share of pixels flipped.
    """

    shift: float = 0.25
    shrink: float = 0.5
    rotation: float = 35.0
    deformation: float = 0.25
    thickness: tuple[float, float] = (0.12, 0.3)
    noise: float = 0.02

    def __post_init__(self) -> None:
        shares = {"shift": self.shift, "shrink": self.shrink, "deformation": self.deformation, "noise": self.noise}
        for name, value in shares.items():
            if not 0 <= value < 1:
                raise UsageError(f"0 <= {name} < 1 must hold", got=f"{name}={value}", fix="use 0 to leave it out")
        if not 0 < self.thickness[0] <= self.thickness[1]:
            raise UsageError(
                "0 < thinnest <= thickest must hold", got=f"thickness={self.thickness}", fix="use (0.12, 0.3)"
            )


def make_xo(
    n: int, *, size: int = 28, seed: int = 0, disturbance: Disturbance | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw n pictures, half of them X's: (n, 1, size, size) uint8, 255 for +1 (white) and 0 for -1; labels (n,).

    Labels count into CLASSES: 0 an O, 1 an X, in random order. `size` in pixels, 5 or more.

    >>> pictures, labels = make_xo(4, size=9, seed=0)
    >>> pictures.shape, sorted(labels.tolist())
    ((4, 1, 9, 9), [0, 0, 1, 1])
    """
    if n < 0 or size < 5:
        raise UsageError("n >= 0 and size >= 5 must hold", got=f"n={n}, size={size}", fix="use size 28")
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(n, dtype=np.int64) % 2)
    limits = disturbance or Disturbance()
    pictures = np.empty((n, 1, size, size), np.uint8)
    for start in range(0, n, CHUNK):
        part = labels[start : start + CHUNK]
        pictures[start : start + CHUNK, 0] = 255 * _draw(part, size, limits, random)[0]
    return pictures, labels


def make_turned(
    n: int, *, size: int = 28, seed: int = 0, disturbance: Disturbance | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Draw n X's and say how far each is turned: (n, 1, size, size) uint8 as `make_xo`, and degrees (n,), clockwise.

    A quarter turn looks like none, so the disturbance must turn by less than 45 degrees each way.

    >>> pictures, degrees = make_turned(4, size=9)
    >>> bool((abs(degrees) <= 35).all())
    True
    """
    limits = disturbance or Disturbance()
    if n < 0 or size < 5 or not 0 <= limits.rotation < 45:
        got = f"n={n}, size={size}, rotation={limits.rotation}"
        raise UsageError("n >= 0, size >= 5 and 0 <= rotation < 45 must hold", got=got, fix="use size 28, rotation 35")
    random = np.random.default_rng(seed)
    drawn = [_draw(part, size, limits, random) for part in np.array_split(np.ones(n, np.int64), 1 + n // CHUNK)]
    pictures = 255 * np.concatenate([white for white, _ in drawn]).astype(np.uint8)[:, None]
    return pictures, np.rad2deg(np.concatenate([angle for _, angle in drawn])).astype(np.float32)


def _draw(
    labels: NDArray[np.int64], size: int, limits: Disturbance, random: np.random.Generator
) -> tuple[NDArray[np.bool_], Field]:
    """Draw (n,) labels as white pixels (n, size, size), and say how far they are turned: (n,) in radians."""
    n = len(labels)
    x, y, angle = _undisturbed(n, size, limits, random)
    thickness = _between(random, n, *limits.thickness)
    is_x = labels.astype(np.bool_)[:, None, None]
    white = np.where(is_x, _distance_to_x(x, y), _distance_to_o(x, y)) <= thickness / 2
    return white ^ (random.random((n, size, size)) < limits.noise), angle


def _undisturbed(n: int, size: int, limits: Disturbance, random: np.random.Generator) -> tuple[Field, Field, Field]:
    """Give for each pixel of n pictures where it lies, (x, y), in its undisturbed drawing: two (n, size, size).

    And how far each drawing is turned: (n,), in radians.
    """
    centre = (2 * np.arange(size) + 1) / size - 1  # pixel centres in [-1, 1]
    x = centre[None, None, :] - _between(random, n, -limits.shift, limits.shift)
    y = centre[None, :, None] - _between(random, n, -limits.shift, limits.shift)
    angle = np.deg2rad(_between(random, n, -limits.rotation, limits.rotation))
    scale = _between(random, n, 1 - limits.shrink, 1)
    x, y = (np.cos(angle) * x + np.sin(angle) * y) / scale, (np.cos(angle) * y - np.sin(angle) * x) / scale
    return *_undeformed(x, y, limits.deformation, random), angle.ravel()


def _undeformed(x: Field, y: Field, most: float, random: np.random.Generator) -> tuple[Field, Field]:
    """Take unequal stretching, shear and waves out of coordinates (n, H, W)."""
    n = len(x)
    stretch, shear = 1 + _between(random, n, -most, most), _between(random, n, -most, most)
    x, y = x * stretch + shear * y, y / stretch
    waves = [_between(random, n, -most / 3, most / 3) for _ in range(2)]
    phases = [_between(random, n, 0, 2 * np.pi) for _ in range(2)]
    return x + waves[0] * np.sin(np.pi * y + phases[0]), y + waves[1] * np.sin(np.pi * x + phases[1])


def _distance_to_x(x: Field, y: Field) -> Field:
    """Give the distance to the nearer of two crossing strokes, from corner to corner of a square."""
    along, across = np.abs(x + y) / np.sqrt(2), np.abs(x - y) / np.sqrt(2)
    arm = REACH * np.sqrt(2) * 0.9  # corners farther out than the ring, but not by all of the square's diagonal
    first = np.hypot(np.maximum(along - arm, 0), across)
    second = np.hypot(np.maximum(across - arm, 0), along)
    nearest: Field = np.minimum(first, second)
    return nearest


def _distance_to_o(x: Field, y: Field) -> Field:
    """Give the distance to a ring; stretching makes it an ellipse."""
    return np.abs(np.hypot(x, y) - REACH)


def _between(random: np.random.Generator, n: int, low: float, high: float) -> Field:
    """Draw (n, 1, 1) numbers evenly from [low, high)."""
    return low + (high - low) * random.random((n, 1, 1))
