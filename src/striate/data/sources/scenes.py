"""Pictures with the objects that a source says are in them, and the listing of boxes or of drawn masks they make."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.sizes import read_sizes
from striate.data.listing import Listing, Targets, order_classes, show_name
from striate.data.sources.boxes import TWICE, check_box, show_box
from striate.data.sources.gallery import Gallery
from striate.data.sources.outlines import Box, DrawnMask, Outline, Polygons
from striate.data.sources.remarks import Remarks
from striate.data.sources.source import Asked, expect_no_names
from striate.data.sources.splits import keep_splits
from striate.errors import DataError
from striate.kinds import TaskName
from striate.records import Refusal

BACKGROUND = "background"
NO_OUTLINE = "objects without an outline: pixels in their boxes count neither in training nor in judging"
CROWD = "boxes of crowds, left out"
ABSENT = "classes without any object, left out"
Size: TypeAlias = tuple[int, int]
Regions: TypeAlias = list[tuple[str, Outline | Box]]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Drawn:
    """An object as a source writes it: its class; its box x0, y0, x1, y1, x1 and y1 exclusive; its outline, where one
    is given; whether it stands for a crowd of objects that nobody told apart.
    """

    label: str
    box: Box
    outline: Outline | None = None
    crowd: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scene:
    """A picture with its objects; `size` (height, width) is what the source says it measures, None where nothing.

    `unit` of boxes and outlines: pixels of the upright original, or shares of its sides.
    """

    name: str
    path: Path
    split: str = ""
    size: Size | None = None
    objects: Sequence[Drawn] = ()
    unit: Literal["pixel", "share"] = "pixel"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Found:
    """All that a source found: scenes, refusals of what is none, what there is to say, and the classes it names."""

    gallery: Gallery
    format: str
    scenes: Sequence[Scene]
    refusals: Sequence[Refusal] = ()
    remarks: Remarks
    known: Iterable[str] = ()


def choose_task(asked: Asked, usual: TaskName, format_: str) -> TaskName:
    """Give the task asked for, or the usual one; raises DataError for one that objects in pictures do not have."""
    expect_no_names(asked, format_)
    task = asked.task or usual
    if task in ("detection", "segmentation"):
        return task
    raise DataError(
        f"data of format {format_} is for detection or segmentation",
        got=f"--task {task}",
        fix=f"leave it out: {usual} is usual",
    )


def list_scenes(found: Found, task: TaskName) -> Listing:
    """List pictures with their boxes or, for segmentation, with masks drawn from their outlines; sorted by name.

    Boxes are checked one by one (`check_box`), equal ones counted once, and sorted, since their order says nothing;
    in a mask later objects lie over earlier ones. A picture of which no object is left is an example without objects.
    Refused are pictures that measure something else than the source says, since nobody knows what its coordinates
    mean then. Raises DataError when no object is left at all.
    """
    scenes = sorted(found.scenes, key=lambda scene: scene.name)
    sizes = read_sizes([scene.path for scene in scenes], [scene.name for scene in scenes])
    faults = [_fault(scene, size) for scene, size in zip(scenes, sizes, strict=True)]
    kept = [i for i, fault in enumerate(faults) if fault is None]
    hold = _regions if task == "segmentation" else _boxes
    held = [hold(scenes[i], sizes[i], found.remarks) for i in kept]
    classes = _choose_classes(found, held, task)
    refusals = (*found.gallery.walk.refusals, *found.refusals)
    contradicted = (Refusal(name=scenes[i].name, reason=fault) for i, fault in enumerate(faults) if fault is not None)
    names = tuple(scenes[i].name for i in kept)
    splits = keep_splits([scenes[i].split for i in kept], names, found.remarks)
    return Listing(
        source=show_name(found.gallery.source),
        format=found.format,
        task=task,
        classes=classes,
        names=names,
        targets=_make_targets(held, classes, task),
        splits=splits,
        found=len(scenes) + len(refusals),
        paths=tuple(scenes[i].path for i in kept),
        refusals=(*refusals, *contradicted),
        notices=(*found.gallery.notices, *found.remarks.notices()),
    )


def _fault(scene: Scene, size: Size | None) -> str | None:
    """Say why a picture's coordinates cannot be trusted; one that cannot be read is refused when it is decoded."""
    if size is None or scene.size is None or size == scene.size:
        return None
    return f"measures {size[1]}x{size[0]} (upright), but is annotated as {scene.size[1]}x{scene.size[0]}"


def _boxes(scene: Scene, size: Size | None, remarks: Remarks) -> Regions:
    """Give the sound boxes of a picture, sorted, and say what happened to the others."""
    boxes: set[tuple[str, Box]] = set()
    for item, bounds in _in_pixels(scene, size):
        name = f"{scene.name}: {show_box(item.label, item.box)}"
        if item.crowd:
            remarks.add(CROWD, name)
            continue
        box = check_box(item.box, bounds, name, remarks)
        if box is not None and (item.label, box) in boxes:
            remarks.add(TWICE, name)
        elif box is not None:
            boxes.add((item.label, box))
    return [*sorted(boxes, key=_rank)]


def _rank(region: tuple[str, Box]) -> tuple[str, list[float]]:
    """Order boxes by class and corners, whatever the last digits of a format."""
    label, box = region
    return label, [round(side, 1) for side in box]


def _regions(scene: Scene, size: Size | None, remarks: Remarks) -> Regions:
    """Give the outlines of a picture's objects as they are ordered, and boxes in place of those that are missing."""
    regions: Regions = []
    for item, bounds in _in_pixels(scene, size):
        extent = item.box if item.outline is None else item.outline.box()
        name = f"{scene.name}: {show_box(item.label, extent)}"
        box = check_box(extent, bounds, name, remarks)
        if box is not None and item.outline is None:
            remarks.add(NO_OUTLINE, name)
        if box is not None:
            regions.append((item.label, box if item.outline is None else item.outline))
    return regions


def _in_pixels(scene: Scene, size: Size | None) -> Iterator[tuple[Drawn, Size]]:
    """Give the objects of a scene in pixels, with its size; none of a picture that cannot be read."""
    if size is None:
        return
    for item in scene.objects:
        if scene.unit == "share":
            x0, y0, x1, y1 = item.box
            box = (x0 * size[1], y0 * size[0], x1 * size[1], y1 * size[0])
            outline = item.outline.scale(size) if isinstance(item.outline, Polygons) else item.outline
            yield dataclasses.replace(item, box=box, outline=outline), size
        else:
            yield item, size


def _choose_classes(found: Found, held: list[Regions], task: TaskName) -> tuple[str, ...]:
    """Give the classes that have objects, for segmentation after the background; those without are left out, said."""
    labels = {label for regions in held for label, _ in regions}
    if not labels:
        raise DataError(
            "a data set holds at least one object that can be used",
            got=f"{found.gallery.source}: {len(found.scenes)} pictures, {_sum_up(found)}",
            fix="look at what was left out, or give the folder that holds pictures and annotations",
        )
    found.remarks.add(ABSENT, *order_classes(set(found.known) - labels))
    first = (BACKGROUND,) if task == "segmentation" else ()
    return *first, *order_classes(labels - set(first))


def _sum_up(found: Found) -> str:
    return "; ".join(f"{len(names)} {what}: {names[0]}" for what, names in found.remarks.said.items()) or "no object"


def _make_targets(held: list[Regions], classes: tuple[str, ...], task: TaskName) -> Targets:
    if task == "segmentation":
        return tuple(_draw(regions, classes) for regions in held)
    return tuple(_tabulate(regions, classes) for regions in held)


def _tabulate(regions: Regions, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """Make the table (m, 5) of class and box."""
    rows = [(classes.index(label), *box) for label, box in regions if isinstance(box, tuple)]
    return np.array(rows, np.float64).reshape(-1, 5)


def _draw(regions: Regions, classes: tuple[str, ...]) -> DrawnMask:
    return DrawnMask(regions=tuple((classes.index(label), region) for label, region in regions))
