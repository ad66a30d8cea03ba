"""Baselines of boxes: the commonest ones by hand, and a sliding window that finds rectangles."""

import dataclasses

import numpy as np
import pytest
from scenes import scene_catalogue

from striate.evaluate.baselines.detection import compare_boxes, list_commonest
from striate.evaluate.baselines.table import compare
from striate.evaluate.baselines.windows import CELL, SIDE, list_windows
from striate.tasks.boxes.suppress import FOUND


@pytest.fixture(scope="module")
def catalogue():
    return scene_catalogue(50)


@pytest.fixture(scope="module")
def found(catalogue):
    return compare(catalogue)


def test_methods_come_plainest_first_on_the_test_split(found, catalogue):
    assert list(found) == ["majority", "hog_svm"]
    assert all(baseline.n == (catalogue.splits == "test").sum() for baseline in found.values())
    assert found["majority"].trained_on == (catalogue.splits == "train").sum()


def test_a_window_finds_what_the_commonest_boxes_do_not(found):
    assert found["majority"].value < 0.2
    assert found["hog_svm"].value > 0.4
    assert all(one.low <= one.value <= one.high for one in found.values())


def test_the_same_again_gives_the_same(found, catalogue):
    assert compare_boxes(catalogue) == found


def test_training_pictures_without_a_box_leave_the_commonest_alone(catalogue):
    targets = catalogue.targets.copy()
    targets[catalogue.splits == "train", :, 0] = -1
    found = compare_boxes(dataclasses.replace(catalogue, targets=targets))
    assert list(found) == ["majority"]
    assert found["majority"].value == 0


def test_the_commonest_boxes_by_hand():
    """Two alike at the top left, one of another class at the bottom right, in three pictures."""
    targets = np.full((3, 1, 5), -1.0)
    targets[0, 0], targets[1, 0], targets[2, 0] = (1, 0, 0, 4, 4), (1, 2, 2, 6, 6), (0, 50, 50, 60, 60)
    boxes = list_commonest(targets, (60, 60), 2)
    assert boxes.shape == (FOUND, 6)
    np.testing.assert_allclose(boxes[0], [1, 1, 5, 5, 2 / 3, 1])
    np.testing.assert_allclose(boxes[1], [50, 50, 60, 60, 1 / 3, 0])
    assert (boxes[2:] == 0).all()


def test_windows_cover_the_picture_at_every_size():
    picture = np.zeros((3, 64, 96), np.uint8)
    picture[0, :, 48:] = 255
    features, boxes = list_windows(picture, (20.0, 40.0))
    assert features.shape == (len(boxes), (9 + 3) * SIDE * SIDE)
    assert set((boxes[:, 2] - boxes[:, 0]).tolist()) == {20.0, 40.0}
    assert boxes.min() == 0
    assert boxes[:, 2].max() <= 96 + 20 / SIDE
    assert boxes[:, 3].max() <= 64 + 20 / SIDE
    reds = features.reshape(len(boxes), 12, SIDE, SIDE)[:, 9].mean((1, 2))
    assert np.allclose(reds[boxes[:, 2] <= 44], 0, atol=0.02)
    assert np.allclose(reds[boxes[:, 0] >= 52], 1, atol=0.02)


def test_a_picture_smaller_than_every_window_has_none():
    features, boxes = list_windows(np.zeros((1, 16, 16), np.uint8), (40.0,))
    assert features.shape == (0, 10 * SIDE * SIDE)
    assert boxes.shape == (0, 4)
    assert CELL * SIDE == 40
