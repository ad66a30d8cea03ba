"""COCO: what is wrong with its objects and pictures is named, and pictures are kept where they can be."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ledgers import counts, expect_said, refused
from PIL import Image
from scenes_set import CLASSES, Made, coco_document, make_set, save

from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.errors import DataError
from striate.kinds import TaskName

Change = Callable[[dict[str, Any], Path], None]


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return make_set()[:12]


def add_box(document: dict[str, Any], box: list[Any], **more: Any) -> None:
    document["annotations"].append({"id": 9999, "image_id": 0, "category_id": 3, "bbox": box, **more})


def set_image(document: dict[str, Any], index: int, **more: Any) -> None:
    document["images"][index].update(more)


BOXES: dict[str, tuple[Change, str, list[str], int]] = {
    "no area": (lambda d, _: add_box(d, [3, 4, 0, 5]), "boxes without area", ["scene_00.png: pond (3, 4, 3, 9)"], 0),
    "reversed": (lambda d, _: add_box(d, [9, 9, -5, -6]), "reversed order", ["scene_00.png: pond (9, 9, 4, 3)"], 1),
    "outside": (lambda d, _: add_box(d, [900, 4, 5, 5]), "wholly outside", ["scene_00.png: pond (900, 4"], 0),
    "sticks out": (lambda d, _: add_box(d, [-4, 1, 9, 9]), "stick out", ["scene_00.png: pond (-4, 1, 5, 10)"], 1),
    "not a number": (
        lambda d, _: add_box(d, [float("nan"), 1, 9, 9]),
        "without a box of four numbers",
        ["scene_00.png: annotation 9999"],
        0,
    ),
    "huge": (lambda d, _: add_box(d, [10**400, 1, 9, 9]), "without a box of four numbers", ["annotation 9999"], 0),
    "text": (lambda d, _: add_box(d, ["1", "2", "3", "4"]), "without a box of four numbers", ["annotation 9999"], 0),
    "three numbers": (lambda d, _: add_box(d, [1, 2, 3]), "without a box of four numbers", ["annotation 9999"], 0),
    "box of its outline": (
        lambda d, _: add_box(d, [1, 2], segmentation=[[1, 1, 9, 1, 9, 9]]),
        "taken from the outline",
        ["annotation 9999"],
        1,
    ),
    "unknown class": (lambda d, _: add_box(d, [1, 1, 9, 9], category_id=4), "unknown classes", ["of class 4"], 0),
    "class that is a list": (lambda d, _: add_box(d, [1, 1, 9, 9], category_id=[3]), "unknown classes", ["[3]"], 0),
    "stray": (lambda d, _: add_box(d, [1, 1, 9, 9], image_id=1), "pictures that are not listed", ["annotation 9"], 0),
    "twice": (lambda d, _: d["annotations"].append(d["annotations"][0]), "counted once", ["scene_00.png: pond"], 0),
    "crowd": (lambda d, _: add_box(d, [1, 1, 9, 9], iscrowd=1), "boxes of crowds", ["scene_00.png: pond"], 0),
    "class without objects": (
        lambda d, _: d["categories"].append({"id": 99, "name": "cloud"}),
        "classes without any object",
        ["cloud"],
        0,
    ),
    "unlisted": (
        lambda d, folder: Image.new("RGB", (8, 8)).save(folder / "more.png"),
        "no COCO file lists",
        ["more.png"],
        0,
    ),
}


@pytest.mark.parametrize("fault", BOXES)
def test_faults_of_objects_in_coco(fault: str, made: list[Made], tmp_path: Path) -> None:
    """Each is named; the picture stays, with the boxes that are sound."""
    change, what, names, more = BOXES[fault]
    document = coco_document(made)
    change(document, tmp_path)
    catalogue = write_and_open(document, made, tmp_path)
    expect_said(catalogue, what, *names)
    sound = {one.name: len(one.rows) for one in made}
    assert counts(catalogue) == sound | {"scene_00": sound["scene_00"] + more}
    assert catalogue.classes == CLASSES
    assert (catalogue.ledger.found, catalogue.ledger.refused) == (len(made), 0)


def write_and_open(document: dict[str, Any], made: list[Made], folder: Path, task: TaskName = "detection") -> Catalogue:
    for one in made:
        save(one, folder)
    (folder / "all.json").write_text(json.dumps(document))
    return open_data(folder, task=task)


def second_folder(document: dict[str, Any], folder: Path) -> None:
    for name in ("a", "b"):
        (folder / name).mkdir()
        Image.new("RGB", (8, 8)).save(folder / name / "twin.png")
    set_image(document, 1, file_name="twin.png")


PICTURES: dict[str, tuple[Change, str, str]] = {
    "another size": (
        lambda d, _: set_image(d, 1, width=33),
        "scene_01.png",
        "measures {w}x{h} (upright), but is annotated as 33x{h}",
    ),
    "missing": (lambda d, _: set_image(d, 1, file_name="gone.png"), "gone.png", "is missing"),
    "outside of the folder": (
        lambda d, _: set_image(d, 1, file_name="../../../etc/passwd"),
        "passwd",
        "is missing",
    ),
    "several": (second_folder, "twin.png", "could be any of a/twin.png, b/twin.png"),
    "listed again": (
        lambda d, _: set_image(d, 1, file_name="scene_00.png", width=None),
        "scene_00.png",
        "is listed a second time, in all.json",
    ),
    "no name": (lambda d, _: set_image(d, 1, file_name=None), "all.json images[1]", "has no file name"),
    "id again": (lambda d, _: set_image(d, 1, id=0), "all.json images[1]", "no id of its own"),
}


@pytest.mark.parametrize("fault", PICTURES)
def test_faults_of_pictures_in_coco(fault: str, made: list[Made], tmp_path: Path) -> None:
    change, name, reason = PICTURES[fault]
    document = coco_document(made)
    change(document, tmp_path)
    catalogue = write_and_open(document, made, tmp_path)
    height, width = made[1].pixels.shape[:2]
    assert refused(catalogue).keys() == {name}
    assert reason.format(w=width, h=height) in refused(catalogue)[name]
    assert (catalogue.ledger.found, catalogue.ledger.used) == (len(made), len(made) - 1)


@pytest.mark.parametrize(
    ("content", "got"),
    [
        ('{"images": [], "annotations": [], "categories": [', "Expecting value"),
        ('{"images": [], "annotations": [], "categories": [{}]}', "'id'"),
        ('{"images": [], "annotations": [], "categories": [3]}', "not subscriptable"),
        ('{"images": ["categories": [], "annotations": []', "all.json"),
        ('{"images": [], "annotations": [], "categories": [' + "[" * 99_999, "all.json"),
        ('{"images": [], "annotations": [], "categories": [], "images": {}}', "are no lists"),
        ('{"images": [], "annotations": [], "categories": []}', "0 pictures, no object"),
    ],
)
def test_broken_files_of_coco(content: str, got: str, tmp_path: Path) -> None:
    (tmp_path / "all.json").write_text(content)
    with pytest.raises(DataError) as caught:
        open_data(tmp_path, format="coco")
    assert got in caught.value.got


def test_a_json_file_has_a_bound(made: list[Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.data.sources.coco_file.MAX_BYTES", 1000)
    with pytest.raises(DataError, match="over the limit"):
        write_and_open(coco_document(made), made, tmp_path)


def test_the_file_itself_opens_the_same(made: list[Made], tmp_path: Path) -> None:
    folder = write_and_open(coco_document(made), made, tmp_path)
    assert open_data(tmp_path / "all.json").fingerprint == folder.fingerprint


@pytest.mark.parametrize("name", ["", "a\0b.png", "\ud800.png", "x" * 5000])
def test_hostile_names_are_refused(name: str, made: list[Made], tmp_path: Path) -> None:
    document = coco_document(made)
    set_image(document, 1, file_name=name)
    catalogue = write_and_open(document, made, tmp_path)
    assert (catalogue.ledger.refused, catalogue.ledger.used) == (1, len(made) - 1)


def test_one_split_alone_is_taken_as_a_whole(made: list[Made], tmp_path: Path) -> None:
    """Only the validation part of something was copied: it is split anew, which is said."""
    for one in made:
        save(one, tmp_path)
    (tmp_path / "instances_val2017.json").write_text(json.dumps(coco_document(made)))
    catalogue = open_data(tmp_path)
    assert set(catalogue.splits.tolist()) == {"train", "validation", "test"}
    expect_said(catalogue, "all of validation, no other split is there", *(one.name for one in made))
