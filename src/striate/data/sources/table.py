"""The table of formats, and which of them a place is of: told by content, never by a guess between two."""

from collections import Counter

from striate.data.content import WORDS
from striate.data.listing import Listing
from striate.data.place import Place, read_head
from striate.data.sources import arrays, coco, delimited, folders, idx, jsonl, masks, parquet, plain, voc, yolo
from striate.data.sources.source import Asked, Match, Source
from striate.data.sources.stack import Stack
from striate.errors import DataError, UsageError, nearest

# a new format is one file beside this one, and one line here: what it looks like, for people
SOURCES: tuple[tuple[Source, str], ...] = (
    (folders, "a folder of class folders"),
    (delimited, "a CSV with path and label"),
    (parquet, "such a table as Parquet"),
    (jsonl, "or as JSON lines"),
    (plain, "a table of numbers"),
    (idx, "IDX files as MNIST has"),
    (arrays, ".npz or .npy arrays"),
    (coco, "COCO's JSON with its pictures"),
    (voc, "Pascal VOC's XML with its pictures"),
    (yolo, "YOLO's label files with their pictures"),
    (masks, "pictures with masks, such as images/a.jpg with masks/a.png"),
)
SHEETS = (".xlsx", ".xls", ".ods")
PACKED = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"(\xb5/\xfd")
SHOWN = 6  # endings that an error lists


def read_place(place: Place, asked: Asked, *, format: str | None = None) -> Listing | Stack:
    """List the examples of a place by its format, or by the one that is named; raises DataError or UsageError."""
    return choose_source(place, format).read(place, asked)


def choose_source(place: Place, format: str | None = None) -> Source:
    """Tell the format: the only one that is certain, else the only plausible one, else the one that is named."""
    if format is not None:
        return _named(format)
    matches = [(source, match) for source, _ in SOURCES if (match := source.recognise(place)) is not None]
    best = [pair for pair in matches if pair[1].certain] or matches
    if not best:
        raise _unknown(place)
    if len(best) > 1:
        raise _ambiguous(place, best)
    return best[0][0]


def _named(format: str) -> Source:
    known = {source.FORMAT: source for source, _ in SOURCES}
    if format not in known:
        raise UsageError("a format is one of those that are known", got=repr(format), fix=nearest(format, known))
    return known[format]


def _ambiguous(place: Place, matches: list[tuple[Source, Match]]) -> DataError:
    return DataError(
        "data must be of one format",
        got=f"{place.source}, which holds " + "; and ".join(f"{match.why} ({one.FORMAT})" for one, match in matches),
        fix="say which is meant: " + " or ".join(f"--format {one.FORMAT}" for one, _ in matches),
    )


def _unknown(place: Place) -> DataError:
    known = "data is " + ", ".join(words for _, words in SOURCES)
    if not place.is_folder:
        start = read_head(place.path, 16)
        return DataError(known, got=f"{place.source} starting with {start[:6]!r}", fix=_advise_file(place, start))
    if not place.files:
        closed = "".join(f"; {refusal.name or '.'} {refusal.reason}" for refusal in place.walk.refusals)
        return DataError(
            known, got=f"{place.source}: an empty folder{closed}", fix="give the folder that holds the data"
        )
    first = place.files[0]
    loose = "" if place.layout.classes else ", none of them in a class folder"
    return DataError(
        known,
        got=f"{place.source}: {len(place.files):,} files{loose} ({_count_endings(place)}); the first,"
        f" {place.walk.name(first)}, starts with {read_head(first, 16)!r}",
        fix=_advise_folder(place),
    )


def _count_endings(place: Place) -> str:
    """Say how many files have which ending, most frequent first."""
    counts = Counter(file.suffix.lower() or "no ending" for file in place.files).most_common()
    more = f" and {len(counts) - SHOWN} other endings" if len(counts) > SHOWN else ""
    return ", ".join(f"{count:,} {ending}" for ending, count in counts[:SHOWN]) + more


def _advise_file(place: Place, start: bytes) -> str:
    """Say what to do with a file that is no data set by itself."""
    if start.startswith(b"\x93NUMPY"):
        return "put pictures and labels as images.npy and labels.npy into a folder and give the folder"
    if "idx" in place.path.name.lower():
        return "give the folder that holds the IDX files of pictures and labels"
    if place.path.suffix.lower() in SHEETS:
        return "save the sheet as CSV"
    if start.startswith(PACKED):
        return "unpack it and give the folder"
    return "give a folder or a table of labelled examples, or name its format with --format"


def _advise_folder(place: Place) -> str:
    """Say what to do with a folder of no known format."""
    if place.ending(".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"):
        return "give the archive itself, or unpack it"
    what = "files" if place.modality is None else WORDS[place.modality]
    return f"sort the {what} into folders named after their classes, or give a CSV with path and label"
