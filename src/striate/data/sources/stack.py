"""Pictures that come as arrays: one raw array with its labels, made into uint8 examples."""

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded, plain_image
from striate.data.decode.fit import choose_size, describe, fit
from striate.data.decode.pixels import draw_over_white, put_channels_first, to_bytes
from striate.data.digest import digest
from striate.data.listing import Listing, encode_labels, note, order_classes, show_name
from striate.errors import DataError
from striate.records import Notice, Refusal

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


def list_stack(stack: Stack) -> Listing:
    """List the examples of `stack`; raises DataError when there are none, or labels are no whole numbers or text."""
    _expect_labelled(stack)
    words = _label_words(stack.labels)
    distinct, places = np.unique(words, return_inverse=True)
    if stack.class_names:
        named = {str(i): name for i, name in enumerate(stack.class_names)}
        names = [named.get(word, word) for word in distinct.tolist()]
        classes = tuple(sorted(names, key=list(named.values()).index))
    else:
        names = [show_name(word) for word in distinct.tolist()]
        classes = order_classes(names)
    return Listing(
        source=stack.source,
        format=stack.format,
        classes=classes,
        names=stack.names,
        targets=encode_labels(names, classes)[places.reshape(-1)],
        splits=stack.splits,
        found=len(stack.names),
        notices=note("packed files passed over, their unpacked copies read", stack.passed_over),
    )


def decode_stack(stack: Stack, *, size: int | tuple[int, int] | None = None) -> Decoded:
    """Turn the raw pictures into uint8 ones of one size; those that hold not-a-number or infinity are refused."""
    raw = put_channels_first(stack.pictures)
    sound = _finite(raw)
    pictures, what = to_bytes(raw, sound)
    kept = np.flatnonzero(sound)
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
        spec=plain_image(fitted),
        sizes=sizes,
        digests=tuple(digest(picture) for picture in pictures),
        refusals=tuple(
            Refusal(name=stack.names[i], reason="holds not-a-number or infinity")
            for i in np.flatnonzero(~sound).tolist()
        ),
        notices=notices,
    )


def _whole(what: str, names: list[str]) -> tuple[Notice, ...]:
    return note(what, names) if what else ()


def _finite(pictures: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Tell for each picture (N, ...) whether all its values are finite."""
    if pictures.dtype.kind in "biu":
        return np.ones(len(pictures), np.bool_)
    if pictures.dtype.kind != "f":
        raise DataError("pictures are numbers", got=f"type {pictures.dtype}", fix="give uint8 values 0..255")
    return np.array([bool(np.isfinite(picture).all()) for picture in pictures], np.bool_)


def _label_words(labels: NDArray[np.generic]) -> NDArray[np.str_]:
    """Bring labels (N,) or (N, 1) to (N,) text."""
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    whole = flat.dtype.kind == "f" and bool(np.isfinite(flat).all()) and bool((np.mod(flat, 1) == 0).all())
    if flat.ndim == 1 and (flat.dtype.kind in "biuU" or whole):
        words = (flat.astype(np.int64) if flat.dtype.kind in "buif" else flat).astype(np.str_)
        _expect_text(words)
        return words
    raise DataError(
        "labels are (N,) whole numbers or text",
        got=f"shape {labels.shape}, type {labels.dtype}",
        fix="for one-hot rows give labels.argmax(1)",
    )


def _expect_text(words: NDArray[np.str_]) -> None:
    """A file may hold numbers in place of letters that no letter has, on which Python itself fails."""
    codes = np.ascontiguousarray(words).view(np.uint32) if words.dtype.itemsize else np.zeros(0, np.uint32)
    if codes.max(initial=0) > sys.maxunicode:
        raise DataError("labels of text are Unicode", got=f"U+{codes.max():X}", fix="save the labels anew")


def _expect_labelled(stack: Stack) -> None:
    pictures, labels = np.shape(stack.pictures), np.shape(stack.labels)
    if not pictures or not labels or pictures[0] != labels[0] or pictures[0] == 0:
        raise DataError(
            "every picture has one label, and there is at least one",
            got=f"{stack.source}: pictures {pictures}, labels {labels}",
            fix="give as many labels as pictures",
        )
