"""Sounds made by seeded generators: chirps and tones that any test can tell apart, written in any format."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def tone(hertz: float, *, rate: int = 8000, seconds: float = 0.5, loud: float = 0.5) -> Floats:
    """(T,) a sine."""
    return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def chirp(low: float, high: float, *, rate: int = 8000, seconds: float = 0.5, loud: float = 0.5) -> Floats:
    """(T,) a sine that goes from `low` to `high` Hz."""
    n = round(seconds * rate)
    hertz = np.linspace(low, high, n)
    return loud * np.sin(2 * np.pi * np.cumsum(hertz) / rate)


def noisy(kind: str, seed: int, *, rate: int = 8000) -> Floats:
    """(T,) a sound of a kind (up, down, flat), of its own pitch, length and loudness, with noise."""
    rng = np.random.default_rng([seed, len(kind)])
    low = rng.uniform(300, 500)
    high = {"up": 3 * low, "down": low, "flat": 1.5 * low}[kind]
    start = {"up": low, "down": 3 * low, "flat": 1.5 * low}[kind]
    made = chirp(start, high, rate=rate, seconds=rng.uniform(0.25, 0.5), loud=rng.uniform(0.1, 0.8))
    return made + 0.02 * rng.normal(size=len(made))


def write(file: Path, wave: Floats, rate: int = 8000, **options: str) -> Path:
    """Write (T,) or (T, C) by the format that the ending names."""
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, wave, rate, **options)
    return file
