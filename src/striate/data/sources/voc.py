"""Pascal VOC: one XML file a picture with its boxes, lists of splits, and masks in colours of a palette.

A box goes from pixel (xmin, ymin) to pixel (xmax, ymax), counted from 1, both included: here xmin - 1, ymin - 1, xmax,
ymax. Where any box has a 0, the tool that wrote it counted edges from 0, and all numbers are taken as they are.
Source: Everingham et al. 2010, doi:10.1007/s11263-009-0275-4; the format: host.robots.ox.ac.uk/pascal/VOC/voc2012.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from striate.data.decode.faults import RefusedError
from striate.data.listing import Listing, show_name
from striate.data.place import Place, read_head
from striate.data.sources.boxes import show_box
from striate.data.sources.gallery import Gallery
from striate.data.sources.remarks import Remarks
from striate.data.sources.safe_xml import read_xml
from striate.data.sources.scenes import Drawn, Found, Scene, choose_task, list_scenes
from striate.data.sources.source import Asked, Match
from striate.data.sources.voc_lists import Lists, read_lists
from striate.data.sources.voc_masks import find_masks, list_voc_masks, pictures_beside
from striate.records import Refusal

FORMAT = "voc"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
NO_BOX = "objects without a class or a box of four numbers, left out"
DIFFICULT = "objects marked difficult, kept"
FROM_ZERO = "boxes counted from 0, since some hold a 0: taken as they are, not as pixels counted from 1"


def recognise(place: Place) -> Match | None:
    """Know VOC by an XML file of annotations, or by masks in a folder SegmentationClass."""
    file = next(filter(_is_annotation, place.ending(".xml")), None)
    if file is not None:
        return Match(why=f"{file.name} holds a VOC annotation", certain=True)
    masks = find_masks(place.files)
    return Match(why=f"{masks[0].parent.name} holds masks", certain=True) if masks else None


def read(place: Place, asked: Asked) -> Listing:
    """List the pictures that have an XML file, with their boxes; for segmentation those that have a mask.

    Splits are those of ImageSets, else of the folders that files are in; what no list of ImageSets names is passed
    over. Objects marked difficult are kept. A picture without XML is refused, as is an XML file without its picture.
    Raises DataError when no object can be used.
    """
    gallery, remarks = Gallery(place), Remarks()
    files = [file for file in place.ending(".xml") if _is_annotation(file)]
    task = choose_task(asked, "detection" if files else "segmentation", FORMAT)
    if task == "segmentation" or not files:
        return list_voc_masks(gallery, files, task, format=FORMAT)
    lists = read_lists(gallery, ("Main", "Layout", "Segmentation"), remarks)
    scenes: dict[Path, Scene] = {}
    refusals: list[Refusal] = []
    for file in files:
        split = lists.split_of(file) if lists.folder else gallery.split_of(file)
        if split is None:
            remarks.add(f"pictures in no list of {lists.folder}, passed over", gallery.name(file))
            continue
        try:
            scene = _read_scene(file, split, gallery, remarks)
            if scene.path in scenes:
                raise RefusedError(f"describes {scene.name}, which another XML file does, too")
            scenes[scene.path] = scene
        except RefusedError as error:
            refusals.append(Refusal(name=gallery.name(file), reason=str(error)))
    refusals += _lonely(gallery, lists, files, remarks)
    found = Found(
        gallery=gallery,
        format=FORMAT,
        scenes=_count_from_zero([*scenes.values()], remarks),
        refusals=refusals,
        remarks=remarks,
    )
    return list_scenes(found, task)


def _is_annotation(file: Path) -> bool:
    return b"<annotation" in read_head(file).replace(b"\0", b"")  # in UTF-16 as well


def _read_scene(file: Path, split: str, gallery: Gallery, remarks: Remarks) -> Scene:
    """Read an XML file; raises RefusedError when it cannot be read, or several pictures could be its own.

    The picture is the one of the same name; else the one that the file names. Boxes are as they are written.
    """
    try:
        root = read_xml(file)
    except (OSError, ValueError) as error:
        raise RefusedError(f"cannot be read as XML: {error}") from error
    beside = pictures_beside(file)
    path = gallery.find_stem(file.stem, near=beside, split=split)
    path = path or gallery.find(_text(root, "filename") or file.stem, near=beside, split=split)
    name = gallery.name(path)
    sides = [_text(root, f"size/{side}") for side in ("height", "width")]
    height, width = (int(side) if side.isdecimal() else 0 for side in sides)
    size = (height, width) if height and width else None
    return Scene(name=name, path=path, split=split, size=size, objects=tuple(_objects(root, name, remarks)))


def _objects(root: Element, name: str, remarks: Remarks) -> Iterator[Drawn]:
    for item in root.iterfind("object"):
        label = show_name(_text(item, "name"))
        corners = [_text(item, f"bndbox/{corner}") for corner in CORNERS]
        try:
            x0, y0, x1, y1 = map(float, corners)
            if not label:
                raise ValueError
        except ValueError:
            remarks.add(NO_BOX, f"{name}: {label or 'no class'} ({', '.join(corners)})")
            continue
        if _text(item, "difficult") not in ("", "0"):
            remarks.add(DIFFICULT, f"{name}: {show_box(label, (x0, y0, x1, y1))}")
        yield Drawn(label=label, box=(x0, y0, x1, y1))


def _count_from_zero(scenes: list[Scene], remarks: Remarks) -> list[Scene]:
    """Bring pixels counted from 1, both corners included, to edges counted from 0, unless some box shows that they are.

    A box whose corners are equal would be a pixel wide; but tools write edges, so it stays one without area.
    """
    zeros = [scene.name for scene in scenes if any(0 <= min(item.box[:2]) < 1 for item in scene.objects)]
    if zeros:
        remarks.add(FROM_ZERO, *zeros)
        return scenes
    return [dataclasses.replace(scene, objects=[_shift(item) for item in scene.objects]) for scene in scenes]


def _shift(item: Drawn) -> Drawn:
    x0, y0, x1, y1 = item.box
    if x0 == x1 or y0 == y1:
        return item
    left, right = (x0 - 1, x1) if x0 < x1 else (x0, x1 - 1)  # the lesser side moves, where they are reversed, too
    top, bottom = (y0 - 1, y1) if y0 < y1 else (y0, y1 - 1)
    return dataclasses.replace(item, box=(left, top, right, bottom))


def _lonely(gallery: Gallery, lists: Lists, files: list[Path], remarks: Remarks) -> Iterator[Refusal]:
    """Refuse pictures without an XML file, and names in lists for which there is neither."""
    described = {file.stem for file in files}
    pictures = [file for file in gallery.pictures if not gallery.is_mask(file)]
    for file in pictures:
        if file.stem not in described and lists.folder and lists.split_of(file) is None:
            remarks.add(f"pictures in no list of {lists.folder}, passed over", gallery.name(file))
        elif file.stem not in described:
            yield Refusal(name=gallery.name(file), reason="has no XML file that says what is in it")
    there = described | {file.stem for file in pictures}
    for _, stem in lists.splits:
        if stem not in there:
            yield Refusal(name=stem, reason=f"is listed in {lists.folder}, but has neither picture nor XML file")


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
