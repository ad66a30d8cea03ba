"""Labels that come as an array: what they ask to be learned, told by their shape and values, and read as targets."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import VOID, encode_labels, order_classes, show_name
from striate.errors import DataError
from striate.kinds import TaskName

MOST_CLASSES = 255  # of a mask: one value is VOID
Labels = NDArray[np.generic]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Read:
    """What labels were read as: targets (N, ...) in the form of `Catalogue.targets`, of pictures as they came."""

    task: TaskName
    classes: tuple[str, ...]
    targets: NDArray[Any]


def read_labels(labels: Labels, pictures: Labels, *, task: TaskName | None = None, names: Sequence[str] = ()) -> Read:
    """Read labels (N, ...) of raw pictures (N, ...): as `task`, or as what they look like where it is None.

    (N,) whole numbers or text are classes, with fractions they are numbers to predict; (N, K) of 0 and 1 say which of K
    labels apply, with fractions they are K numbers; (N, H, W), as the pictures are, give each pixel's class. `names`
    are those of the classes, labels or numbers 0, 1, ... Raises DataError for what is none of these, or not `task`.
    """
    chosen = recognise(labels, pictures) if task is None else task
    readers = {
        "classification": _read_classes,
        "multilabel": _read_yes_or_no,
        "regression": _read_numbers,
        "segmentation": _read_masks,
    }
    if chosen not in readers:
        raise DataError(f"arrays are read for {', '.join(readers)}", got=f"task {chosen}", fix="give files")
    if chosen == "segmentation":
        _expect_masks(labels, pictures)
    return readers[chosen](labels, names)


def recognise(labels: Labels, pictures: Labels) -> TaskName:
    """Tell by shape and values what labels ask for; raises DataError for rows that mark one class each."""
    if labels.ndim == 3 and _is_whole(labels) and _is_mask_of(labels, pictures):
        return "segmentation"
    flat = labels.ndim == 1 or labels.shape[1:] == (1,)
    if not flat and _is_yes_or_no(labels):
        if (labels.astype(np.int64).sum(1) == 1).all():
            got = f"shape {labels.shape} with a single 1 in every row"
            fix = "for classes give labels.argmax(1); for labels of which several may apply, task='multilabel'"
            raise DataError("labels of several columns say which apply", got=got, fix=fix)
        return "multilabel"
    if labels.ndim <= 2 and labels.dtype.kind == "f" and not _is_whole(labels):
        return "regression"
    return "classification"


def _read_classes(labels: Labels, names: Sequence[str]) -> Read:
    words = _label_words(labels)
    distinct, places = np.unique(words, return_inverse=True)
    if names:
        named = {str(i): name for i, name in enumerate(names)}
        found = [named.get(word, word) for word in distinct.tolist()]
        classes = tuple(sorted(found, key=list(named.values()).index))
    else:
        found = [show_name(word) for word in distinct.tolist()]
        classes = order_classes(found)
    targets = encode_labels(found, classes)[places.reshape(-1)]
    return Read(task="classification", classes=classes, targets=targets)


def _read_yes_or_no(labels: Labels, names: Sequence[str]) -> Read:
    if not _is_yes_or_no(labels):
        raise _misfit("labels of which several may apply are (N, K) of 0 and 1", labels, "give a column a label")
    classes = _name(names, labels.shape[1], "")
    return Read(task="multilabel", classes=classes, targets=labels.astype(np.uint8))


def _read_numbers(labels: Labels, names: Sequence[str]) -> Read:
    if labels.ndim not in (1, 2) or labels.dtype.kind not in "biuf" or not labels.shape[-1]:
        raise _misfit("numbers to predict are (N,) or (N, D)", labels, "give one or several numbers an example")
    values = labels.reshape(len(labels), -1).astype(np.float32)
    classes = tuple(names) if len(names) == values.shape[1] else _name((), values.shape[1], "value ")
    return Read(task="regression", classes=classes, targets=values)


def _read_masks(labels: Labels, names: Sequence[str]) -> Read:
    """Values in order are the classes, 0 always the first; 255 is VOID where other values than 0 and 255 occur."""
    values = set(np.unique(labels).astype(np.int64).tolist()) | {0}
    if VOID in values and len(values) > 2:
        values -= {VOID}
    table = np.array(sorted(values))
    if len(table) > MOST_CLASSES or table[0] < 0:
        raise _misfit(f"masks hold at most {MOST_CLASSES} classes, from 0 on", labels, "number the classes from 0")
    targets = np.searchsorted(table, labels.astype(np.int64)).clip(max=len(table) - 1)
    void = table[targets] != labels
    classes = tuple(names[value] if value < len(names) else str(value) for value in table.tolist())
    return Read(task="segmentation", classes=classes, targets=np.where(void, VOID, targets).astype(np.uint8))


def _is_whole(labels: Labels) -> bool:
    if labels.dtype.kind in "biu":
        return True
    return labels.dtype.kind == "f" and bool(np.isfinite(labels).all()) and bool((np.mod(labels, 1) == 0).all())


def _is_yes_or_no(labels: Labels) -> bool:
    return labels.ndim == 2 and labels.dtype.kind in "biuf" and bool(np.isin(labels, (0, 1)).all())


def _is_mask_of(labels: Labels, pictures: Labels) -> bool:
    """Say whether labels (N, H, W) are as large as the pictures, channels first or last."""
    return labels.shape[1:] in (pictures.shape[1:3], pictures.shape[2:4])


def _expect_masks(labels: Labels, pictures: Labels) -> None:
    if labels.ndim != 3 or not _is_whole(labels) or not _is_mask_of(labels, pictures):
        got = f"{labels.dtype} {labels.shape} for pictures {pictures.shape}"
        raise DataError(
            "masks are (N, H, W) whole numbers, as large as the pictures", got=got, fix="give one a picture"
        )


def _name(names: Sequence[str], count: int, prefix: str) -> tuple[str, ...]:
    """Name columns: as said, or by their numbers; a single one by the prefix alone."""
    if len(names) == count:
        return tuple(names)
    return (prefix.strip(),) if count == 1 and prefix else tuple(f"{prefix}{k}" for k in range(count))


def _label_words(labels: Labels) -> NDArray[np.str_]:
    """Bring labels (N,) or (N, 1) to (N,) text."""
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if flat.ndim == 1 and (flat.dtype.kind == "U" or _is_whole(flat)):
        words = (flat.astype(np.int64) if flat.dtype.kind in "buif" else flat).astype(np.str_)
        _expect_text(words)
        return words
    raise _misfit("labels are (N,) whole numbers or text", labels, "for one-hot rows give labels.argmax(1)")


def _expect_text(words: NDArray[np.str_]) -> None:
    """A file may hold numbers in place of letters that no letter has, on which Python itself fails."""
    codes = np.ascontiguousarray(words).view(np.uint32) if words.dtype.itemsize else np.zeros(0, np.uint32)
    if codes.max(initial=0) > sys.maxunicode:
        raise DataError("labels of text are Unicode", got=f"U+{codes.max():X}", fix="save the labels anew")


def _misfit(rule: str, labels: Labels, fix: str) -> DataError:
    return DataError(rule, got=f"shape {labels.shape}, type {labels.dtype}", fix=fix)
