"""YOLO: where its pictures, labels, names and splits lie; what is wrong with its lines is named."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ledgers import counts, expect_said, refused
from PIL import Image
from scenes_set import CLASSES, WORDS, Made, make_set, save, write_yolo, yolo_lines

from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.errors import DataError


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return make_set()


@pytest.fixture
def root(made: list[Made], tmp_path: Path) -> Path:
    write_yolo(made, tmp_path / "set", outlines=False)
    return tmp_path / "set"


def expect_whole(catalogue: Catalogue, made: list[Made], *, given: bool = True) -> None:
    """All pictures with all their boxes, and the splits where they are given."""
    assert catalogue.format == "yolo"
    assert counts(catalogue) == {one.name: len(one.rows) for one in made}
    splits = {Path(name).stem: split for name, split in zip(catalogue.names, catalogue.splits.tolist(), strict=True)}
    if given:
        assert splits == {one.name: WORDS[one.split] for one in made}


YAMLS = {
    "as Ultralytics has it": "path: ../datasets/set\ntrain: images/train\nval: images/val\ntest: images/test\n{names}",
    "path to the folder": "path: {root}\ntrain: images/train\nval: images/val\ntest: images/test\n{names}",
    "as Roboflow has it": "train: ../images/train\nval: ../images/val\ntest: ../images/test\n{names}",
    "of another machine": "train: /home/x/images/train\nval: /home/x/images/val\ntest: /home/x/images/test\n{names}",
    "lists of folders": "train: [images/train]\nval: [images/val]\ntest: [images/test]\n{names}",
    "lists of pictures": "train: train.txt\nval: val.txt\ntest: test.txt\n{names}",
    "windows": "train: images\\train\nval: images\\val\ntest: images\\test\n{names}",
}


@pytest.mark.parametrize("form", YAMLS)
def test_forms_of_yaml(form: str, made: list[Made], root: Path) -> None:
    (root / "data.yaml").write_text(YAMLS[form].format(root=root, names=f"nc: 3\nnames: {list(CLASSES)}"))
    if "pictures" in form:
        for split in WORDS:
            lines = [f"./images/{split}/{one.name}.png" for one in made if one.split == split]
            (root / f"{split}.txt").write_text("\n".join(lines))
    catalogue = open_data(root)
    expect_whole(catalogue, made)
    assert catalogue.classes == CLASSES
    names = open_data(root / "data.yaml").names
    assert {Path(name).stem for name in names} == {one.name for one in made}, "the file itself opens the same"


def labels_beside_pictures(made: list[Made], root: Path) -> None:
    for one in made:
        save(one, root / "all")
        (root / "all" / f"{one.name}.txt").write_text(yolo_lines(one))
    (root / "classes.txt").write_text("\n".join(CLASSES))


def roboflow_folders(made: list[Made], root: Path) -> None:
    for one in made:
        save(one, root / one.split / "images")
        (root / one.split / "labels").mkdir(exist_ok=True)
        (root / one.split / "labels" / f"{one.name}.txt").write_text(yolo_lines(one))


def darknet(made: list[Made], root: Path) -> None:
    for one in made:
        save(one, root / "obj")
        (root / "obj" / f"{one.name}.txt").write_text(yolo_lines(one))
    for split in WORDS:
        lines = [f"data/obj/{one.name}.png" for one in made if one.split == split]
        (root / f"{split}.txt").write_text("\n".join(lines))
    (root / "obj.names").write_text("\n".join(CLASSES))


@pytest.mark.parametrize(
    ("write", "classes", "given"),
    [(labels_beside_pictures, CLASSES, False), (roboflow_folders, ("0", "1", "2"), True), (darknet, CLASSES, True)],
)
def test_without_yaml(
    write: Callable[[list[Made], Path], None], classes: tuple[str, ...], given: bool, made: list[Made], tmp_path: Path
) -> None:
    write(made, tmp_path)
    catalogue = open_data(tmp_path)
    expect_whole(catalogue, made, given=given)
    assert catalogue.classes == classes


LINES: dict[str, tuple[str, str, int]] = {
    "0 0.5 0.5 0 0.1": ("boxes without area", 0),
    "0 0.5 0.5 -0.2 0.1": ("reversed order", 1),
    "0 1.5 0.5 0.2 0.1": ("wholly outside", 0),
    "0 0.95 0.5 0.2 0.1": ("stick out", 1),
    "0 nan 0.5 0.2 0.1": ("that are no object", 0),
    "0 inf 0.5 0.2 0.1": ("that are no object", 0),
    "0 0.5 0.5 0.2": ("that are no object", 0),
    "0 0.5 0.5 0.2 0.1 0.9": ("that are no object", 0),
    "pond 0.5 0.5 0.2 0.1": ("that are no object", 0),
    "0.5 0.5 0.5 0.2 0.1": ("that are no object", 0),
    "-1 0.5 0.5 0.2 0.1": ("that are no object", 0),
    "0 0.1 0.1 0.1 0.1 0.1 0.1": ("that are no object", 0),
    "3 0.5 0.5 0.2 0.1": ("unknown classes", 0),
}


@pytest.mark.parametrize("line", LINES)
def test_faults_of_lines(line: str, made: list[Made], root: Path) -> None:
    what, more = LINES[line]
    file = root / "labels/train/scene_00.txt"
    file.write_text(f"{file.read_text()}\n\n{line}\n")
    catalogue = open_data(root)
    name = (
        "scene_00.png: pond (" if "box" in what or what in ("wholly outside", "reversed order", "stick out") else line
    )
    expect_said(catalogue, what, name)
    assert counts(catalogue)["scene_00"] == len(made[0].rows) + more
    assert catalogue.ledger.refused == 0


def test_a_line_twice_counts_once(made: list[Made], root: Path) -> None:
    file = root / "labels/train/scene_00.txt"
    file.write_text(f"{file.read_text()}\n{file.read_text()}")
    catalogue = open_data(root)
    expect_said(catalogue, "counted once", *["scene_00.png"] * len(made[0].rows))
    expect_whole(catalogue, made)


def test_pictures_and_labels_alone(made: list[Made], root: Path) -> None:
    (root / "labels/train/stray.txt").write_text("0 0.5 0.5 0.2 0.1")
    (root / "labels/train/nothing.txt").write_text("")
    (root / "labels/train/classes.txt").write_text("\n".join(CLASSES))
    (root / "images/train/scene_01.png").write_bytes(b"no picture")
    Image.new("RGB", (32, 32)).save(root / "more.png")
    catalogue = open_data(root)
    assert refused(catalogue) == {
        "labels/train/stray.txt": "is a label file without a picture",
        "labels/train/nothing.txt": "is a label file without a picture",
        "images/train/scene_01.png": "is no picture of a known format",
    }
    expect_said(catalogue, "in no split that is named", "more.png")
    expect_said(catalogue, "without a label file", *(f"{one.name}.png" for one in made if not one.rows))
    assert (catalogue.ledger.found, catalogue.ledger.used) == (len(made) + 2, len(made) - 1)


def test_a_validation_that_is_the_training_is_none(made: list[Made], root: Path) -> None:
    (root / "data.yaml").write_text(f"train: images/train\nval: images/train\ntest: gone\nnames: {list(CLASSES)}")
    catalogue = open_data(root)
    assert set(catalogue.splits.tolist()) == {"train", "validation", "test"}
    expect_said(catalogue, "names the same pictures as train", *(o.name for o in made if o.split == "train"))
    expect_said(catalogue, "splits whose pictures are not there", "test: gone")


def test_boxes_are_those_of_the_turned_picture(made: list[Made], root: Path) -> None:
    """Shares are of the picture as people see it, turned by EXIF."""
    one = made[0]
    turned = Image.fromarray(np.rot90(one.pixels).copy())  # upright again after a turn to the right
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(root / "images/train/scene_00.png", exif=exif)
    plain, again = open_data(root, format="yolo"), None
    save(one, root / "images/train")
    again = open_data(root, format="yolo")
    np.testing.assert_array_equal(plain.targets, again.targets)
    assert plain.digests == again.digests


def test_keypoints_are_left_aside(made: list[Made], root: Path) -> None:
    file = root / "labels/train/scene_00.txt"
    file.write_text("\n".join(f"{line} 0.1 0.1 2 0.3 0.3 2" for line in file.read_text().splitlines()))
    text = (root / "data.yaml").read_text()
    (root / "data.yaml").write_text(f"{text}kpt_shape: [2, 3]\n")
    expect_whole(open_data(root), made)


def test_yaml_that_swells_is_not_read(root: Path) -> None:
    (root / "data.yaml").write_text("a: &a [x, x]\nb: &b [*a, *a]\nnames: *b\ntrain: images/train\n")
    assert open_data(root).classes == ("0", "1", "2"), "told by its labels instead"


def test_what_lies_outside_of_the_folder_is_not_taken(made: list[Made], root: Path) -> None:
    for one in made[:3]:
        save(one, root.parent / "private/pictures")
    (root / "data.yaml").write_text(f"train: {root.parent}/private/pictures\nval: ../private\nnames: {list(CLASSES)}")
    catalogue = open_data(root)
    expect_said(catalogue, "splits whose pictures are not there", "train: ", "val: ")
    expect_whole(catalogue, made)


def test_no_object_at_all(root: Path) -> None:
    for file in (root / "labels").rglob("*.txt"):
        file.write_text("7 0.5 0.5 0.1 0.1")
    with pytest.raises(DataError, match="unknown classes, left out: labels/test/scene_19"):
        open_data(root)
