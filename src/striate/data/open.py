"""The one door for data: recognise what a source is by looking at it, and make a catalogue of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, TypedDict, get_args

from numpy.typing import ArrayLike

from striate.data.arrival.reach import reach
from striate.data.catalogue import Catalogue, assemble
from striate.data.decode.table import decode_listing
from striate.data.listing import Listing
from striate.data.place import Place
from striate.data.sources.arrays import FORMAT as MEMORY
from striate.data.sources.memory import stack_memory
from striate.data.sources.source import Asked
from striate.data.sources.stack import Stack, decode_stack, list_stack
from striate.data.sources.table import read_place
from striate.errors import DataError, UsageError, nearest
from striate.kinds import TaskName
from striate.records import ImageInput, InputSpec

Source: TypeAlias = "str | Path | ArrayLike | tuple[ArrayLike, ArrayLike] | Mapping[str, ArrayLike]"


class Words(TypedDict, total=False):
    """What may be typed about a source, for callers that hand it on to `open_data`."""

    format: str | None
    labels: str | None
    images: str | None
    group: str | None


def open_data(
    source: Source,
    *,
    task: TaskName | None = None,
    format: str | None = None,
    labels: "str | ArrayLike | None" = None,
    images: str | None = None,
    group: str | None = None,
    size: int | tuple[int, int] | None = None,
    seed: int = 0,
    as_test: bool = False,
    like: InputSpec | None = None,
) -> Catalogue:
    """Open labelled examples wherever they lie, and check, decode and split them.

    `source` is a folder of class folders (with or without train/validation/test above them), a table (CSV, Parquet,
    JSON lines) of paths or texts with labels, a folder of IDX files, an .npz file, a folder with images.npy and
    labels.npy; an archive or an address of one of these; or arrays in memory: (pictures, labels), a dict of named
    arrays, or pictures with `labels=`. What it is, its content tells; `format` and `task` overrule that. `images`,
    `labels` and `group` name columns or arrays where their names are unusual. `size` in pixels, one number or (height,
    width), overrides the size rule; `seed` decides about splits that are not given; with `as_test` none is made: all is
    there to be judged. `like` is a model's input specification, which the data is brought to.
    Raises DataError for what cannot be opened, split or learned from.

    >>> import numpy as np
    >>> pictures, labels = np.arange(6, dtype=np.uint8).repeat(64).reshape(6, 8, 8), [0, 1, 0, 1, 0, 1]
    >>> open_data((pictures, labels)).inputs.shape
    (6, 1, 8, 8)
    """
    _expect_known(task)
    if isinstance(source, str | Path):
        asked = Asked(task=task, labels=_name_or_none(labels), images=images, group=group)
        found, listing = _read(reach(source), asked, format)
    else:
        if format not in (None, MEMORY):
            raise UsageError(
                "arrays in memory have one format", got=repr(format), fix=f"leave it out, or say {MEMORY!r}"
            )
        named = labels if isinstance(labels, str) else None
        found = stack_memory(source, labels, Asked(task=task, labels=named, images=images, group=group))
        listing = list_stack(found)
    _expect_task(listing, task)
    if isinstance(found, Stack):
        decoded = decode_stack(found, size=(like.height, like.width) if isinstance(like, ImageInput) else size)
    else:
        decoded = decode_listing(listing, size=size, like=like)
    typed = {"format": format, "labels": labels, "images": images, "group": group}
    words = {name: word for name, word in typed.items() if isinstance(word, str)}
    return replace(assemble(listing, decoded, seed=seed, as_test=as_test), words=words)


def _read(place: Place, asked: Asked, format: str | None) -> tuple[Listing | Stack, Listing]:
    """Read a place by its format, and list it with what happened on the way; errors call it as its owner does."""
    try:
        found = read_place(place, asked, format=format)
        listing = list_stack(found) if isinstance(found, Stack) else found
    except DataError as error:
        got = error.got.replace(str(place.path), place.source)
        raise DataError(error.rule, got=got, fix=error.fix) from error
    refusals, notices = (*place.refusals, *listing.refusals), (*place.notices, *listing.notices)
    n = listing.found + len(place.refusals)
    return found, replace(listing, found=n, refusals=refusals, notices=notices)


def _expect_known(task: str | None) -> None:
    if task is not None and task not in get_args(TaskName):
        raise UsageError("a task is one of those that are known", got=repr(task), fix=nearest(task, get_args(TaskName)))


def _expect_task(listing: Listing, task: TaskName | None) -> None:
    """What was asked for is never ignored: a source that cannot give the task is an error."""
    if task is not None and listing.task != task:
        raise DataError(
            f"data of format {listing.format} must hold what the task is to learn",
            got=f"{listing.source} for {listing.task}, asked for {task}",
            fix="leave --task out, or give data with such labels",
        )


def _name_or_none(labels: "str | ArrayLike | None") -> str | None:
    if labels is None or isinstance(labels, str):
        return labels
    raise DataError(
        "labels= names a column or an array of the source; an array of labels goes with an array of pictures",
        got=f"labels of type {type(labels).__name__}",
        fix="open_data((pictures, labels)), or labels='name'",
    )
