"""The simple methods do what their names say, on pictures of any size and colour, the same each time."""

import numpy as np
import pytest
from skimage.feature import hog
from sklearn.datasets import load_digits

from striate.errors import ShapeError
from striate.evaluate.baselines import hog as traditional
from striate.evaluate.baselines.hog import choose_by_class, describe, reduce
from striate.evaluate.baselines.pictures import baselines, choose_exemplars


@pytest.fixture(scope="module")
def digits():
    found = load_digits()
    pictures = (found.images * 255 / 16).astype(np.uint8)[:, None]
    return pictures[:1200], found.target[:1200], pictures[1200:], found.target[1200:]


@pytest.fixture(scope="module")
def on_digits(digits):
    return baselines(*digits, n_classes=10)


def test_digits_come_in_the_expected_order(on_digits, digits):
    assert list(on_digits) == ["majority", "exemplar", "hog_svm"]
    assert on_digits["majority"].value < 0.15
    assert 0.6 < on_digits["exemplar"].value < on_digits["hog_svm"].value
    assert on_digits["hog_svm"].value > 0.9
    for found in on_digits.values():
        assert found.low < found.value < found.high and found.n == len(digits[3])
        assert found.trained_on == 1200


def test_descent_is_as_right_as_the_solved_machine(on_digits, digits, monkeypatch):
    monkeypatch.setattr(traditional, "SOLVED", 1000)
    descended = baselines(*digits, n_classes=10)
    assert descended["hog_svm"] != on_digits["hog_svm"]
    assert descended["hog_svm"].value > on_digits["hog_svm"].value - 0.01


def test_same_seed_same_figures(on_digits, digits):
    assert baselines(*digits, n_classes=10) == on_digits


def test_majority_is_the_commonest_training_class():
    pictures = np.zeros((10, 1, 4, 4), np.uint8)
    found = baselines(pictures, np.array([1] * 6 + [0] * 4), pictures, np.array([1] * 3 + [0] * 7), n_classes=2)
    assert found["majority"].value == 0.3


def test_exemplar_is_the_picture_nearest_its_class_mean():
    pictures = np.array([0, 100, 110, 240, 200, 210, 250], np.uint8)[:, None, None, None]
    labels = np.array([0, 0, 0, 0, 3, 3, 3])  # means 112.5 and 220
    assert choose_exemplars(pictures, labels).tolist() == [2, 5]


def test_exemplar_answers_by_squared_distance_even_where_a_class_is_missing():
    train = np.array([100, 200], np.uint8)[:, None, None, None].repeat(8, 2).repeat(8, 3)
    test = np.array([0, 149, 151, 255], np.uint8)[:, None, None, None].repeat(8, 2).repeat(8, 3)
    found = baselines(train, np.array([1, 3]), test, np.array([1, 1, 3, 3]), n_classes=5)
    assert found["exemplar"].value == 1


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 8), (3, 32, 24), (1, 1, 1), (3, 90, 120), (2, 3, 5)])
def test_hog_tells_stripes_apart_at_any_size(shape):
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    pictures = rng.integers(0, 40, (40, *shape), dtype=np.uint8)
    pictures[labels == 0, :, ::4] += 200
    pictures[labels == 1, :, :, ::4] += 200
    found = baselines(pictures[:20], labels[:20], pictures[20:], labels[20:], n_classes=2)["hog_svm"]
    assert found.value == 1 or min(shape[1:]) < 8


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 8, 8), (3, 30, 23), (1, 1, 1), (3, 64, 64), (2, 3, 5), (1, 2, 9)])
@pytest.mark.parametrize("levels", [3, 256])
def test_hog_is_that_of_scikit_image(shape, levels):
    pictures = np.random.default_rng(0).integers(0, levels, (5, *shape), dtype=np.uint8)
    height, width = shape[1:]
    cell = max(1, min(8, max(2, min(height, width) // 7), min(height, width)))
    block = min(2, min(height, width) // cell)
    shared = {"orientations": 9, "pixels_per_cell": (cell, cell), "cells_per_block": (block, block)}
    expected = [hog(picture, **shared, channel_axis=0) for picture in pictures]
    assert np.allclose(describe(pictures), expected, atol=1e-6)


def test_one_class_is_no_reason_to_fail():
    pictures = np.zeros((5, 1, 8, 8), np.uint8)
    assert baselines(pictures, np.ones(5, int), pictures, np.ones(5, int), n_classes=2)["hog_svm"].value == 1


def test_choice_keeps_the_shares_and_the_rare():
    labels = np.array([0] * 900 + [1] * 99 + [2])
    chosen = choose_by_class(labels, 100, seed=0)
    assert np.bincount(labels[chosen]).tolist() == [90, 10, 1]
    assert np.array_equal(chosen, choose_by_class(labels, 100, seed=0))
    assert not np.array_equal(chosen, choose_by_class(labels, 100, seed=1))
    assert len(choose_by_class(labels, 5000, seed=0)) == 1000


def test_reduce_keeps_the_shape_and_the_mean():
    picture = np.random.default_rng(0).integers(0, 256, (3, 256, 128), dtype=np.uint8)
    assert reduce(picture).shape == (3, 64, 32)
    assert abs(reduce(picture).mean() - picture.mean()) < 1
    assert reduce(picture[:, :20, :20]).shape == (3, 20, 20)
    assert describe(picture[None]).shape[1] == describe(reduce(picture)[None]).shape[1]


def test_what_does_not_fit_is_refused():
    pictures = np.zeros((4, 1, 8, 8), np.uint8)
    with pytest.raises(ShapeError, match="one size"):
        baselines(pictures, np.zeros(4, int), pictures[:, :, :4], np.zeros(4, int), n_classes=1)
    with pytest.raises(ShapeError, match="each with a label"):
        baselines(pictures, np.zeros(3, int), pictures, np.zeros(4, int), n_classes=1)
