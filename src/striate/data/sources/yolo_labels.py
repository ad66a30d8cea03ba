"""The lines of YOLO's label files: class, centre and size of a box, or class and the points of an outline."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from striate.data.sources.bounded import read_lines
from striate.data.sources.outlines import Box, Polygons, make_polygon, to_number
from striate.data.sources.remarks import Remarks
from striate.data.sources.scenes import Drawn

BAD_LINE = "lines of label files that are no object, left out"
UNKNOWN = "objects of unknown classes, left out"


def read_labels(file: Path, name: str, names: Mapping[int, str], remarks: Remarks, keypoints: bool) -> Iterator[Drawn]:
    """Give the objects of a label file, in shares of the picture; without `names` classes are called by number.

    A line is `class x y width height` of a box by its centre, or `class x y x y x y ...` of an outline; with
    `keypoints`, what follows the box is left. Lines that are neither are said, by `name` and the line. Raises OSError,
    or ValueError for a file that is too large.
    """
    for line in read_lines(file):
        try:
            place, box, outline = _parse(line, keypoints=keypoints)
        except ValueError as error:
            remarks.add(BAD_LINE, f"{name}: {line[:40]} ({error})")
            continue
        if names and place not in names:
            remarks.add(UNKNOWN, f"{name}: {line[:40]} (class {place})")
        else:
            yield Drawn(label=names.get(place, str(place)), box=box, outline=outline)


def is_label(line: str) -> bool:
    """Tell whether a line is an object of a label file, most of it within the picture.

    >>> is_label("0 0.5 0.5 0.2 0.1"), is_label("3 chairs"), is_label("1 20 30 40 50")
    (True, False, False)
    """
    try:
        _, box, _ = _parse(line, keypoints=True)
    except ValueError:
        return False
    return all(-1 < side < 2 for side in box)


def _parse(line: str, *, keypoints: bool) -> tuple[int, Box, Polygons | None]:
    """Read class, box and outline of a line; raises ValueError."""
    place, *numbers = (to_number(float(word)) for word in line.split())
    if place < 0 or place % 1:
        raise ValueError(f"class {place:g}")
    if len(numbers) == 4 or (keypoints and len(numbers) > 4):
        x, y, width, height = numbers[:4]
        return int(place), (x - width / 2, y - height / 2, x + width / 2, y + height / 2), None
    if len(numbers) < 6:
        raise ValueError(f"{len(numbers)} numbers after the class")
    outline = Polygons(parts=(make_polygon(numbers),))
    return int(place), outline.box(), outline
