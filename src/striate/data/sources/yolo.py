"""YOLO: beside each picture a text with a line an object, in shares of the picture; a YAML file names the rest.

The format is that of Ultralytics (docs.ultralytics.com/datasets/detect) and, without a YAML file, of Darknet.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from striate.data.content import guess_content
from striate.data.listing import Listing, split_role
from striate.data.place import Place
from striate.data.sources.bounded import read_lines
from striate.data.sources.class_names import Names, find_names, interpret
from striate.data.sources.gallery import Gallery
from striate.data.sources.remarks import Remarks
from striate.data.sources.scenes import Found, Scene, choose_task, list_scenes
from striate.data.sources.source import Asked, Match
from striate.data.sources.splits import settle_splits
from striate.data.sources.yolo_labels import is_label, read_labels
from striate.data.sources.yolo_splits import assign, find_yaml, read_list
from striate.records import Refusal

FORMAT = "yolo"
LOOKED_AT = 20  # label files that are opened to see whether they are some
NEGATIVE = "pictures without a label file, examples without objects"
Yaml: TypeAlias = tuple[Path, Mapping[object, object]]


def recognise(place: Place) -> Match | None:
    """Know YOLO by a YAML file with names and splits, or by texts beside pictures, all of whose lines are objects."""
    found = find_yaml(place.files)
    if found is not None:
        return Match(why=f"{found[0].name} names classes and splits", certain=True)
    if not place.is_folder:
        return None
    gallery = Gallery(place)
    texts = _texts(gallery)
    stems = {file.stem for file in texts}
    found_files = (_label_file(picture, texts) for picture in gallery.pictures if picture.stem in stems)
    files = [file for file in found_files if file is not None]
    lines = [line for file in files[:LOOKED_AT] for line in _lines(file)]
    if not lines or not all(map(is_label, lines)):
        return None
    return Match(why=f"{gallery.name(files[0])} holds boxes of a picture", certain=True)


def read(place: Place, asked: Asked) -> Listing:
    """List the pictures of the splits that a YAML file or lists name, else all, with the objects of their label files.

    Labels lie beside pictures or in a folder `labels` in place of `images`. A picture without them is an example
    without objects, which is said; labels without a picture are refused. Raises DataError when no object is left.
    """
    task = choose_task(asked, "detection", FORMAT)
    yaml, remarks = find_yaml(place.files), Remarks()
    gallery = Gallery(_reach(place, yaml))
    document = yaml[1] if yaml else {}
    names = _name_numbers(interpret(document.get("names")) or find_names(gallery, remarks))
    splits = assign(*yaml, gallery, remarks) if yaml else _read_lists(gallery, remarks)
    texts, pose = _texts(gallery), "kpt_shape" in document
    scenes: list[Scene] = []
    refusals: list[Refusal] = []
    for path, split in (splits or _by_folders(gallery)).items():
        name, labels = gallery.name(path), _label_file(path, texts)
        if labels is None:
            remarks.add(NEGATIVE, name)
        try:
            objects = [] if labels is None else [*read_labels(labels, gallery.name(labels), names, remarks, pose)]
            scenes.append(Scene(name=name, path=path, split=split, objects=objects, unit="share"))
        except (OSError, ValueError) as error:
            refusals.append(Refusal(name=name, reason=f"has a label file that cannot be read: {error}"))
    taken = {_label_file(path, texts) for path in gallery.pictures}
    refusals += [
        Refusal(name=gallery.name(file), reason="is a label file without a picture")
        for file in sorted(texts - taken)
        if _holds_labels(file)
    ]
    unlisted = [gallery.name(path) for path in _by_folders(gallery) if splits and path not in splits]
    remarks.add("pictures in no split that is named, passed over", *unlisted)
    found = Found(
        gallery=gallery, format=FORMAT, scenes=scenes, refusals=refusals, remarks=remarks, known=names.values()
    )
    return list_scenes(found, task)


def _reach(place: Place, yaml: Yaml | None) -> Place:
    """Go to the folder that a YAML file names, where that file itself was given."""
    path = yaml[1].get("path") if yaml and not place.is_folder else None
    folder = place.path.parent / path if isinstance(path, str) else place.path
    return Place(folder, source=place.source) if folder.is_dir() else place


def _name_numbers(names: Names) -> dict[int, str]:
    return dict(names.by_value) or dict(enumerate(names.listed))


def _read_lists(gallery: Gallery, remarks: Remarks) -> dict[Path, str]:
    """Give the split of each picture in Darknet's lists, such as train.txt; none where there are no lists."""
    lists: dict[str, list[Path]] = {}
    for file in _texts(gallery):
        role = split_role(file.stem)
        if role and (lines := _lines(file)) and guess_content(Path(lines[0])) == "image":
            lists.setdefault(role, []).extend(read_list(file, role, gallery, remarks))
    return settle_splits(lists, {path: gallery.name(path) for paths in lists.values() for path in paths}, remarks)


def _by_folders(gallery: Gallery) -> dict[Path, str]:
    """Give the split of each picture that folders name, "" where none does; masks are no pictures."""
    pictures = (path for path in gallery.pictures if not gallery.is_mask(path))
    return {path: gallery.split_of(path) for path in pictures}


def _texts(gallery: Gallery) -> set[Path]:
    return {file for file in gallery.files if file.suffix.lower() == ".txt"}


def _label_file(picture: Path, texts: set[Path]) -> Path | None:
    """Give the label file of a picture: in `labels` in place of `images`, or in or beside its folder."""
    name = f"{picture.stem}.txt"
    swapped = [
        Path(*picture.parts[:i], "labels", *picture.parts[i + 1 : -1], name)
        for i in range(len(picture.parts) - 2, 0, -1)
        if picture.parts[i].lower() in ("images", "jpegimages", "img", "imgs")
    ]
    folder = picture.parent
    tries = (*swapped, folder / name, folder / "labels" / name, folder.parent / "labels" / name)
    return next((file for file in tries if file in texts), None)


def _lines(file: Path) -> list[str]:
    try:
        return read_lines(file)
    except (OSError, ValueError):
        return []


def _holds_labels(file: Path) -> bool:
    """Tell whether a text without a picture is a label file: by its folder, or by what it holds."""
    lines = _lines(file)
    return all(map(is_label, lines)) and (
        bool(lines) or any(folder.name.lower() == "labels" for folder in file.parents)
    )
