"""One COCO file: its pictures, categories and objects, each checked before it is believed."""

import json
import mmap
import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from striate.data.listing import show_name
from striate.data.sources.bounded import MIB, read_bounded
from striate.data.sources.outlines import Outline, Polygons, make_polygon, make_runs, to_number
from striate.data.sources.remarks import Remarks
from striate.data.sources.scenes import Drawn
from striate.errors import DataError

MAX_BYTES = 1024 * MIB  # all of COCO's training boxes and outlines take 450 MB
KEYS = (rb'"images"\s*:\s*\[', rb'"annotations"\s*:\s*\[', rb'"categories"\s*:\s*\[')
UNKNOWN = "objects of unknown classes, left out"
STRAY = "objects of pictures that are not listed, left out"
NO_BOX = "objects without a box of four numbers, left out"
BOX_OF_OUTLINE = "boxes that are not four numbers, taken from the outline"
BAD_OUTLINE = "outlines that cannot be read, left out"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CocoFile:
    """What a file holds, as it is written: images and annotations; the names of categories by id."""

    path: Path
    name: str
    split: str
    images: list[Any]
    annotations: list[Any]
    categories: dict[Hashable, str]


def holds_objects(file: Path) -> bool:
    """Tell by its keys whether a JSON file is one of COCO's for detection; nothing is parsed."""
    try:
        if not file.is_file() or not file.stat().st_size:
            return False
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return all(re.search(key, content) for key in KEYS)
    except OSError:
        return False


def load(file: Path, *, name: str, split: str) -> CocoFile:
    """Load a file; raises DataError for one that is damaged, too large, or holds something else."""
    try:
        document = json.loads(read_bounded(file, MAX_BYTES))
        images, annotations, categories = (document[key] for key in ("images", "annotations", "categories"))
        if not all(isinstance(part, list) for part in (images, annotations, categories)):
            raise ValueError("images, annotations or categories are no lists")
        names = {item["id"]: show_name(str(item.get("name", item["id"])).strip()) for item in categories}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            "a COCO file is JSON with lists of images, annotations and categories, each category with an id",
            got=f"{file}: {error or type(error).__name__}",
            fix="write it anew, or name another format with --format",
        ) from error
    return CocoFile(path=file, name=name, split=split, images=images, annotations=annotations, categories=names)


def read_objects(
    coco: CocoFile, names: dict[Hashable, str], remarks: Remarks, *, outlined: bool
) -> dict[Hashable, list[Drawn]]:
    """Give the objects of each picture by its id, in order, with their outlines where those are asked for.

    `names` are the pictures' names by id. Objects that cannot be used are said in `remarks`, one by one.
    """
    objects: dict[Hashable, list[Drawn]] = {}
    for place, item in enumerate(coco.annotations):
        annotation = item if isinstance(item, dict) else {}
        picture, category = annotation.get("image_id"), annotation.get("category_id")
        what = f"annotation {annotation.get('id', f'[{place}]')!s:.20}"
        if not isinstance(picture, Hashable) or picture not in names:
            remarks.add(STRAY, f"{coco.name}: {what}")
        elif not isinstance(category, Hashable) or category not in coco.categories:
            remarks.add(UNKNOWN, f"{names[picture]}: {what} of class {category!s:.20}")
        else:
            drawn = _draw(
                annotation, coco.categories[category], f"{names[picture]}: {what}", remarks, outlined=outlined
            )
            objects.setdefault(picture, []).extend([drawn] if drawn else [])
    return objects


def _draw(annotation: dict[str, Any], label: str, name: str, remarks: Remarks, *, outlined: bool) -> Drawn | None:
    """Make an object of its box and, where asked for or needed for a box, its outline."""
    box, written = None, annotation.get("bbox")
    try:
        x, y, width, height = map(to_number, written or ())
        box = (x, y, x + width, y + height)
    except (ValueError, TypeError):
        outlined = True
    outline = _outline(annotation.get("segmentation"), name, remarks) if outlined else None
    if box is None:
        if outline is None:
            remarks.add(NO_BOX, f"{name}: {label}")
            return None
        remarks.add(BOX_OF_OUTLINE, *([f"{name}: {label}"] if written else []))
        box = outline.box()
    return Drawn(label=label, box=box, outline=outline, crowd=bool(annotation.get("iscrowd")))


def _outline(written: Any, name: str, remarks: Remarks) -> Outline | None:
    """Read polygons or runs; None where there are none, or none that can be read."""
    parts, faults = [], []
    try:
        if isinstance(written, dict):
            return make_runs(written.get("size"), written.get("counts"))
    except ValueError as error:
        faults.append(str(error))
    for numbers in written if isinstance(written, list) else ():
        try:
            parts.append(make_polygon(numbers))
        except (ValueError, TypeError) as error:
            faults.append(str(error))
    remarks.add(BAD_OUTLINE, *(f"{name}: {fault}" for fault in faults))
    return Polygons(parts=tuple(parts)) if parts else None
