"""Names of classes in a file of their own beside masks or boxes: classes.txt, label_map.json, data.yaml, ..."""

import dataclasses
import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from striate.data.listing import show_name
from striate.data.sources.bounded import MIB, read_bounded, read_lines
from striate.data.sources.gallery import Gallery
from striate.data.sources.remarks import Remarks
from striate.data.sources.safe_yaml import read_yaml

FILES = re.compile(
    r"_?(classes|class_?names|class_?dict|labels?|label_?names|label_?map|label_?colou?rs|codes|names|id2label"
    r"|categories|palette|data|dataset|obj|_darknet)\.(txt|names|labels|json|ya?ml|csv)"
)
LIMIT = 4 * MIB
HEADER = re.compile(r"(class|label|name|category|id|value)[ _]?(name|id)?s?([,;:\t].*)?$", re.I)
COLOUR_FIRST = re.compile(r"(\d{1,3})[,;\s]+(\d{1,3})[,;\s]+(\d{1,3})[,;\s]+(\D.*)")
COLOUR_LAST = re.compile(r"(\D[^:,;\t]*)[:,;\t]\s*(\d{1,3})\s*[,;\s]\s*(\d{1,3})\s*[,;\s]\s*(\d{1,3})(?:[:,;\s].*)?")
VALUE_FIRST = re.compile(r"(\d+)\s*[:,;=\s]\s*(\D.*)")
VALUE_LAST = re.compile(r"(\D[^:,;=\t]*)[:,;=\t]\s*(\d+)")
INSIDE = ("names", "classes", "labels", "categories", "label_map", "id2label")  # keys below which names may lie
NAME_KEYS, NUMBER_KEYS = ("name", "label", "title", "class"), ("value", "id", "index", "color", "colour")


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What a file says of classes: names by value, by colour 0xRRGGBB, or in an order alone; `file` is its name."""

    by_value: Mapping[int, str] = field(default_factory=dict)
    by_colour: Mapping[int, str] = field(default_factory=dict)
    listed: Sequence[str] = ()
    file: str = ""

    def __bool__(self) -> bool:
        return bool(self.by_value or self.by_colour or self.listed)


def find_names(gallery: Gallery, remarks: Remarks) -> Names:
    """Read the first file of class names below a folder, those nearest to its root first; no names where none is."""
    files = [file for file in gallery.files if FILES.fullmatch(file.name.lower())]
    for file in sorted(files, key=lambda file: len(file.parts)):
        try:
            names = _read(file)
        except (OSError, ValueError, RecursionError) as error:
            remarks.add("files of class names that cannot be read, passed over", f"{gallery.name(file)}: {error}")
            continue
        if names:
            return dataclasses.replace(names, file=gallery.name(file))
    return Names()


def _read(file: Path) -> Names:
    match file.suffix.lower():
        case ".json":
            return interpret(json.loads(read_bounded(file, LIMIT)))
        case ".yaml" | ".yml":
            return interpret(read_yaml(file))
        case _:
            return _gather(_parse([line for line in read_lines(file, LIMIT) if not line.startswith("#")]))


def _parse(lines: Sequence[str]) -> list[tuple[str, object]]:
    """Read lines of one form: name and colour in either order, value and name in either order, or names alone.

    >>> _parse(["0: sky", "7: road"]), _parse(["name,r,g,b", "sky,0,0,255"])
    ([('sky', 0), ('road', 7)], [('sky', [0, 0, 255])])
    """
    if lines and HEADER.match(lines[0]):
        lines = lines[1:]
    for pattern in (COLOUR_FIRST, COLOUR_LAST, VALUE_FIRST, VALUE_LAST):
        rows = [found.groups() for line in lines if (found := pattern.fullmatch(line))]
        if rows and len(rows) == len(lines):
            numbers = [[int(cell) for cell in row if cell.isdecimal()] for row in rows]
            names = [next(cell for cell in row if not cell.isdecimal()).strip(" \"'") for row in rows]
            return [(name, row[0] if len(row) == 1 else row) for name, row in zip(names, numbers, strict=True)]
    return [(line, None) for line in lines]


def interpret(document: object) -> Names:
    """Read names out of JSON or YAML, in whatever form they have there; no names where there are none.

    >>> interpret({"path": "..", "names": ["cat", "dog"]}).listed, interpret({"sky": [0, 0, 255]}).by_colour
    (('cat', 'dog'), {255: 'sky'})
    """
    return _gather(_entries(document))


def _entries(document: object) -> list[tuple[str, object]]:
    """Read JSON or YAML: a list or table of names, in either direction, or one of these inside a table."""
    if isinstance(document, Mapping):
        inner = next((document[key] for key in INSIDE if isinstance(document.get(key), list | dict)), None)
        if inner is not None:
            return _entries(inner)
        pairs = [(name, number) if _number(name) is None else (number, name) for name, number in document.items()]
        pairs = pairs if all(_number(number) for _, number in pairs) else []  # a table of something else
    else:
        pairs = [_pair(item) for item in document] if isinstance(document, list) else []
    return [(name, number) for name, number in pairs if isinstance(name, str)]


def _pair(item: object) -> tuple[object, object]:
    if not isinstance(item, Mapping):
        return item, None
    name, number = (next((item[key] for key in keys if key in item), None) for keys in (NAME_KEYS, NUMBER_KEYS))
    return name, number


def _gather(entries: Iterable[tuple[str, object]]) -> Names:
    """Sort names by what they belong to; all must be of one kind, and all different."""
    named = {show_name(name.strip()): _number(number) for name, number in entries if name.strip()}
    kinds = {number and number[0] for number in named.values()}
    if kinds == {None}:
        return Names(listed=tuple(named))
    table = {number[1]: name for name, number in named.items() if number is not None}
    if len(kinds) != 1 or len(table) != len(named):
        return Names()
    return Names(by_value=table) if kinds == {"value"} else Names(by_colour=table)


def _number(written: object) -> tuple[str, int] | None:
    """Tell a value from a colour, which is three numbers or #RRGGBB; None for what is neither.

    >>> _number("7"), _number([0, 1, 0]), _number("sky")
    (('value', 7), ('colour', 256), None)
    """
    if isinstance(written, str) and re.fullmatch("#[0-9a-fA-F]{6}", written):
        return "colour", int(written[1:], 16)
    if isinstance(written, str) and re.fullmatch("[0-9]{1,5}", written):
        return "value", int(written)
    if isinstance(written, int) and not isinstance(written, bool) and 0 <= written < 2**16:
        return "value", written
    whole = isinstance(written, list) and all(type(part) is int and 0 <= part < 256 for part in written)
    if isinstance(written, list) and whole and len(written) in (3, 4):
        return "colour", functools.reduce(lambda total, part: total << 8 | part, written[:3], 0)
    return None
