"""Pascal VOC: how its pixels are counted, its lists, its masks' names; what is wrong with it is named."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ledgers import counts, expect_said, refused
from PIL import Image
from scenes_set import CLASSES, Made, make_set, save, voc_xml, write_voc

from striate.data.open import open_data
from striate.errors import DataError

BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><annotation><filename>&c;</filename></annotation>'
FILE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><annotation><filename>&b;</filename></annotation>'


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return make_set()[:12]


@pytest.fixture
def folder(made: list[Made], tmp_path: Path) -> Path:
    """Pictures with their XML files beside them."""
    for one in made:
        save(one, tmp_path)
        (tmp_path / f"{one.name}.xml").write_text(voc_xml(one))
    return tmp_path


def box(*corners: object, name: str = "pond", more: str = "") -> str:
    sides = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=False)
    inside = "".join(f"<{side}>{corner}</{side}>" for side, corner in sides)
    return f"<object><name>{name}</name>{more}<bndbox>{inside}</bndbox></object>"


OBJECTS: dict[str, tuple[str, str, str, int]] = {
    "a corner twice": (box(5, 6, 5, 6), "boxes without area", "scene_00.png: pond (5, 6, 5, 6)", 0),
    "no height": (box(5, 6, 9, 6), "boxes without area", "scene_00.png: pond (5, 6, 9, 6)", 0),
    "reversed": (box(9, 9, 5, 6), "reversed order", "scene_00.png: pond (9, 9, 4, 5)", 1),
    "outside": (box(900, 6, 905, 9), "wholly outside", "scene_00.png: pond (899, 5, 905, 9)", 0),
    "sticks out": (box(5, 6, 900, 9), "stick out", "scene_00.png: pond (4, 5, 900, 9)", 1),
    "not a number": (box("nan", 6, 5, 6), "number that is none", "scene_00.png: pond (nan", 0),
    "infinite": (box(1, 1, "inf", 6), "number that is none", "scene_00.png: pond (", 0),
    "text": (box("left", 6, 5, 6), "without a class or a box", "scene_00.png: pond (left, 6, 5, 6)", 0),
    "three sides": (box(5, 6, 5), "without a class or a box", "scene_00.png: pond (5, 6, 5, )", 0),
    "no class": (box(5, 6, 9, 9, name=" "), "without a class or a box", "scene_00.png: no class", 0),
    "difficult": (box(5, 6, 9, 9, more="<difficult>1</difficult>"), "marked difficult, kept", "pond (5, 6, 9, 9)", 1),
    "a part": (
        box(5, 6, 9, 9, more=f"<part>{box(1, 1, 2, 2)}</part><difficult>1</difficult>"),
        "marked difficult, kept",
        "pond (5, 6, 9, 9)",
        1,
    ),
}


@pytest.mark.parametrize("fault", OBJECTS)
def test_faults_of_objects(fault: str, made: list[Made], folder: Path) -> None:
    """Each is named; the picture stays, with the boxes that are sound."""
    item, what, name, more = OBJECTS[fault]
    file = folder / "scene_00.xml"
    file.write_text(file.read_text().replace("</annotation>", f"{item}</annotation>"))
    catalogue = open_data(folder)
    expect_said(catalogue, what, name)
    sound = {one.name: len(one.rows) for one in made}
    assert counts(catalogue) == sound | {"scene_00": sound["scene_00"] + more}
    assert (catalogue.ledger.found, catalogue.ledger.refused) == (len(made), 0)


def test_a_picture_without_sound_boxes_is_an_example(made: list[Made], folder: Path) -> None:
    (folder / "scene_00.xml").write_text(f"<annotation>{box(5, 5, 5, 5)}</annotation>")
    assert counts(open_data(folder))["scene_00"] == 0


FILES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "swelling entities": (lambda d: (d / "scene_01.xml").write_text(BOMB), "scene_01.xml", "a document type with"),
    "entities from files": (lambda d: (d / "scene_01.xml").write_text(FILE), "scene_01.xml", "a document type with"),
    "entities in UTF-16": (
        lambda d: (d / "scene_01.xml").write_bytes(BOMB.encode("utf-16")),
        "scene_01.xml",
        "a document type with",
    ),
    "cut off": (lambda d: (d / "scene_01.xml").write_text("<annotation><size>"), "scene_01.xml", "no element found"),
    "no picture": (lambda d: (d / "scene_01.png").unlink(), "scene_01.png", "is missing"),
    "no XML": (lambda d: (d / "scene_01.xml").unlink(), "scene_01.png", "has no XML file"),
    "another size": (
        lambda d: Image.new("RGB", (70, 50)).save(d / "scene_01.png"),
        "scene_01.png",
        "measures 70x50 (upright), but is annotated as",
    ),
}


@pytest.mark.parametrize("fault", FILES)
def test_faults_of_files(fault: str, made: list[Made], folder: Path) -> None:
    change, name, reason = FILES[fault]
    change(folder)
    catalogue = open_data(folder)
    assert refused(catalogue).keys() == {name}
    assert reason in refused(catalogue)[name]
    assert (catalogue.ledger.found, catalogue.ledger.used) == (len(made), len(made) - 1)


def test_a_zero_tells_that_edges_are_counted(made: list[Made], folder: Path) -> None:
    """The same boxes, written as edges from 0: without the 0 they would move by a pixel."""
    for one in made:
        (folder / f"{one.name}.xml").write_text(voc_xml(one, from_one=False))
    moved = open_data(folder).targets
    file = folder / "scene_00.xml"
    file.write_text(file.read_text().replace("</annotation>", f"{box(0, 6, 3, 9)}</annotation>"))
    catalogue = open_data(folder)
    expect_said(catalogue, "counted from 0", "scene_00.png")
    exact = catalogue.targets[1, : len(made[1].rows)]
    np.testing.assert_allclose(moved[1, : len(exact), 3:], exact[:, 3:])
    assert (moved[1, : len(exact), 1:3] < exact[:, 1:3]).all()


def test_lists_name_the_splits(made: list[Made], tmp_path: Path) -> None:
    """trainval without train, a picture in two lists, one in none, a name without a picture, a list for a class."""
    write_voc(made, tmp_path)
    lists = tmp_path / "ImageSets/Main"
    names = [one.name for one in made]
    (lists / "train.txt").unlink()
    (lists / "trainval.txt").write_text("\n".join(names[:9]))
    (lists / "val.txt").write_text("\n".join([*names[6:9], names[9]]))
    (lists / "test.txt").write_text("\n".join([f"JPEGImages/{names[9]}.png", names[10], "gone"]))
    (lists / "pond_train.txt").write_text(f"{names[11]} 1")
    catalogue = open_data(tmp_path)
    splits = dict(zip(catalogue.names, catalogue.splits.tolist(), strict=True))
    expected = ["train"] * 6 + ["validation"] * 3 + ["test"] * 2
    assert splits == {f"JPEGImages/{name}.png": split for name, split in zip(names[:11], expected, strict=True)}
    expect_said(catalogue, "in the lists of validation and test, counted to test", names[9])
    expect_said(catalogue, "in no list of ImageSets/Main", f"{names[11]}.xml")
    assert refused(catalogue) == {"gone": "is listed in ImageSets/Main, but has neither picture nor XML file"}


def test_numbers_of_masks_are_named_by_the_objects_of_xml(made: list[Made], tmp_path: Path) -> None:
    write_voc(made, tmp_path)
    assert open_data(tmp_path, task="segmentation").classes == ("background", *CLASSES)
    for file in (tmp_path / "Annotations").iterdir():  # names that masks do not bear out are not taken
        file.write_text(file.read_text().replace("pond", "lake", 1))
    assert open_data(tmp_path, task="segmentation").classes == ("background", "value 1", "value 2", "value 3")


def test_masks_alone_are_voc_too(made: list[Made], tmp_path: Path) -> None:
    write_voc(made, tmp_path)
    for file in (tmp_path / "Annotations").iterdir():
        file.unlink()
    (tmp_path / "labelmap.txt").write_text("background:0,0,0::\nsea:128,0,0::\nhut:0,128,0::\nbush:128,128,0::")
    (tmp_path / "JPEGImages/scene_03.png").unlink()
    catalogue = open_data(tmp_path)
    assert (catalogue.format, catalogue.task) == ("voc", "segmentation")
    assert catalogue.classes == ("background", "bush", "hut", "sea")
    assert refused(catalogue) == {"SegmentationClass/scene_03.png": "is a mask without a picture"}


def test_boxes_alone_are_no_masks(folder: Path) -> None:
    with pytest.raises(DataError, match="SegmentationClass"):
        open_data(folder, task="segmentation")
