"""Average precision is COCO's, number for number, on random scenes and on those worked out by hand."""

import dataclasses

import numpy as np
import pytest

from striate.tasks.boxes.coco import coco_precision
from striate.tasks.boxes.precision import LEVELS, average_precision, match, mean_precision


def scene(seed, n=6, n_classes=3, most=9, found=20, tie=False):
    """Random true boxes, and found ones that are near them, elsewhere, of another class or double."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((n, most, 5))
    truth[..., 0] = -1
    answers = np.zeros((n, found, 6))
    for i in range(n):
        m = int(rng.integers(0, most + 1)) if seed else most
        corner, side = rng.uniform(0, 150, (m, 2)), rng.uniform(30, 120, (m, 2))
        truth[i, :m] = np.concatenate([rng.integers(0, n_classes, (m, 1)), corner, corner + side], axis=1)
        d = int(rng.integers(0, found + 1))
        for row in range(d):
            box, k = rng.uniform(0, 150, 2), int(rng.integers(n_classes))
            rows = np.concatenate([box, box + rng.uniform(8, 120, 2)])
            if m and rng.random() < 0.7:
                picked = truth[i, rng.integers(m)]
                rows, k = picked[1:] + rng.normal(0, 4, 4), int(picked[0]) if rng.random() < 0.9 else k
            answers[i, row] = *rows, (rng.integers(1, 5) / 5 if tie else rng.uniform(0.02, 1)), k
        answers[i] = answers[i][np.argsort(-answers[i, :, 4], kind="stable")]
    return answers, truth


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("tie", [False, True])
def test_average_precision_is_pycocotools(seed, tie):
    found, truth = scene(seed, tie=tie)
    matched = match(found, truth, n_classes=3, levels=LEVELS)
    ours = np.array([[average_precision(matched, k, level)[0] for k in range(3)] for level in range(len(LEVELS))])
    theirs = coco_precision(found, truth, n_classes=3)
    np.testing.assert_allclose(ours, theirs[..., 0], atol=1e-9)
    np.testing.assert_allclose(mean_precision(matched, 3), np.nanmean(theirs[0, :, 0]), atol=1e-9)


def test_weights_count_pictures():
    """A picture of weight 2 is that picture twice, and one of weight 0 is not there."""
    found, truth = scene(3)
    weights = np.array([[2.0, 0, 1, 1, 3, 0]])
    matched = match(found, truth, n_classes=3, levels=LEVELS[:1])
    rows = np.repeat(np.arange(6), weights[0].astype(int))
    again = match(found[rows], truth[rows], n_classes=3, levels=LEVELS[:1])
    for k in range(3):
        np.testing.assert_allclose(average_precision(matched, k, 0, weights), average_precision(again, k, 0))


BOX = (10.0, 10, 30, 30)
FAR = (100.0, 100, 130, 130)


@pytest.mark.parametrize(
    ("found", "value"),
    [
        ([(*BOX, 0.9, 0)], 1.0),
        ([(*FAR, 0.9, 0), (*BOX, 0.5, 0)], 0.5),
        ([(*BOX, 0.9, 0), (*FAR, 0.5, 0)], 1.0),  # what comes after the last true one costs nothing
        ([(*BOX, 0.9, 1)], 0.0),
        ([(*BOX, 0.9, 0), (*BOX, 0.8, 0)], 1.0),
        ([(10, 10, 30, 19.9, 0.9, 0)], 0.0),  # an overlap of 0.495
        ([(10, 10, 30, 20, 0.9, 0)], 1.0),  # of exactly 0.5
        ([], 0.0),
    ],
)
def test_one_true_box_by_hand(found, value):
    answers = np.zeros((1, 4, 6))
    for row, one in enumerate(found):
        answers[0, row] = one
    matched = match(answers, np.array([[[0.0, *BOX]]]), n_classes=2, levels=LEVELS[:1])
    assert average_precision(matched, 0, 0)[0] == pytest.approx(value)
    assert np.isnan(average_precision(matched, 1, 0)[0])
    assert mean_precision(matched, 2)[0] == pytest.approx(value)


def test_a_true_box_is_taken_once_by_the_likeliest():
    answers = np.zeros((1, 3, 6))
    answers[0] = [(10, 10, 30, 29, 0.9, 0), (*BOX, 0.8, 0), (*FAR, 0.7, 0)]
    matched = match(answers, np.array([[[0.0, *BOX], [0, *FAR]]]), n_classes=1, levels=LEVELS[:1])
    assert matched.hits[0, 0].tolist() == [True, False, True]
    assert matched.partners[0].tolist() == [0, -1, 1]


def test_without_a_true_box_nothing_is_known():
    found, truth = scene(1)
    truth[..., 0] = -1
    matched = match(found, truth, n_classes=3, levels=LEVELS[:1])
    assert np.isnan(mean_precision(matched, 3)).all()
    assert np.isnan(coco_precision(found, truth, n_classes=3)).all()


def test_nothing_found_is_0_where_there_is_something():
    found, truth = scene(2)
    nothing = np.zeros_like(found)
    truth[..., 0] = np.where(truth[..., 0] == 2, -1, truth[..., 0])
    seen = coco_precision(nothing, truth, n_classes=3)
    assert (seen[:, :2, 0] == 0).all()
    assert np.isnan(seen[:, 2]).all()


def test_many_pictures_are_matched_in_parts(monkeypatch):
    found, truth = scene(5, n=9)
    whole = match(found, truth, n_classes=3, levels=LEVELS)
    monkeypatch.setattr("striate.tasks.boxes.precision.PAIRS", 1)
    parts = match(found, truth, n_classes=3, levels=LEVELS)
    for field in dataclasses.fields(whole):
        assert np.array_equal(getattr(whole, field.name), getattr(parts, field.name))
