"""All files of a listing to pictures of one size: by several threads, order kept, faults by name, stored one by one."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded, plain_image
from striate.data.decode.faults import NO_PICTURE, RefusedError
from striate.data.decode.fit import choose_size, describe
from striate.data.decode.in_order import in_order
from striate.data.decode.picture import Header, decode, read_header
from striate.data.decode.quiet import quiet
from striate.data.decode.targets import FITS, Fit
from striate.data.digest import digest
from striate.data.listing import Listing, note
from striate.data.room import Room
from striate.errors import DataError
from striate.kernels.letterbox import letterbox
from striate.kinds import TaskName
from striate.records import Notice, Refusal
from striate.runtime.device import threads_kept


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Example:
    """What must be remembered of a picture once its pixels are stored."""

    header: Header
    digest: str
    facts: tuple[str, ...]
    largest: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Results:
    """What became of the files that were decoded to `shape` (C, H, W): examples and refusals by place in the listing.

    `inputs` and `targets` have a row an example, in their order; should a picture have other colours than `shape`,
    rows are missing, and all is decoded again.
    """

    shape: tuple[int, int, int]
    examples: dict[int, _Example]
    refused: dict[int, Refusal]
    inputs: NDArray[np.uint8]
    targets: NDArray[Any] | None


def decode_files(listing: Listing, *, size: int | tuple[int, int] | None = None) -> Decoded:
    """Decode all files of `listing`; size and colour are chosen by the pictures that can be used.

    Headers are read first, so that pictures can be stored as they come; should a file prove to be damaged whose
    header had a say in the choice, the others are decoded again. Raises DataError when more than half are damaged.
    """
    headers: dict[int, Header] = {}
    unreadable: dict[int, Refusal] = {}
    everything = range(len(listing.paths))
    read = in_order(lambda i: read_header(listing.paths[i], listing.names[i]), everything, "reading headers")
    with quiet(), threads_kept():
        torch.set_num_threads(1)  # as many pictures at once as there are cores are enough
        for i, item in zip(everything, read, strict=True):
            if isinstance(item, Header):
                headers[i] = item
            else:
                unreadable[i] = item
        shape = _choose(list(headers.values()), size, listing.task)
        results = _decode(listing, list(headers), shape)
        true_shape = _choose([example.header for example in results.examples.values()], size, listing.task)
        if true_shape != shape:
            results = _decode(listing, list(headers), true_shape)
    refused = {**unreadable, **results.refused}
    _expect_sound(listing, list(refused.values()))
    return Decoded(
        kept=np.fromiter(results.examples, np.int64, len(results.examples)),
        inputs=results.inputs,
        targets=results.targets,
        spec=plain_image(results.inputs),
        sizes=np.array([example.header.size for example in results.examples.values()], np.int32).reshape(-1, 2),
        digests=tuple(example.digest for example in results.examples.values()),
        refusals=tuple(refused[i] for i in sorted(refused)),
        notices=_notices(listing, results.examples, results.shape),
    )


def _choose(headers: list[Header], asked: int | tuple[int, int] | None, task: TaskName) -> tuple[int, int, int]:
    """Choose (C, H, W): grey only when every picture is."""
    sizes = np.array([header.size for header in headers], np.int32).reshape(-1, 2)
    return (1 if all(header.grey for header in headers) else 3, *choose_size(sizes, asked, task=task))


def _decode(listing: Listing, chosen: list[int], shape: tuple[int, int, int]) -> _Results:
    """Decode the chosen files, scale them to `shape` (C, H, W), and store each as it comes."""
    make_fit = FITS.get(listing.task)
    fit = None if make_fit is None else make_fit(listing, shape[1:])
    examples: dict[int, _Example] = {}
    refused: dict[int, Refusal] = {}
    inputs, targets = Room(len(chosen), shape, np.uint8), None
    work = partial(_prepare, listing, shape=shape, fit=fit)
    for i, item in zip(chosen, in_order(work, chosen, "decoding"), strict=True):
        if isinstance(item, Refusal):
            refused[i] = item
            continue
        examples[i], pixels, target = item
        if pixels.shape == shape:
            inputs.add(pixels)
        if target is not None:
            targets = targets or Room(len(chosen), target.shape, target.dtype)
            targets.add(target)
    return _Results(
        shape=shape,
        examples=examples,
        refused=refused,
        inputs=inputs.rows(),
        targets=None if targets is None else targets.rows(),
    )


def _prepare(
    listing: Listing, i: int, *, shape: tuple[int, int, int], fit: Fit | None
) -> "tuple[_Example, NDArray[np.uint8], NDArray[Any] | None] | Refusal":
    """Decode and scale one file to `shape` (C, H, W), with its target where that must be fitted too."""
    picture = decode(listing.paths[i], listing.names[i])
    if isinstance(picture, Refusal):
        return picture
    original = picture.pixels.shape[1], picture.pixels.shape[2]
    try:
        target = None if fit is None else fit(i, original)
    except RefusedError as error:
        return Refusal(name=listing.names[i], reason=str(error))
    small = letterbox(torch.from_numpy(picture.pixels), shape[1:]).numpy()
    example = _Example(
        header=Header(size=original, grey=len(picture.pixels) == 1),
        digest=digest(picture.pixels),
        facts=picture.facts,
        largest=picture.largest,
    )
    return example, np.broadcast_to(small, (max(shape[0], len(small)), *shape[1:])), target


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
