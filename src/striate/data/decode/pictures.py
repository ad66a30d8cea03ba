"""All files of a listing to pictures of one size: two threads, order kept, faults by name."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded, plain_image
from striate.data.decode.faults import NO_PICTURE
from striate.data.decode.fit import choose_size, describe
from striate.data.decode.picture import Header, decode, read_header
from striate.data.decode.quiet import quiet
from striate.data.digest import digest
from striate.data.listing import Listing, note
from striate.errors import DataError
from striate.kernels.letterbox import letterbox
from striate.records import Notice, Refusal
from striate.runtime.progress import track

THREADS = 2
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Example:
    """A picture after decoding and scaling, (C, *size) uint8, with what must be remembered of the original."""

    pixels: NDArray[np.uint8]
    header: Header
    digest: str
    facts: tuple[str, ...]
    largest: int


def decode_files(listing: Listing, *, size: int | tuple[int, int] | None = None) -> Decoded:
    """Decode all files of `listing`; size and colour are chosen by the pictures that can be used.

    Headers are read first, so that only small pictures are held in memory; should a file prove to be damaged whose
    header had a say in the choice, the others are decoded again. Raises DataError when more than half are damaged.
    """
    headers = _in_order(read_header, listing, range(len(listing.paths)), "reading headers")
    readable = [i for i, item in enumerate(headers) if isinstance(item, Header)]
    shape = _choose([item for item in headers if isinstance(item, Header)], size)
    results = _decode(listing, readable, shape)
    true_shape = _choose([item.header for item in results.values() if isinstance(item, _Example)], size)
    if true_shape != shape:
        results = _decode(listing, readable, true_shape)
    refused = {i: item for i, item in {**dict(enumerate(headers)), **results}.items() if isinstance(item, Refusal)}
    _expect_sound(listing, list(refused.values()))
    examples = {i: item for i, item in results.items() if isinstance(item, _Example)}
    return _gather(listing, examples, refused, true_shape)


def _decode(listing: Listing, chosen: list[int], shape: tuple[int, int, int]) -> "dict[int, _Example | Refusal]":
    """Decode the chosen files and scale them to `shape` (C, H, W)."""
    results = _in_order(partial(_prepare, shape=shape), listing, chosen, "decoding")
    return dict(zip(chosen, results, strict=True))


def _in_order(work: Callable[[Path, str], Result], listing: Listing, chosen: Iterable[int], what: str) -> list[Result]:
    """Apply `work` to the chosen files with a few threads; results come in the order of the files."""
    indices = list(chosen)
    with quiet(), ThreadPoolExecutor(THREADS) as pool:
        results = pool.map(lambda i: work(listing.paths[i], listing.names[i]), indices)
        try:
            return list(track(results, what, total=len(indices)))
        except BaseException:  # Ctrl-C must not wait for all that is queued
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _choose(headers: list[Header], asked: int | tuple[int, int] | None) -> tuple[int, int, int]:
    """Choose (C, H, W): grey only when every picture is."""
    sizes = np.array([header.size for header in headers], np.int32).reshape(-1, 2)
    return (1 if all(header.grey for header in headers) else 3, *choose_size(sizes, asked))


def _prepare(file: Path, name: str, *, shape: tuple[int, int, int]) -> "_Example | Refusal":
    """Decode and scale one file to `shape` (C, H, W)."""
    picture = decode(file, name)
    if isinstance(picture, Refusal):
        return picture
    small = letterbox(torch.from_numpy(picture.pixels), shape[1:]).numpy()
    return _Example(
        pixels=np.array(np.broadcast_to(small, (max(shape[0], len(small)), *shape[1:]))),
        header=Header(size=picture.pixels.shape[1:], grey=len(picture.pixels) == 1),
        digest=digest(picture.pixels),
        facts=picture.facts,
        largest=picture.largest,
    )


def _gather(
    listing: Listing, examples: dict[int, _Example], refusals: dict[int, Refusal], shape: tuple[int, int, int]
) -> Decoded:
    pictures = np.empty((len(examples), *shape), np.uint8)
    for place, example in enumerate(examples.values()):
        pictures[place] = example.pixels
    return Decoded(
        kept=np.fromiter(examples, np.int64, len(examples)),
        inputs=pictures,
        spec=plain_image(pictures),
        sizes=np.array([example.header.size for example in examples.values()], np.int32).reshape(-1, 2),
        digests=tuple(example.digest for example in examples.values()),
        refusals=tuple(refusals[i] for i in sorted(refusals)),
        notices=_notices(listing, examples, shape),
    )


def _notices(listing: Listing, examples: dict[int, _Example], shape: tuple[int, int, int]) -> tuple[Notice, ...]:
    """Sum up what was done to the pictures, most frequent first."""
    done: dict[str, list[str]] = {}
    largest = max((example.largest for example in examples.values()), default=0)
    for i, example in examples.items():
        for fact in example.facts:
            deep = f" (largest value {largest})" if fact.startswith("16-bit grey") else ""
            done.setdefault(fact + deep, []).append(listing.names[i])
        if example.header.grey and shape[0] == 3:
            done.setdefault("grey repeated in all three colours", []).append(listing.names[i])
        if example.header.size != shape[1:]:
            done.setdefault(describe(shape[1:]), []).append(listing.names[i])
    return tuple(item for what in sorted(done, key=lambda w: (-len(done[w]), w)) for item in note(what, done[what]))


def _expect_sound(listing: Listing, refusals: list[Refusal]) -> None:
    """Stop when most of the files are damaged or missing: what is left would not be the owner's data."""
    broken = [refusal for refusal in refusals if refusal.reason != NO_PICTURE]
    if 2 * len(broken) > len(listing.paths):
        first = "; ".join(f"{refusal.name} {refusal.reason}" for refusal in broken[:3])
        raise DataError(
            "at least half of the files must be readable",
            got=f"{listing.source}: {len(broken)} of {len(listing.paths)} are not: {first}",
            fix="copy the pictures anew, or correct the paths",
        )
