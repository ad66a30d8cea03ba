"""COCO: JSON files with pictures, categories and, of each object, a box and an outline.

Source: Lin et al. 2014, arXiv:1405.0312; the format is described at cocodataset.org/#format-data.
"""

import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

from striate.data.decode.faults import RefusedError
from striate.data.listing import TEST, TRAIN, VALIDATION, Listing, show_name, split_role
from striate.data.place import Place
from striate.data.sources.coco_file import CocoFile, holds_objects, load, read_objects
from striate.data.sources.gallery import Gallery
from striate.data.sources.remarks import Remarks
from striate.data.sources.scenes import Found, Scene, choose_task, list_scenes
from striate.data.sources.source import Asked, Match
from striate.errors import DataError
from striate.records import Refusal

FORMAT = "coco"
BESIDE = re.compile("person_keypoints|captions|image_info|panoptic|stuff")  # COCO's files beside its instances
ORDER = (TEST, VALIDATION, TRAIN, "")  # a picture in several files is of the first: none is learned that judges


def recognise(place: Place) -> Match | None:
    """Know COCO by a JSON file that holds images, annotations and categories."""
    file = next(filter(holds_objects, place.ending(".json")), None)
    return Match(why=f"{file.name} holds images, annotations and categories", certain=True) if file else None


def read(place: Place, asked: Asked) -> Listing:
    """List the pictures of all COCO files of a place, with their boxes or, for segmentation, their outlines.

    The split is told by a file's name (instances_train2017.json) or by the folder it is in. Pictures are looked for
    beside it and everywhere below the place; one without annotations is an example without objects. Boxes
    [x, y, width, height] are in pixels, edges counted from 0. Raises DataError for a file that cannot be read.
    """
    task = choose_task(asked, "detection", FORMAT)
    gallery, remarks = Gallery(place), Remarks()
    scenes: dict[Path, Scene] = {}
    refusals: list[Refusal] = []
    known: dict[str, None] = {}
    for coco in _load_all(place, gallery, remarks):
        known |= dict.fromkeys(coco.categories.values())
        for item in _find_pictures(coco, gallery, remarks, outlined=task == "segmentation"):
            if isinstance(item, Scene) and item.path in scenes:
                refusals.append(Refusal(name=item.name, reason=f"is listed a second time, in {coco.name}"))
            elif isinstance(item, Scene):
                scenes[item.path] = item
            else:
                refusals.append(item)
    unlisted = [gallery.name(file) for file in gallery.pictures if file not in scenes]
    remarks.add("pictures that no COCO file lists, passed over", *unlisted)
    found = Found(
        gallery=gallery, format=FORMAT, scenes=[*scenes.values()], refusals=refusals, remarks=remarks, known=known
    )
    return list_scenes(found, task)


def _load_all(place: Place, gallery: Gallery, remarks: Remarks) -> list[CocoFile]:
    """Load the files, those of test first, since a picture that several list is of the first; sorted by name else."""
    files = [file for file in place.ending(".json") if holds_objects(file)]
    beside = [file for file in files if BESIDE.match(file.name)] if any("instances" in f.name for f in files) else []
    remarks.add("files beside the instances, passed over", *map(gallery.name, beside))
    if not files:
        raise DataError(
            "COCO data has a JSON file with images, annotations and categories",
            got=f"{place.source}: {len(place.ending('.json'))} JSON files, none of them with all three",
            fix="give the folder that holds pictures and annotations",
        )
    loaded = [
        load(file, name=gallery.name(file), split=_split_of(file, gallery)) for file in files if file not in beside
    ]
    return sorted(loaded, key=lambda coco: (ORDER.index(coco.split), coco.name))


def _split_of(file: Path, gallery: Gallery) -> str:
    """Tell the split by a word of the file's name, else by the folders above it."""
    words = (split_role(word) for word in re.split("[^a-z]+", file.stem.lower()))
    return next(filter(None, words), "") or gallery.split_of(file)


def _find_pictures(coco: CocoFile, gallery: Gallery, remarks: Remarks, *, outlined: bool) -> Iterator[Scene | Refusal]:
    """Find the pictures that a file lists, and give them their objects."""
    images: dict[Hashable, dict[str, Any]] = {}
    for place, item in enumerate(coco.images):
        key = item.get("id") if isinstance(item, dict) else None
        if not isinstance(key, Hashable) or key is None or key in images or not isinstance(item.get("file_name"), str):
            yield Refusal(name=f"{coco.name} images[{place}]", reason="has no file name, or no id of its own")
        else:
            images[key] = item
    files: dict[Hashable, Path] = {}
    for key, item in images.items():
        try:
            files[key] = gallery.find(item["file_name"], near=coco.path.parent, split=coco.split)
        except RefusedError as error:
            yield Refusal(name=show_name(item["file_name"]), reason=str(error))
    objects = read_objects(coco, {key: gallery.name(file) for key, file in files.items()}, remarks, outlined=outlined)
    for key, file in files.items():
        size = _size(images[key])
        yield Scene(name=gallery.name(file), path=file, split=coco.split, size=size, objects=objects.get(key, ()))


def _size(image: dict[str, Any]) -> tuple[int, int] | None:
    """Give what the file says that a picture measures; None where it says nothing."""
    sides = image.get("height"), image.get("width")
    whole = [side for side in sides if isinstance(side, int) and side > 0]
    return (whole[0], whole[1]) if len(whole) == 2 else None
