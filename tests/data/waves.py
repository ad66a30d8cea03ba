"""Small signals made from a seed: sines, chirps and bursts with noise, at any phase."""

import numpy as np
from numpy.typing import NDArray

KINDS = ("sine", "chirp", "burst")


def make_waves(n: int, *, length: int = 64, channels: int = 1, seed: int = 0) -> tuple[NDArray[np.float32], list[str]]:
    """Give signals (n, channels, length) with noise of a fifth of their size, and the kind of each, in turns."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, length)
    kinds = [KINDS[i % 3] for i in range(n)]
    signals = []
    for kind in kinds:
        phase, late = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.7)
        wave = {
            "sine": np.sin(2 * np.pi * 6 * t + phase),
            "chirp": np.sin(2 * np.pi * 12 * t**2 + phase),
            "burst": np.sin(2 * np.pi * 6 * t + phase) * (np.abs(t - late) < 0.15),
        }[kind]
        size = rng.uniform(0.7, 1.3, (channels, 1))
        signals.append(size * wave + 0.2 * rng.normal(size=(channels, length)))
    return np.array(signals, np.float32), kinds
