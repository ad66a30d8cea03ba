"""Signals as people have them: a file each in class folders, a row each in a table, or arrays.

A table of numbers looks the same whether its columns are moments or measurements; only the archive's own form, pairs
such as Gun_TRAIN.tsv and Gun_TEST.tsv, is told without being named.
"""

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from striate.data.content import WORDS
from striate.data.listing import Listing, note, show_name, split_role
from striate.data.numbers import is_numeric
from striate.data.place import Place, read_head
from striate.data.sources.arrays import find_pack, has_arrays, read_array_folder, read_arrays
from striate.data.sources.class_folders import list_class_folders
from striate.data.sources.rows import find_pairs, list_rows
from striate.data.sources.source import Asked, Match
from striate.data.sources.stack import Stack, list_stack
from striate.errors import DataError

FORMAT = "signals"
SNIFFED = 20  # files, spread over the folder, that tell what most of them hold
ENDINGS = (".csv", ".tsv", ".txt", ".dat", ".tab", ".asc")
NPY = b"\x93NUMPY"


def recognise(place: Place) -> Match | None:
    """Say that class folders hold files of numbers, or that a folder holds a pair of tables as the archive does."""
    pair = find_pairs(place)
    if pair:
        return Match(why=f"signals, one a row, {', '.join(file.name for file in pair)}", certain=True)
    classes = place.layout.classes if place.is_folder else set()
    if not classes or all(map(split_role, classes)):
        return None
    looked = [place.files[i] for i in place.layout.inside][:: max(1, len(place.layout.inside) // SNIFFED)]
    if 2 * sum(map(_holds_numbers, looked)) <= len(looked):
        return None
    named = ", ".join(sorted(map(show_name, classes))[:3]) + (", ..." if len(classes) > 3 else "")
    return Match(why=f"class folders of {WORDS['signal']}: {named}", certain=False)


def read(place: Place, asked: Asked) -> Listing:
    """List the signals of class folders, arrays, or rows of a table; raises DataError."""
    pack = find_pack(place)
    if pack is not None:
        return list_signals(read_arrays(pack, images=asked.images, labels=asked.labels, source=place.source, axes=2))
    if place.is_folder and has_arrays(place.path):
        return list_signals(read_array_folder(place.path, source=place.source, axes=2))
    if place.is_folder and len(place.layout.classes) > 1 and not find_pairs(place):
        return list_class_folders(place, asked, format=FORMAT, modality="signal")
    return list_rows(place, asked, format=FORMAT)


def list_signals(stack: Stack) -> Listing:
    """List the signals of arrays X (N, T), (N, C, T) or (N, T, C): the longer axis is time, and it is said.

    Raises DataError for more axes, or two of one length.
    """
    signals = stack.pictures[:, None] if stack.pictures.ndim == 2 else stack.pictures
    if signals.ndim != 3 or signals.dtype.kind not in "biuf" or signals.shape[1] == signals.shape[2] > 1:
        raise DataError(
            "arrays of signals are numbers (N, T), (N, C, T) or (N, T, C), T larger than C",
            got=f"{signals.dtype} of shape {stack.pictures.shape}",
            fix="reshape them, or lengthen the signals",
        )
    turned = signals.shape[1] > signals.shape[2]
    signals = signals.transpose(0, 2, 1) if turned else signals
    with np.errstate(over="ignore"):  # beyond float32: an infinity, which decoding refuses
        contents: tuple[NDArray[np.float32], ...] = tuple(signals.astype(np.float32))
    listing = list_stack(stack)
    said = f"taken as {signals.shape[2]} moments of {signals.shape[1]} channels" if turned else ""
    notices = (*listing.notices, *(note(said, stack.names) if said else ()))
    return dataclasses.replace(listing, modality="signal", format=FORMAT, contents=contents, notices=notices)


def _holds_numbers(file: Path) -> bool:
    """Tell whether a file is one of NumPy's with at most two axes, or text of numbers."""
    head = read_head(file)
    if head.startswith(NPY):
        return head[:512].split(b"'shape':", 1)[-1].partition(b")")[0].count(b",") <= 2 and b"'|O'" not in head[:512]
    lines = head.decode("latin-1").split("\n")
    return file.suffix.lower() in ENDINGS and (is_numeric(lines[:-1]) or is_numeric(lines[1:]) or is_numeric(lines))
