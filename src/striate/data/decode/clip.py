"""One file of moving pictures to a few frames of one size, evenly over its length."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data.decode.faults import RefusedError, say_why
from striate.data.listing import show_name
from striate.errors import UsageError
from striate.kernels.letterbox import letterbox
from striate.records import ClipInput, Refusal

MOST_FRAMES = 100_000  # read of one file
MOST_PIXELS = 1 << 25  # of one frame
SPARE = 4  # times as many frames as wanted are held at most while a file is read


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipHeader:
    """What a file declares: frames (0: it does not say) and (height, width) of each."""

    frames: int
    size: tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Clip:
    """The frames (C, T, H, W) uint8 of a file, how many there were, their original (height, width), and facts."""

    frames: NDArray[np.uint8]
    count: int
    size: tuple[int, int]
    facts: tuple[str, ...]


def read_clip_header(file: Path, name: str) -> ClipHeader | Refusal:
    """Read what a file declares, without decoding it."""
    try:
        with _open(file) as container:
            stream = _video(container)
            _expect_sane(stream.width, stream.height)
            return ClipHeader(frames=_count(stream), size=(stream.height, stream.width))
    except Exception as error:  # a stranger's file may raise anything
        return Refusal(name=name, reason=_why(error, file))


def decode_clip(file: Path, name: str, spec: ClipInput) -> Clip | Refusal:
    """Decode a file to the frames of `spec`: letterboxed, upright, repeated where there are fewer than wanted."""
    try:
        with _open(file) as container:
            return _decode(container, spec)
    except Exception as error:  # as above
        return Refusal(name=name, reason=_why(error, file))


def _decode(container: Any, spec: ClipInput) -> Clip:
    kept: list[NDArray[np.uint8]] = []
    stride, count, size, turned = 1, 0, (0, 0), False
    for count, frame in enumerate(container.decode(_video(container)), start=1):
        if count > MOST_FRAMES:
            raise RefusedError(f"has more than {MOST_FRAMES:,} frames")
        if (count - 1) % stride:
            continue
        _expect_sane(frame.width, frame.height)
        pixels = frame.to_ndarray(format="gray" if spec.channels == 1 else "rgb24")
        quarter_turns = round(getattr(frame, "rotation", 0) / 90) % 4
        turned = turned or quarter_turns > 0
        pixels = np.rot90(pixels, quarter_turns)
        size = size if size != (0, 0) else (pixels.shape[0], pixels.shape[1])
        kept.append(_fit(pixels, spec))
        if len(kept) > SPARE * spec.frames:  # thin out: memory is bounded whatever the file's length
            kept, stride = kept[::2], 2 * stride
    if not kept:
        raise RefusedError("holds no frame")
    chosen = np.linspace(0, len(kept) - 1, spec.frames).round().astype(int)
    facts = ["turned upright by its rotation"] if turned else []
    facts += ["a single frame, repeated"] if count == 1 else []
    facts += [f"fewer than {spec.frames} frames, some repeated"] if 1 < count < spec.frames else []
    frames = np.stack([kept[i] for i in chosen], axis=1)  # (C, T, H, W)
    return Clip(frames=frames, count=count, size=size, facts=tuple(facts))


def _fit(pixels: NDArray[np.uint8], spec: ClipInput) -> NDArray[np.uint8]:
    picture = np.ascontiguousarray(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
    fitted: NDArray[np.uint8] = letterbox(torch.from_numpy(picture), (spec.height, spec.width)).numpy()
    return fitted


def _video(container: Any) -> Any:
    if not container.streams.video:
        raise RefusedError("holds no moving picture")
    return container.streams.video[0]


def _count(stream: Any) -> int:
    if stream.frames:
        return int(stream.frames)
    seconds = float((stream.duration or 0) * (stream.time_base or 0)) or float((stream.container.duration or 0) / 1e6)
    return max(0, math.floor(seconds * float(stream.average_rate or 0)))


def _expect_sane(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise RefusedError(f"declares {width}x{height} pixels a frame, over the limit of {MOST_PIXELS:,}")


def _open(file: Path) -> Any:
    if file.stat().st_size == 0:
        raise RefusedError("is empty (0 bytes)")
    return import_av().open(str(file), mode="r", metadata_errors="replace")


def _why(error: Exception, file: Path) -> str:
    kind = type(error).__name__
    if kind in ("InvalidDataError", "EOFError", "ValueError"):
        return f"is damaged or no clip: {show_name(str(error).split('; ')[0].split(': ')[-1])[:80]}"
    return say_why(error, file)


def import_av() -> Any:
    """Give the package av; raises UsageError that says how to install it."""
    try:
        import av
    except ImportError:
        raise UsageError("clips need the package av", got="none", fix="pip install 'striate[video]'") from None
    av.logging.set_level(av.logging.PANIC)
    return av
