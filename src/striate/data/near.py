"""Pictures that show the same: near-duplicates and consecutive frames, which a split must not tear apart.

Found by a difference hash (112 bits: is a part brighter than the one beside it?) and settled by the correlation of what
is left of the pictures at 64 pixels a side. Missing one costs a little honesty, as every split by chance does; a false
find costs nothing but that two examples share a split.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import TRAIN, note
from striate.records import Notice

SIDE = 64  # pixels to which a picture is thinned out
GRID = 8  # parts of the hash along each side
STEP = 2.0  # grey levels that a part must be brighter
NEIGHBOURS = 8  # in each sorted list, that are looked at
LISTS = 8  # rotations of the hash that are sorted
BITS, FRAME_BITS = 10, 28  # of the hash that may differ
ALIKE, FRAME_ALIKE = 0.985, 0.95  # least correlation: of near-duplicates, of consecutive frames
SMALL, SMALL_ALIKE = 32, 0.995  # pictures of fewer pixels a side hold less, and must be more alike
PLAIN = 4.0  # grey levels of spread, below which a picture shows nothing to compare
CHUNK = 1 << 24  # values at a time
RUNNING = re.compile(r"^(.*?)([0-9]{1,12})(\.[A-Za-z0-9]+)?$")
Pairs = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Near:
    """The content of each example (N,), near ones alike, and which examples (N,) are near-duplicates or frames."""

    contents: tuple[str, ...]
    near: NDArray[np.bool_]
    frames: NDArray[np.bool_]


def find_near(
    inputs: NDArray[Any], digests: Sequence[str], names: Sequence[str], strata: NDArray[np.int64] | None = None
) -> Near:
    """Give pictures (N, C, H, W) uint8 that are near-duplicates, or consecutive frames, one content: a digest of them.

    `names` are file names, or empty; those that differ by 1 in their last number may be frames of one recording. With
    `strata` (N,) only pictures of one class are joined: those of several would all have to stay in training.
    """
    hashes, plain = _hash(inputs)
    least = ALIKE if min(inputs.shape[2:]) >= SMALL else SMALL_ALIKE
    near = _keep_alike(inputs, _drop(_candidates(hashes), plain, hashes, BITS), least)
    frames = _keep_alike(inputs, _drop(_successors(names), plain, hashes, FRAME_BITS), FRAME_ALIKE)
    differ = np.array(digests, dtype="S64")
    near = near[differ[near[:, 0]] != differ[near[:, 1]]]
    frames = frames[differ[frames[:, 0]] != differ[frames[:, 1]]]
    joined = np.concatenate([near, frames])
    if strata is not None:
        joined = joined[strata[joined[:, 0]] == strata[joined[:, 1]]]
    contents = _join(digests, joined)
    return Near(contents=contents, near=_members(near, len(digests)), frames=_members(frames, len(digests)))


def note_near(near: Near, names: Sequence[str], splits: NDArray[np.str_]) -> tuple[Notice, ...]:
    """Note what was found, and what of it lies in several splits, because they were given."""
    _, group = np.unique(np.array(near.contents, "S64"), return_inverse=True)
    _, code = np.unique(splits, return_inverse=True)
    low, high = np.full(group.max(initial=-1) + 1, 99), np.full(group.max(initial=-1) + 1, -1)
    np.minimum.at(low, group, code)
    np.maximum.at(high, group, code)
    crossing = (low < high)[group] & (near.near | near.frames)

    def named(mask: NDArray[np.bool_]) -> list[str]:
        return [names[i] for i in np.flatnonzero(mask).tolist()]

    return (
        *note(
            "nearly equal to another picture: kept, in one split where it is not given", named(near.near & ~crossing)
        ),
        *note(
            "consecutive frames that look alike: kept, in one split where it is not given",
            named(near.frames & ~crossing),
        ),
        *note(
            "validation or test pictures nearly equal to one of another split, kept; scores flatter",
            named(crossing & (splits != TRAIN)),
        ),
    )


def _thin(inputs: NDArray[Any], rows: NDArray[np.int64] | slice) -> NDArray[np.float32]:
    """(N, C, H, W) -> (n, h, w) grey, each side of at most about SIDE pixels."""
    height, width = inputs.shape[2:]
    part = inputs[rows, :, :: max(1, height // SIDE), :: max(1, width // SIDE)]
    return np.asarray(part[:, 0], np.float32) if part.shape[1] == 1 else part.mean(axis=1, dtype=np.float32)


def _hash(inputs: NDArray[Any]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Give each picture's hash (N, 2), and whether it is too plain to have one."""
    hashes, plain = np.zeros((len(inputs), 2), np.uint64), np.ones(len(inputs), np.bool_)
    step = max(1, CHUNK // max(1, int(np.prod(inputs.shape[1:]))))
    for start in range(0, len(inputs), step):
        grey = _thin(inputs, slice(start, start + step))
        plain[start : start + step] = grey.std(axis=(1, 2)) < PLAIN
        parts = _pool(_pool(grey, 1), 2)  # (n, GRID, GRID)
        right = parts[:, :, 1:] > parts[:, :, :-1] + STEP
        down = parts[:, 1:] > parts[:, :-1] + STEP
        bits = np.zeros((len(parts), 128), np.bool_)
        bits[:, :112] = np.concatenate([right.reshape(len(parts), -1), down.reshape(len(parts), -1)], axis=1)
        hashes[start : start + step] = np.packbits(bits, axis=1).view(np.uint64)
    return hashes, plain


def _pool(grey: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Average GRID parts along an axis."""
    edges = np.linspace(0, grey.shape[axis], GRID + 1).astype(np.int64)
    starts = np.minimum(edges[:-1], grey.shape[axis] - 1)
    shape = [1] * grey.ndim
    shape[axis] = GRID
    return np.asarray(np.add.reduceat(grey, starts, axis) / np.maximum(np.diff(edges), 1).reshape(shape), np.float32)


def _candidates(hashes: NDArray[np.uint64]) -> Pairs:
    """List pairs that stand near each other when the hashes are sorted, each time from another bit on."""
    data = hashes.view(np.uint8)  # (N, 16)
    pairs = []
    for turn in range(LISTS):
        turned = np.ascontiguousarray(np.roll(data, -turn * 16 // LISTS, axis=1)).view(">u8")
        order = np.argsort(turned[:, 0].astype(np.uint64))
        sorted_ = hashes[order]
        for shift in range(1, min(NEIGHBOURS + 1, len(order))):
            apart = np.bitwise_count(sorted_[:-shift] ^ sorted_[shift:])
            close = np.flatnonzero(apart[:, 0] + apart[:, 1] <= BITS)
            pairs.append(np.stack([order[close], order[close + shift]], 1))
    return np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)


def _successors(names: Sequence[str]) -> Pairs:
    """List pairs of files whose names differ by 1 in their last number: a_007.png and a_008.png."""
    places: dict[tuple[str, str, int], int] = {}
    for place, name in enumerate(names):
        found = RUNNING.match(PurePath(name).name)
        if found:
            stem = f"{PurePath(name).parent}/{found[1]}"
            places[stem, found[3] or "", int(found[2])] = place
    pairs = [
        (here, places[stem, end, number + 1])
        for (stem, end, number), here in places.items()
        if (stem, end, number + 1) in places
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _drop(pairs: Pairs, plain: NDArray[np.bool_], hashes: NDArray[np.uint64], bits: int) -> Pairs:
    """Keep the pairs of pictures that are not plain and whose hashes differ in at most `bits`, each once."""
    apart = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]).sum(axis=1)
    kept = pairs[(apart <= bits) & ~plain[pairs].any(axis=1)]
    low, high = kept.min(axis=1, initial=len(plain)), kept.max(axis=1, initial=0)
    keys = np.unique(low * len(plain) + high)
    return np.stack([keys // max(1, len(plain)), keys % max(1, len(plain))], 1)


def _keep_alike(inputs: NDArray[Any], pairs: Pairs, least: float) -> Pairs:
    """Keep the pairs whose pictures correlate by at least `least`."""
    alike = np.zeros(len(pairs), np.bool_)
    for start in range(0, len(pairs), 256):
        one, other = (_unit(_thin(inputs, pairs[start : start + 256, side])) for side in (0, 1))
        alike[start : start + 256] = (one * other).sum(axis=1) >= least
    return pairs[alike]


def _unit(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = grey.reshape(len(grey), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9))


def _join(digests: Sequence[str], pairs: Pairs) -> tuple[str, ...]:
    """Give all that hang together by pairs, or by equal digests, the least of their digests."""
    if not len(pairs):
        return tuple(digests)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    values, by_content = np.unique(np.array(digests, "S64"), return_inverse=True)
    links = by_content[pairs]
    shape = (len(values), len(values))
    _, group = connected_components(coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=shape), False)
    first = np.full(group.max() + 1, len(values))
    np.minimum.at(first, group, np.arange(len(values)))
    return tuple(value.decode() for value in values[first[group[by_content]]].tolist())


def _members(pairs: Pairs, n: int) -> NDArray[np.bool_]:
    return np.isin(np.arange(n), pairs)
