"""Clips whose classes are ways to move: any single frame looks like those of every other class."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WAYS = {"right": (1, 0), "left": (-1, 0), "down": (0, 1), "up": (0, -1)}
CODECS = {"mp4": "mpeg4", "avi": "mpeg4", "webm": "libvpx", "gif": "gif"}


def draw_movement(way: str, rng: np.random.Generator, *, frames: int = 12, side: int = 32) -> NDArray[np.uint8]:
    """Draw a bright square that moves over noise, (T, H, W, 3), going in at one edge where it left at the other."""
    dx, dy = WAYS[way]
    pace, (x, y), size = rng.uniform(1.5, 3), rng.integers(0, side, 2), int(rng.integers(5, 9))
    colour = rng.integers(150, 256, 3)
    clip = rng.integers(0, 60, (frames, side, side, 3)).astype(np.uint8)
    for t in range(frames):
        columns = (int(x + dx * pace * t) + np.arange(size)) % side
        rows = (int(y + dy * pace * t) + np.arange(size)) % side
        clip[t][np.ix_(rows, columns)] = colour
    return clip


def write_clip(file: Path, frames: NDArray[np.uint8], *, rate: int = 12) -> None:
    """Write frames (T, H, W, 3) into a file of the format that its ending names."""
    codec = CODECS[file.suffix[1:]]
    with av.open(str(file), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(rate))
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        if codec != "gif":
            stream.bit_rate = 400_000
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def write_movements(root: Path, n: int, *, seed: int = 0, endings: tuple[str, ...] = ("mp4",)) -> None:
    """Write n clips a class into class folders, the endings in turn."""
    rng = np.random.default_rng(seed)
    for way in WAYS:
        (root / way).mkdir(parents=True)
        for i in range(n):
            write_clip(root / way / f"{i:04d}.{endings[i % len(endings)]}", draw_movement(way, rng))
