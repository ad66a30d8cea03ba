"""The catalogue: all usable examples of a source with label, split and pixels, and the ledger of the others."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded
from striate.data.digest import fingerprint
from striate.data.listing import SPLITS, Listing, note
from striate.data.repeats import find_repeats
from striate.data.split import leave_whole, split
from striate.errors import DataError, UsageError, nearest
from striate.records import DataSummary, Ledger, Notice, Refusal
from striate.runtime.files import write_atomically

COLUMNS = ("name", "class", "split", "height", "width", "digest", "status", "reason")


NAMED = 20  # refused examples that an error names


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Selection:
    """The M examples of one split: pictures (M, C, H, W) uint8, labels (M,), their indices (M,) in the catalogue."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]
    indices: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Catalogue:
    """N labelled pictures.

    `names` are relative paths or `file[index]`; `labels` (N,) count into `classes`; `splits` (N,) are "train",
    "validation" or "test"; `pictures` (N, C, H, W) uint8 with C 1 or 3, perhaps a read-only memory map; `sizes` (N, 2)
    the original (height, width) after EXIF; `digests` the SHA-256 of the decoded pixels before scaling; `seed` decided
    the splits that were not given; `fingerprint` a SHA-256 over names, classes, labels, given splits and digests.
    """

    source: str
    format: str
    classes: tuple[str, ...]
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    splits: NDArray[np.str_]
    pictures: NDArray[np.uint8]
    sizes: NDArray[np.int32]
    digests: tuple[str, ...]
    split_rule: str
    seed: int
    ledger: Ledger
    fingerprint: str

    def select(self, split: str) -> Selection:
        """Give the examples of one split, their pictures copied into memory; raises UsageError for another name."""
        if split not in SPLITS:
            raise UsageError("a split is train, validation or test", got=split, fix=nearest(split, SPLITS))
        indices = np.flatnonzero(self.splits == split)
        pictures = np.asarray(self.pictures[indices])
        return Selection(pictures=pictures, labels=self.labels[indices], indices=indices)

    def summary(self) -> DataSummary:
        """Sum up the catalogue without its pixels."""
        return DataSummary(
            source=self.source,
            format=self.format,
            classes=self.classes,
            counts={name: self._counts(name) for name in SPLITS},
            split_rule=self.split_rule,
            fingerprint=self.fingerprint,
            size=(self.pictures.shape[2], self.pictures.shape[3]),
            original_sizes=_three_sizes(self.sizes),
            ledger=self.ledger,
        )

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one row an example to `path`, used or refused, all or nothing; raises OSError.

        Columns: name, class, split, height, width, digest, status (used or refused), reason.
        """
        text = "".join(_lines((COLUMNS, *self._rows())))
        write_atomically(Path(path), text.encode("utf-8", "backslashreplace"))

    def _rows(self) -> Iterator[tuple[object, ...]]:
        classes, sizes = self.classes, self.sizes.tolist()
        columns = (self.names, self.labels.tolist(), self.splits.tolist(), sizes, self.digests)
        for name, label, split_, (height, width), digest in zip(*columns, strict=True):
            yield name, classes[label], split_, height, width, digest, "used", ""
        for refusal in self.ledger.refusals:
            yield refusal.name, "", "", "", "", "", "refused", refusal.reason

    def _counts(self, split: str) -> dict[str, int]:
        numbers = np.bincount(self.labels[self.splits == split], minlength=len(self.classes))
        return dict(zip(self.classes, numbers.tolist(), strict=True))


def assemble(listing: Listing, decoded: Decoded, *, seed: int = 0, as_test: bool = False) -> Catalogue:
    """Put together what was listed and what could be decoded: split it, balance the ledger, seal the fingerprint.

    With `as_test` no split is made: the given test split is kept, or else every example is one of test. The
    fingerprint is the same either way. Raises DataError when there are fewer than two classes or a class has too few
    pictures.
    """
    names = tuple(listing.names[i] for i in decoded.kept.tolist())
    labels, given = listing.labels[decoded.kept], listing.splits[decoded.kept]
    refusals = (*listing.refusals, *decoded.refusals)
    try:
        classes = listing.classes
        made = leave_whole(given) if as_test else split(labels, given, decoded.digests, classes=classes, seed=seed)
    except DataError as error:
        raise _with_refusals(error, refusals) from None
    notices = (*decoded.notices, *find_repeats(names, labels, made.splits, decoded.digests))
    return Catalogue(
        source=listing.source,
        format=listing.format,
        classes=listing.classes,
        names=names,
        labels=labels,
        splits=made.splits,
        pictures=decoded.pictures,
        sizes=decoded.sizes,
        digests=decoded.digests,
        split_rule=made.rule,
        seed=seed,
        ledger=Ledger(
            found=listing.found,
            used=len(names),
            refused=len(refusals),
            refusals=refusals,
            notices=(*listing.notices, *notices, *_absent(listing.classes, labels, made.splits)),
        ),
        fingerprint=fingerprint(names, listing.classes, labels, given.tolist(), decoded.digests),
    )


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Write rows of CSV, each ended by a newline."""
    written: list[str] = []
    file = SimpleNamespace(write=written.append)  # csv writes a row at once, all of them without leaving C
    csv.writer(file).writerows(rows)  # with its own ending, CR LF, so that names with either character are quoted
    return (line.removesuffix("\r\n") + "\n" for line in written)


def _with_refusals(error: DataError, refusals: Sequence[Refusal]) -> DataError:
    """Say with an error of the split what was refused before, since that may be its cause."""
    if not refusals:
        return error
    named = "; ".join(f"{refusal.name}, which {refusal.reason}" for refusal in refusals[:NAMED])
    more = f"; and {len(refusals) - NAMED} more" if len(refusals) > NAMED else ""
    got = f"{error.got} ({len(refusals)} refused: {named}{more})"
    return DataError(error.rule, got=got, fix=error.fix)


def _absent(classes: tuple[str, ...], labels: NDArray[np.int64], splits: NDArray[np.str_]) -> tuple[Notice, ...]:
    """Note the classes that a given split does not hold."""
    lacks = {name: [c for i, c in enumerate(classes) if not (labels[splits == name] == i).any()] for name in SPLITS}
    return tuple(item for name, absent in lacks.items() for item in note(f"classes without a {name} picture", absent))


def _three_sizes(sizes: NDArray[np.int32]) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Give the sizes (height, width) of the smallest, the middle and the largest picture by area."""
    order = np.argsort(sizes.astype(np.int64).prod(axis=1), kind="stable")
    small, middle, large = (sizes[order[i]].tolist() for i in (0, len(order) // 2, -1))
    return (small[0], small[1]), (middle[0], middle[1]), (large[0], large[1])
