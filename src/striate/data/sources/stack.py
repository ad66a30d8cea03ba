"""Pictures that come as arrays: one raw array with its labels, made into uint8 examples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded, plain_image
from striate.data.decode.fit import choose_size, describe, fit
from striate.data.decode.pixels import draw_over_white, put_channels_first, to_bytes
from striate.data.decode.targets import fit_mask
from striate.data.digest import digest
from striate.data.listing import Listing, note
from striate.data.sources.stack_labels import read_labels
from striate.errors import DataError
from striate.kinds import TaskName
from striate.records import Notice, Refusal

NO_PICTURE = "holds not-a-number or infinity"
NO_LABEL = "has a label of not-a-number or infinity"
MAX_BYTES = 32 * 2**30  # that a packed array may declare


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stack:
    """N raw pictures of any usual layout and type, and their labels (N,) of whole numbers or text.

    `splits` (N,) as in Listing; `class_names` names the labels 0, 1, ... where the source does; `passed_over` are
    files that were not read because an unpacked copy was.
    """

    source: str
    format: str
    names: tuple[str, ...]
    pictures: NDArray[np.generic]
    labels: NDArray[np.generic]
    splits: NDArray[np.str_]
    class_names: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()


def list_stack(stack: Stack, *, task: TaskName | None = None) -> Listing:
    """List the examples of `stack`, as `task` or as their labels look.

    Raises DataError when there are none, or labels are not those of any task.
    """
    _expect_labelled(stack)
    read = read_labels(stack.labels, stack.pictures, task=task, names=stack.class_names)
    return Listing(
        source=stack.source,
        format=stack.format,
        task=read.task,
        classes=read.classes,
        names=stack.names,
        targets=read.targets,
        splits=stack.splits,
        found=len(stack.names),
        notices=note("packed files passed over, their unpacked copies read", stack.passed_over),
    )


def decode_stack(stack: Stack, *, size: int | tuple[int, int] | None = None, listing: Listing | None = None) -> Decoded:
    """Turn the raw pictures into uint8 ones of one size; those that hold not-a-number or infinity are refused.

    The masks of a `listing` follow their pictures, and numbers to predict that are none are refused with them.
    """
    raw = put_channels_first(stack.pictures)
    sound = _finite(raw)
    pictures, what = to_bytes(raw, sound)
    answered = _answered(listing, len(raw))
    kept = np.flatnonzero(sound & answered)
    pictures = pictures if len(kept) == len(pictures) else pictures[kept]
    names = [stack.names[i] for i in kept.tolist()]
    notices = _whole(what, names)
    if pictures.shape[1] == 4:
        seen = (pictures[:, 3] < 255).any(axis=(1, 2))
        notices += note("transparency drawn over white", [names[i] for i in np.flatnonzero(seen).tolist()])
        pictures = draw_over_white(pictures)
    sizes = np.tile(np.array(pictures.shape[2:], np.int32), (len(pictures), 1))
    target = choose_size(sizes, size)
    if pictures.shape[2:] != target:
        notices += _whole(describe(target), names)
    fitted = np.ascontiguousarray(fit(pictures, target))
    return Decoded(
        kept=kept,
        inputs=fitted,
        targets=_fit_masks(listing, kept, target),
        spec=plain_image(fitted),
        sizes=sizes,
        digests=tuple(digest(picture) for picture in pictures),
        refusals=tuple(
            Refusal(name=stack.names[i], reason=NO_LABEL if sound[i] else NO_PICTURE)
            for i in np.flatnonzero(~(sound & answered)).tolist()
        ),
        notices=notices,
    )


def _answered(listing: Listing | None, n: int) -> NDArray[np.bool_]:
    """Tell for each example whether the numbers to predict are some; always so for other tasks."""
    if listing is None or listing.task != "regression":
        return np.ones(n, np.bool_)
    answered: NDArray[np.bool_] = np.isfinite(np.asarray(listing.targets)).all(axis=1)
    return answered


def _fit_masks(listing: Listing | None, kept: NDArray[np.int64], size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Bring the masks of what is kept to the pictures' size; None for other tasks, whose targets stay as they are."""
    if listing is None or listing.task != "segmentation":
        return None
    masks = np.asarray(listing.targets)
    return np.stack([fit_mask(masks[i], size) for i in kept.tolist()])


def _whole(what: str, names: list[str]) -> tuple[Notice, ...]:
    return note(what, names) if what else ()


def _finite(pictures: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Tell for each picture (N, ...) whether all its values are finite."""
    if pictures.dtype.kind in "biu":
        return np.ones(len(pictures), np.bool_)
    if pictures.dtype.kind != "f":
        raise DataError("pictures are numbers", got=f"type {pictures.dtype}", fix="give uint8 values 0..255")
    return np.array([bool(np.isfinite(picture).all()) for picture in pictures], np.bool_)


def _expect_labelled(stack: Stack) -> None:
    pictures, labels = np.shape(stack.pictures), np.shape(stack.labels)
    if not pictures or not labels or pictures[0] != labels[0] or pictures[0] == 0:
        raise DataError(
            "every picture has one label, and there is at least one",
            got=f"{stack.source}: pictures {pictures}, labels {labels}",
            fix="give as many labels as pictures",
        )
