"""Outlines against independent arithmetic: polygons by points within them, runs of pixels by writing them first."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from ledgers import expect_said, refused
from scenes_set import CLASSES, Made, coco_document, make_set, save
from skimage.measure import points_in_poly

from striate.data.decode.targets import fit_mask
from striate.data.listing import VOID
from striate.data.open import open_data
from striate.data.sources.components import box_regions
from striate.data.sources.outlines import fill_polygon, make_polygon, make_runs, unpack_runs

SIZE = (96, 96)


def count_runs(mask: np.ndarray) -> list[int]:
    """Write a mask (H, W) as COCO does: lengths of runs down the columns, outside first."""
    flat = np.concatenate([[False], mask.T.ravel(), [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff([0, *edges, mask.size]).tolist()


def pack(counts: list[int]) -> str:
    """Compress runs as pycocotools does (maskApi.c, rleToString)."""
    text = ""
    for i, count in enumerate(counts):
        value, more = count - (counts[i - 2] if i > 2 else 0), True
        while more:
            part = value & 31
            value >>= 5
            more = value != (-1 if part & 16 else 0)
            text += chr(48 + (part | (32 if more else 0)))
    return text


@given(arrays(np.bool_, some.tuples(some.integers(1, 9), some.integers(1, 9))))
def test_runs_fill_what_was_written(mask: np.ndarray) -> None:
    counts = count_runs(mask)
    for written in (counts, pack(counts)):
        runs = make_runs([*mask.shape], written)
        np.testing.assert_array_equal(runs.fill(mask.shape), mask)
        if mask.any():
            y, x = np.nonzero(mask)
            assert runs.box() == (x.min(), y.min(), x.max() + 1, y.max() + 1)
        else:
            assert runs.box() == (0, 0, 0, 0)


def test_long_runs_are_unpacked() -> None:
    counts = [100_000, 3, 250_000, 40, 7, 999_999]
    assert unpack_runs(pack(counts)) == tuple(counts)


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        ([4, 4], [16, 1]),
        ([4, 4], [-1, 17]),
        ([4, 4], "!!"),
        ([4, 4], "o"),
        ([4, 4], "oooooooooooooo"),
        ([4, 4], [True, 15]),
        ([4, 4], None),
        ([4], [16]),
        ("44", [16]),
        ([10**6, 10**6], [10**12]),
        ([10**8, 2], [2 * 10**8]),
    ],
)
def test_runs_that_are_none(size: object, counts: object) -> None:
    with pytest.raises(ValueError):
        make_runs(size, counts)


corners = some.lists(some.tuples(some.floats(-4, 14), some.floats(-4, 14)), min_size=3, max_size=7)


@given(corners)
def test_polygons_hold_the_centres_within(points: list[tuple[float, float]]) -> None:
    polygon = np.array(points)
    H, W = 9, 11
    centres = np.stack(np.meshgrid(np.arange(W) + 0.5, np.arange(H) + 0.5), -1).reshape(-1, 2)
    edges = np.stack([polygon, np.roll(polygon, -1, axis=0)], 1)  # (m, 2, 2)
    far = np.min([distance(centres, *edge) for edge in edges], axis=0) > 1e-6  # on an edge, both answers are right
    inside = points_in_poly(centres, polygon)
    np.testing.assert_array_equal(fill_polygon(polygon, (H, W)).ravel()[far], inside[far])


def distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The distance of points (n, 2) from the line between two others."""
    along = end - start
    share = np.clip((points - start) @ along / max(along @ along, 1e-30), 0, 1)
    return np.linalg.norm(points - start - share[:, None] * along, axis=1)


@pytest.mark.parametrize(
    "numbers",
    [[], [1, 1, 2, 2], [1, 1, 2, 2, 3], [1, 1, 2, 2, 3, 3], [1, 1, 2, "2", 3, 1], [1, 1, 2, float("nan"), 3, 1]],
)
def test_polygons_that_are_none(numbers: list[object]) -> None:
    with pytest.raises(ValueError):
        make_polygon(numbers)


def test_touching_regions_of_one_class_are_one_box() -> None:
    mask = np.array([[1, 1, 0, 2], [0, 0, 1, 2], [VOID, 0, 0, 1]], np.uint8)
    assert box_regions(mask, background=0).tolist() == [[1, 0, 0, 4, 3], [2, 3, 0, 4, 2]]
    assert len(box_regions(mask, background=None)) == 3, "background too, where it is a class"


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return make_set()[:6]


def one_object(made: list[Made], segmentation: object, folder: Path, **more: object) -> None:
    """A COCO set whose first picture holds one object over it."""
    document = coco_document(made)
    extra = {"id": 9999, "image_id": 0, "category_id": 13, "bbox": [1, 1, 9, 9], "segmentation": segmentation, **more}
    document["annotations"] += [extra]
    for one in made:
        save(one, folder)
    (folder / "all.json").write_text(json.dumps(document))


def shaped(made: list[Made]) -> tuple[np.ndarray, np.ndarray]:
    """A ring with a hole, and the mask of the first picture with the ring of class tree over it."""
    y, x = np.ogrid[: made[0].pixels.shape[0], : made[0].pixels.shape[1]]
    ring = abs(np.hypot(y - 20, x - 20) - 12) < 5
    return ring, np.where(ring, 3, made[0].mask)


@pytest.mark.parametrize("packed", [False, True])
def test_later_objects_lie_over_earlier_ones(packed: bool, made: list[Made], tmp_path: Path) -> None:
    ring, truth = shaped(made)
    runs = {"size": [*ring.shape], "counts": pack(count_runs(ring)) if packed else count_runs(ring)}
    one_object(made, runs, tmp_path, iscrowd=1)
    catalogue = open_data(tmp_path, task="segmentation")
    assert catalogue.classes == ("background", *CLASSES)
    np.testing.assert_array_equal(catalogue.targets[0], fit_mask(truth.astype(np.uint8), catalogue.inputs.shape[2:]))


def test_runs_of_another_picture_refuse_this_one(made: list[Made], tmp_path: Path) -> None:
    one_object(made, {"size": [5, 5], "counts": [3, 22]}, tmp_path)
    catalogue = open_data(tmp_path, task="segmentation")
    assert "has runs of 25 pixels for 5x5" in refused(catalogue)["scene_00.png"]
    assert open_data(tmp_path).ledger.refused == 0, "its boxes are sound"


@pytest.mark.parametrize(
    "segmentation",
    [[[1, 1, 2, 2]], [["x"]], [3], {"size": [9, 9], "counts": "~"}, {"counts": [1]}, [[1, 1, 5, 1, 5, float("nan")]]],
)
def test_outlines_that_are_none_are_named(segmentation: object, made: list[Made], tmp_path: Path) -> None:
    one_object(made, segmentation, tmp_path)
    catalogue = open_data(tmp_path, task="segmentation")
    expect_said(catalogue, "outlines that cannot be read", "scene_00.png: annotation 9999")
    expect_said(catalogue, "objects without an outline", "scene_00.png: tree (1, 1, 10, 10)")
    mask = made[0].mask.copy()
    mask[1:10, 1:10] = VOID
    np.testing.assert_array_equal(catalogue.targets[0], fit_mask(mask, catalogue.inputs.shape[2:]))
