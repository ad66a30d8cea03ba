"""The catalogue: all usable examples of a source with label, split and pixels, and the ledger of the others."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded
from striate.data.digest import fingerprint
from striate.data.listing import SPLITS, Listing, note
from striate.data.repeats import find_repeats
from striate.data.rows import Rows
from striate.data.spelling import find_similar
from striate.data.split import Split, leave_whole, split
from striate.data.strata import count, hold, merge_small, stratify
from striate.errors import DataError, UsageError, nearest
from striate.kinds import TaskName
from striate.records import DataSummary, InputSpec, Ledger, Notice, Refusal
from striate.runtime.files import write_atomically

COLUMNS = ("name", "class", "objects", "split", "height", "width", "digest", "status", "reason")


NAMED = 20  # refused examples that an error names


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Selection:
    """The M examples of one split: inputs (M, ...), read when they are asked for, targets (M, ...), their indices (M,)
    in the catalogue.
    """

    inputs: Rows
    targets: NDArray[Any]
    indices: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Catalogue:
    """N examples with what is to be learned of them.

    `names` are relative paths or `file[index]`; `splits` (N,) are "train", "validation" or "test". `inputs` (N, ...),
    perhaps a read-only memory map, are as `spec` describes them, not normalised yet: images (N, C, H, W) uint8 with C 1
    or 3, clips (N, C, T, H, W) uint8, audio (N, T) int16, signals (N, C, T) float32, text (N, T) int32.
    `targets` (N, ...) by `task`: classification (N,) int64 that count into `classes`; multilabel (N, K) uint8;
    regression (N, D) float32, `classes` naming them; detection (N, M, 5) float32 of class, x0, y0, x1, y1 in pixels of
    `inputs`, rows of class -1 empty; segmentation (N, H, W) uint8, VOID not counted; transcription (N, L) int64 that
    count into `classes`, -1 after the end. `sizes` (N, d) are the original sizes, such as (height, width) after EXIF;
    `digests` the SHA-256 of the decoded content before scaling; `seed` decided the splits that were not given;
    `fingerprint` a SHA-256 over names, classes, targets, given splits and digests; `words` what was typed about the
    source (format, labels, images, group).
    """

    source: str
    format: str
    task: TaskName
    classes: tuple[str, ...]
    names: tuple[str, ...]
    targets: NDArray[Any]
    splits: NDArray[np.str_]
    inputs: NDArray[Any]
    spec: InputSpec
    sizes: NDArray[np.int32]
    digests: tuple[str, ...]
    split_rule: str
    seed: int
    ledger: Ledger
    fingerprint: str
    words: dict[str, str] = field(default_factory=dict)

    def select(self, split: str) -> Selection:
        """Give the examples of one split, their inputs left where they are; raises UsageError for another name."""
        if split not in SPLITS:
            raise UsageError("a split is train, validation or test", got=split, fix=nearest(split, SPLITS))
        indices = np.flatnonzero(self.splits == split)
        inputs = Rows(self.inputs, indices)
        return Selection(inputs=inputs, targets=np.asarray(self.targets[indices]), indices=indices)

    def summary(self) -> DataSummary:
        """Sum up the catalogue without its pixels."""
        return DataSummary(
            source=self.source,
            format=self.format,
            task=self.task,
            modality=self.spec.modality,
            classes=self.classes,
            counts={name: self._counts(name) for name in SPLITS},
            split_rule=self.split_rule,
            fingerprint=self.fingerprint,
            size=self.inputs.shape[2:],
            original_sizes=_three_sizes(self.sizes),
            ledger=self.ledger,
            words=self.words,
        )

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one row an example to `path`, used or refused, all or nothing; raises OSError.

        Columns: name, class (all that it holds, separated by semicolons), objects (boxes of a detection), split,
        height, width, digest, status (used or refused), reason.
        """
        text = "".join(_lines((COLUMNS, *self._rows())))
        write_atomically(Path(path), text.encode("utf-8", "backslashreplace"))

    def _rows(self) -> Iterator[tuple[object, ...]]:
        objects = (self.targets[:, :, 0] >= 0).sum(axis=1) if self.task == "detection" else [""] * len(self.names)
        sizes = [size if len(size) == 2 else ("x".join(map(str, size)), "") for size in self.sizes.tolist()]
        columns = (self.names, self._held(), objects, self.splits.tolist(), sizes, self.digests)
        for name, label, boxes, split_, (height, width), digest in zip(*columns, strict=True):
            yield name, label, boxes, split_, height, width, digest, "used", ""
        for refusal in self.ledger.refusals:
            yield refusal.name, "", "", "", "", "", "", "refused", refusal.reason

    def _held(self) -> list[str]:
        """Name the classes that each example holds; "" where the task has none."""
        if self.task == "classification":
            return [self.classes[i] for i in self.targets.tolist()]
        if self.task in ("regression", "transcription"):
            return [""] * len(self.names)
        held = hold(self.targets, self.task, len(self.classes))  # (N, K)
        return ["; ".join(compress(self.classes, row)) for row in held.tolist()]

    def _counts(self, split: str) -> dict[str, int]:
        return count(self.targets[self.splits == split], self.task, self.classes)


def assemble(listing: Listing, decoded: Decoded, *, seed: int = 0, as_test: bool = False) -> Catalogue:
    """Put together what was listed and what could be decoded: split it, balance the ledger, seal the fingerprint.

    With `as_test` no split is made: the given test split is kept, or else every example is one of test. The
    fingerprint is the same either way. Raises DataError when there are fewer than two classes or a class has too few
    pictures.
    """
    _expect_balance(listing, decoded)
    names = tuple(listing.names[i] for i in decoded.kept.tolist())
    given = listing.splits[decoded.kept]
    targets = np.asarray(listing.targets)[decoded.kept] if decoded.targets is None else decoded.targets
    refusals = (*listing.refusals, *decoded.refusals)
    strata = stratify(targets, listing.task, len(listing.classes))
    try:
        made = leave_whole(given) if as_test else _split(listing, strata, given, decoded.digests, seed)
    except DataError as error:
        raise _with_refusals(error, refusals) from None
    notices = (*decoded.notices, *find_repeats(names, strata, made.splits, decoded.digests))
    return Catalogue(
        source=listing.source,
        format=listing.format,
        task=listing.task,
        classes=listing.classes,
        names=names,
        targets=targets,
        splits=made.splits,
        inputs=decoded.inputs,
        spec=decoded.spec,
        sizes=decoded.sizes,
        digests=decoded.digests,
        split_rule=made.rule,
        seed=seed,
        ledger=Ledger(
            found=listing.found,
            used=len(names),
            refused=len(refusals),
            refusals=refusals,
            notices=(
                *listing.notices,
                *find_similar(listing.classes if listing.task in ("classification", "multilabel") else ()),
                *notices,
                *_absent(listing.classes, targets, made.splits, listing.task),
            ),
        ),
        fingerprint=fingerprint(names, listing.classes, targets, given.tolist(), decoded.digests),
    )


def _expect_balance(listing: Listing, decoded: Decoded) -> None:
    """Nothing is dropped in silence, by a source or a decoder, whoever wrote it."""
    used, refused = len(decoded.kept), len(listing.refusals) + len(decoded.refusals)
    if listing.found != used + refused:
        raise DataError(
            "what is found must be what is used and what is refused",
            got=f"{listing.source} of format {listing.format}: {listing.found} found, {used} used, {refused} refused",
            fix="report this: it is a fault of Striate, not of the data",
        )


def _split(
    listing: Listing, strata: NDArray[np.int64], given: NDArray[np.str_], digests: tuple[str, ...], seed: int
) -> Split:
    """Split by classes where each example has one, else by strata, of which the small ones go together."""
    if listing.task != "classification":
        strata = merge_small(strata)
        names = [f"part {i + 1}" for i in range(strata.max(initial=0) + 1)]
        return split(strata, given, digests, classes=names, seed=seed)
    if len(listing.classes) < 2:
        raise DataError(
            "at least two classes are needed",
            got=f"{len(listing.classes)}: {', '.join(listing.classes) or 'none'}",
            fix="give each class its own folder or label (are the class folders one level deeper?)",
        )
    return split(strata, given, digests, classes=listing.classes, seed=seed)


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


def _absent(
    classes: tuple[str, ...], targets: NDArray[Any], splits: NDArray[np.str_], task: TaskName
) -> tuple[Notice, ...]:
    """Note the classes that a given split does not hold."""
    counts = {name: count(targets[splits == name], task, classes) for name in SPLITS}
    lacks = {name: [label for label, n in counts[name].items() if n == 0] for name in SPLITS}
    return tuple(item for name, absent in lacks.items() for item in note(f"classes without a {name} picture", absent))


def _three_sizes(sizes: NDArray[np.int32]) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Give the sizes (height, width) of the smallest, the middle and the largest picture by area."""
    order = np.argsort(sizes.astype(np.int64).prod(axis=1), kind="stable")
    small, middle, large = (sizes[order[i]].tolist() for i in (0, len(order) // 2, -1))
    return (small[0], small[1]), (middle[0], middle[1]), (large[0], large[1])
