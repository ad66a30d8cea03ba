"""One data set written as COCO, VOC, YOLO and masks: equal catalogues, as boxes and as masks, packed or not."""

import csv
import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from scenes_set import CLASSES, WORDS, WRITERS, Made, make_set, save

from striate.data.catalogue import Catalogue
from striate.data.decode.targets import fit_boxes, fit_mask
from striate.data.digest import digest
from striate.data.listing import VOID
from striate.data.open import open_data
from striate.errors import DataError
from striate.kinds import TaskName

PACKED = ("folder", "zip", "gztar")


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return make_set()


@pytest.fixture(scope="module")
def places(made: list[Made], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Each way to write the set, as a folder and packed."""
    found = {}
    for name, (_, write) in WRITERS.items():
        folder = tmp_path_factory.mktemp("sets") / name
        write(made, folder)
        found[name, "folder"] = folder
        for kind in PACKED[1:]:
            found[name, kind] = Path(shutil.make_archive(str(folder), kind, folder.parent, folder.name))
    return found


SIZE = (96, 96)  # that the longer side of the middle picture and the aspects give


def by_stem(catalogue: Catalogue) -> dict[str, int]:
    return {Path(name).stem: i for i, name in enumerate(catalogue.names)}


def expect_examples(catalogue: Catalogue, made: list[Made]) -> dict[str, int]:
    """Every picture is there once, with its split, size and pixels; nothing is refused."""
    where = by_stem(catalogue)
    assert where.keys() == {one.name for one in made}
    for one in made:
        i = where[one.name]
        assert catalogue.splits[i] == WORDS[one.split]
        assert tuple(catalogue.sizes[i]) == one.pixels.shape[:2]
        assert catalogue.digests[i] == digest(one.pixels.transpose(2, 0, 1))
    assert (catalogue.ledger.found, catalogue.ledger.refused) == (len(made), 0)
    assert catalogue.inputs.shape == (len(made), 3, *SIZE)
    return where


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("name", WRITERS)
def test_boxes_are_those_that_were_drawn(
    name: str, packed: str, made: list[Made], places: dict[tuple[str, str], Path]
) -> None:
    catalogue = open_data(places[name, packed], task="detection")
    assert (catalogue.format, catalogue.task, catalogue.classes) == (WRITERS[name][0], "detection", CLASSES)
    where = expect_examples(catalogue, made)
    for one in made:
        found = catalogue.targets[where[one.name]]
        truth = fit_boxes(np.array(sorted(one.rows), np.float64).reshape(-1, 5), one.pixels.shape[:2], SIZE)
        assert (found[len(truth) :, 0] == -1).all()
        np.testing.assert_allclose(found[: len(truth)], truth, atol=1e-3)  # YOLO writes six digits


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("name", [name for name in WRITERS if name != "yolo-boxes"])
def test_masks_are_those_that_were_drawn(
    name: str, packed: str, made: list[Made], places: dict[tuple[str, str], Path]
) -> None:
    catalogue = open_data(places[name, packed], task="segmentation")
    assert (catalogue.format, catalogue.task, catalogue.classes) == (
        WRITERS[name][0],
        "segmentation",
        ("background", *CLASSES),
    )
    where = expect_examples(catalogue, made)
    for one in made:
        np.testing.assert_array_equal(catalogue.targets[where[one.name]], fit_mask(one.mask, SIZE))


@pytest.mark.parametrize("name", WRITERS)
def test_packed_or_not_is_the_same(name: str, places: dict[tuple[str, str], Path]) -> None:
    found = [open_data(places[name, packed]) for packed in PACKED]
    assert len({one.fingerprint for one in found}) == 1
    assert len({one.names for one in found}) == 1


def test_usual_tasks(places: dict[tuple[str, str], Path]) -> None:
    usual = {name: open_data(places[name, "folder"]).task for name in WRITERS}
    assert usual == {name: "segmentation" if name == "masks" else "detection" for name in WRITERS}


def test_boxes_alone_leave_their_insides_out_of_masks(made: list[Made], places: dict[tuple[str, str], Path]) -> None:
    catalogue = open_data(places["yolo-boxes", "folder"], task="segmentation")
    i, one = by_stem(catalogue)[made[0].name], made[0]
    truth = np.where(fit_mask(one.mask, SIZE) > 0, VOID, 0)
    assert (catalogue.targets[i] == truth).mean() > 0.98, "edges are given with six digits"
    assert sum("without an outline" in notice.what for notice in catalogue.ledger.notices) == 1


def test_catalogue_csv_counts_objects(made: list[Made], places: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    open_data(places["voc", "folder"]).write_csv(tmp_path / "catalogue.csv")
    with (tmp_path / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        rows = {Path(row["name"]).stem: row for row in csv.DictReader(file)}
    for one in made:
        held = sorted({CLASSES[row[0]] for row in one.rows})
        assert (rows[one.name]["objects"], rows[one.name]["class"]) == (str(len(one.rows)), "; ".join(held))


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_a_moved_object_changes_the_fingerprint(task: TaskName, made: list[Made], tmp_path: Path) -> None:
    place, x0, y0, x1, y1 = made[0].rows[0]
    moved = dataclasses.replace(made[0], rows=((place, x0, y0, x1, y1 + 4), *made[0].rows[1:]))
    prints = []
    for name, scenes in (("one", made), ("other", [moved, *made[1:]])):
        WRITERS["coco"][1](scenes, tmp_path / name)
        for one in made:  # the pictures stay
            save(one, tmp_path / name / f"{one.split}2017")
        catalogue = open_data(tmp_path / name, task=task)
        prints.append((catalogue.digests, catalogue.fingerprint))
    assert prints[0][0] == prints[1][0] and prints[0][1] != prints[1][1]


@pytest.mark.parametrize("name", WRITERS)
def test_other_tasks_are_refused(name: str, places: dict[tuple[str, str], Path]) -> None:
    with pytest.raises(DataError, match="is for detection or segmentation, got --task regression"):
        open_data(places[name, "folder"], task="regression")
