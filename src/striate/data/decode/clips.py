"""All files of a listing to clips of one number of frames and one size: two threads, order kept, faults by name."""

import dataclasses
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from striate.data.decode.clip import Clip, ClipHeader, decode_clip, import_av, read_clip_header
from striate.data.decode.decoded import Decoded
from striate.data.decode.fit import choose_size
from striate.data.digest import digest
from striate.data.listing import Listing, note
from striate.errors import DataError
from striate.records import ClipInput, Notice, Refusal
from striate.runtime.progress import track

THREADS = 2
LENGTHS = (8, 16)  # frames to choose from
LARGEST = 64  # pixels of a side, unless asked for
Result = TypeVar("Result")


def decode_clips(
    listing: Listing, *, size: int | tuple[int, int] | None = None, like: ClipInput | None = None
) -> Decoded:
    """Decode all files of `listing` to the frames of `like`, or of a number and size chosen by what they declare.

    16 frames where half of the files have as many, else 8; pictures as `choose_size` says, 64 pixels a side at most.
    Raises DataError when more than half are damaged, UsageError without the package av.
    """
    import_av()
    headers = _in_order(read_clip_header, listing, range(len(listing.paths)), "reading headers")
    readable = [i for i, item in enumerate(headers) if isinstance(item, ClipHeader)]
    spec = like or _choose([item for item in headers if isinstance(item, ClipHeader)], size)
    results = _in_order(partial(_prepare, spec=spec), listing, readable, "decoding")
    found = dict(zip(readable, results, strict=True))
    refused = {i: item for i, item in {**dict(enumerate(headers)), **found}.items() if isinstance(item, Refusal)}
    clips = {i: item for i, item in found.items() if isinstance(item, Clip)}
    _expect_sound(listing, refused)
    return Decoded(
        kept=np.fromiter(clips, np.int64, len(clips)),
        inputs=np.stack([clip.frames for clip in clips.values()]),
        spec=dataclasses.replace(spec, mean=(0.0,) * spec.channels, std=(1.0,) * spec.channels),
        sizes=np.array([(clip.count, *clip.size) for clip in clips.values()], np.int32).reshape(-1, 3),
        digests=tuple(digest(clip.frames) for clip in clips.values()),
        refusals=tuple(refused[i] for i in sorted(refused)),
        notices=_notices(listing, clips, spec),
    )


def _choose(headers: list[ClipHeader], asked: int | tuple[int, int] | None) -> ClipInput:
    sizes = np.array([header.size for header in headers], np.int32).reshape(-1, 2)
    height, width = choose_size(sizes, asked)
    if asked is None and max(height, width) > LARGEST:
        height = width = LARGEST
    known = [header.frames for header in headers if header.frames]
    frames = LENGTHS[1] if not known or np.median(known) >= LENGTHS[1] else LENGTHS[0]
    return ClipInput(channels=3, frames=frames, height=height, width=width, mean=(0.0,) * 3, std=(1.0,) * 3)


def _prepare(file: Path, name: str, *, spec: ClipInput) -> Clip | Refusal:
    return decode_clip(file, name, spec)


def _in_order(work: Callable[[Path, str], Result], listing: Listing, chosen: Iterable[int], what: str) -> list[Result]:
    """Apply `work` to the chosen files with a few threads; results come in the order of the files."""
    indices = list(chosen)
    with ThreadPoolExecutor(THREADS) as pool:
        results = pool.map(lambda i: work(listing.paths[i], listing.names[i]), indices)
        try:
            return list(track(results, what, total=len(indices)))
        except BaseException:  # Ctrl-C must not wait for all that is queued
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _notices(listing: Listing, clips: dict[int, Clip], spec: ClipInput) -> tuple[Notice, ...]:
    done: dict[str, list[str]] = {}
    for i, clip in clips.items():
        facts = list(clip.facts)
        if clip.count > spec.frames:
            facts.append(f"{spec.frames} frames taken evenly")
        if clip.size != (spec.height, spec.width):
            facts.append(f"frames scaled and letterboxed with black to {spec.height}x{spec.width}")
        for fact in facts:
            done.setdefault(fact, []).append(listing.names[i])
    return tuple(item for what in sorted(done, key=lambda w: (-len(done[w]), w)) for item in note(what, done[what]))


def _expect_sound(listing: Listing, refused: dict[int, Refusal]) -> None:
    if 2 * len(refused) > len(listing.paths):
        first = "; ".join(f"{refusal.name} {refusal.reason}" for refusal in list(refused.values())[:3])
        raise DataError(
            "at least half of the files must be readable",
            got=f"{listing.source}: {len(refused)} of {len(listing.paths)} are not: {first}",
            fix="copy the clips anew",
        )
