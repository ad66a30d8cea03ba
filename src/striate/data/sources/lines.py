"""Labelled texts, one a line: a label, a space or tab, the text; the names of several files tell the splits.

So come the sets of Kim 2014 (TREC, movie reviews), those of fastText (`__label__x text`) and, with a tab and perhaps
the label last, many of UCI.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from striate.data.content import guess_content
from striate.data.decode.encoding import decode_bytes, is_text
from striate.data.decode.faults import RefusedError
from striate.data.listing import Listing, encode_labels, note, order_classes, read_splits, show_name
from striate.data.numbers import is_numeric
from striate.data.place import Place, read_head
from striate.data.sources.file_splits import read_file_splits
from striate.data.sources.source import Asked, Match, expect_no_names
from striate.data.tables.read import READERS
from striate.errors import DataError
from striate.records import Refusal

FORMAT = "lines"
LARGEST = 1 << 28  # bytes of a file
LONGEST_LABEL = 40  # letters
LEAST, REPEATED = 4, 3  # lines that a form is told from; lines a label, on average, at least
OTHERS = (*READERS, ".json", ".xml", ".html", ".htm", ".md", ".rst", ".ts", ".arff", ".py", ".yaml", ".yml", ".toml")
PREFIX = "__label__"  # of fastText


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How a line says label and text: apart by a tab or by any white space, the label first or last."""

    tab: bool
    last: bool = False

    def split(self, line: str) -> tuple[str, str]:
        """Give label and text, "" for what is not there.

        >>> Form(tab=False).split("4 How far is it ?"), Form(tab=True, last=True).split("Loved it. \\t1")
        (('4', 'How far is it ?'), ('1', 'Loved it.'))
        """
        if self.last:
            text, _, label = line.rpartition("\t")
        else:
            label, text = (*line.strip().split("\t" if self.tab else None, 1), "", "")[:2]
        return label.strip().removeprefix(PREFIX), text.strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """One line that says something: where it stands, its label and text, the split of its file."""

    name: str
    label: str
    text: str
    split: str


def recognise(place: Place) -> Match | None:
    """Say that a file, or the files of a folder, hold a label and a text in each line."""
    files = _find(place)
    if not files:
        return None
    beside = place.is_folder and len(place.layout.classes) > 1
    named = ", ".join(file.name for file in files[:3])
    return Match(why=f"lines of label and text, {named}", certain=not beside)


def read(place: Place, asked: Asked) -> Listing:
    """List the lines; raises DataError where a folder holds more than one set, or a line several labels."""
    expect_no_names(asked, FORMAT)
    files = _find(place) or ((place.path,) if not place.is_folder else ())
    splits = read_file_splits(files, source=place.source, what="labelled lines")
    encodings: dict[str, list[str]] = {}
    lines = [line for file, split in splits.items() for line in _read_lines(place, file, split, encodings)]
    faults = [_find_fault(line) for line in lines]
    kept = [line for line, fault in zip(lines, faults, strict=True) if not fault]
    labels = [line.label for line in kept]
    classes = order_classes(labels)
    passed = [place.walk.name(file) for file in place.files if file not in splits] if place.is_folder else []
    return Listing(
        source=show_name(place.source),
        format=FORMAT,
        modality="text",
        classes=classes,
        names=tuple(line.name for line in kept),
        targets=encode_labels(labels, classes),
        splits=read_splits([line.split for line in kept]),
        found=len(lines),
        contents=tuple(line.text for line in kept),
        refusals=tuple(
            Refusal(name=line.name, reason=fault) for line, fault in zip(lines, faults, strict=True) if fault
        ),
        notices=(
            *(item for encoding, names in encodings.items() for item in note(f"files read as {encoding}", names)),
            *note("files that are no such lines passed over, not counted as found", passed),
        ),
    )


def find_form(lines: Sequence[str]) -> Form | None:
    """Tell how lines say label and text; None where they do not: by labels that are short, few and come again.

    Texts that are numbers or names of files are none.
    """
    tabs = bool(lines) and all("\t" in line for line in lines)
    forms = [Form(tab=True), Form(tab=True, last=True)] if tabs else [Form(tab=False)]
    counts = {form: len({form.split(line)[0] for line in lines}) for form in forms}
    best = min(forms, key=lambda form: counts[form])
    pairs = [best.split(line) for line in lines]
    if len(lines) < LEAST or not 2 <= counts[best] <= len(lines) / REPEATED:
        return None
    if not all(label and len(label) <= LONGEST_LABEL for label, _ in pairs):
        return None
    texts = [text for _, text in pairs if text]
    files = sum(guess_content(Path(text)) is not None and " " not in text for text in texts)
    return best if len(texts) > len(lines) / 2 and not is_numeric(texts) and files < len(texts) / 2 else None


def _find(place: Place) -> tuple[Path, ...]:
    """Give the files of this form: the place itself, or those directly in the folder."""
    depth = len(place.path.parts) + 1
    files = [file for file in place.files if len(file.parts) == depth] if place.is_folder else [place.path]
    return tuple(file for file in files if file.suffix.lower() not in OTHERS and _read_form(file) is not None)


def _read_form(file: Path) -> Form | None:
    """Tell the form of a file by all its lines: sets are often sorted by their labels."""
    try:
        if not is_text(read_head(file)) or file.stat().st_size > LARGEST:
            return None
        return find_form(_lines(decode_bytes(file.read_bytes()).text))
    except (OSError, RefusedError):
        return None


def _lines(text: str) -> list[str]:
    """Give the lines that hold a sign; other signs than a newline that end lines in Unicode stand within texts."""
    return [line.rstrip("\r") for line in text.split("\n") if line.strip()]


def _read_lines(place: Place, file: Path, split: str, encodings: dict[str, list[str]]) -> Iterator[_Line]:
    """Yield the lines of a file by their number, and enter its encoding where it is not UTF-8."""
    try:
        decoded = decode_bytes(file.read_bytes())
    except (OSError, RefusedError) as error:
        raise DataError("labelled lines are text", got=f"{file}, which {error}", fix="save it as UTF-8") from error
    if decoded.encoding != "UTF-8":
        encodings.setdefault(decoded.encoding, []).append(file.name)
    form = find_form(_lines(decoded.text))
    if form is None:
        raise DataError(
            f"each line is a label, a space or a tab, and a text; labels have at most {LONGEST_LABEL} letters, are two"
            f" or more, and stand in {REPEATED} lines each on average",
            got=f"{file}, of {len(_lines(decoded.text))} lines",
            fix="write the lines so, or give the data in another format",
        )
    for number, line in enumerate(decoded.text.split("\n"), start=1):
        if line.strip():
            label, text = form.split(line)
            name = f"{show_name(file.name)}:{number}" if place.is_folder else f"line {number}"
            yield _Line(name=name, label=label, text=text, split=split)


def _find_fault(line: _Line) -> str:
    if line.text.startswith(PREFIX):
        raise DataError(
            "a line has one label", got=f"{line.name} with {line.text.split()[0]} besides", fix="leave one label a line"
        )
    if not line.label:
        return "has no label"
    return "" if line.text else "has no text"
