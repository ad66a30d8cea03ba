"""Simple methods of masks, labels and numbers: what their names say, the same each time, better where they look."""

import dataclasses

import numpy as np
import pytest
from task_catalogues import multilabel_catalogue, regression_catalogue, segmentation_catalogue

from striate.data.catalogue import Catalogue
from striate.data.listing import VOID
from striate.data.open import open_data
from striate.evaluate.baselines import segmentation
from striate.evaluate.baselines.segmentation import answer_by_threshold, describe_pixels, segment
from striate.evaluate.baselines.table import compare
from striate.records import SignalInput
from striate.tasks.regions import count_pixels, dice


@pytest.fixture(autouse=True)
def few_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the forest learn from few pixels: what it says here is easy, and every test grows it anew."""
    monkeypatch.setattr(segmentation, "LEARNED", 3000)


@pytest.fixture(scope="module")
def discs() -> Catalogue:
    return segmentation_catalogue(60, size=24)


def test_masks_get_four_methods_from_the_plainest_on(discs: Catalogue) -> None:
    found = compare(discs)
    assert list(found) == ["majority", "place", "otsu", "forest"]
    assert found["majority"].value == 0
    assert found["otsu"].value < found["forest"].value
    assert found["forest"].value > 0.7
    assert all(one.low <= one.value <= one.high and one.n == (discs.splits == "test").sum() for one in found.values())
    assert segment(discs) == found


def test_place_is_the_commonest_class_there() -> None:
    """Class 1 lies left in most pictures, so that is what is said of all of them."""
    pictures = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
    masks = np.zeros((40, 8, 8), np.uint8)
    masks[:, :, :4] = 1
    masks[::10] = 0
    catalogue = open_data((pictures, masks))
    truth = catalogue.select("test").targets
    answers = np.zeros_like(truth)
    answers[:, :, :4] = 1
    expected = dice(count_pixels(answers, truth, 2).sum(0))[1]
    assert segment(catalogue)["place"].value == pytest.approx(expected)


@pytest.mark.parametrize("bright", [True, False, None])
def test_threshold_finds_its_side(bright: bool | None) -> None:
    """Objects brighter or darker than the ground, or either, from picture to picture, but always smaller."""
    rng = np.random.default_rng(0)
    masks = np.zeros((40, 12, 12), np.uint8)
    masks[:, 3:7, 4:9] = 1
    sign = np.where(rng.random(40) < 0.5, 1, -1) if bright is None else np.full(40, 1 if bright else -1)
    pictures = (128 + 60 * sign[:, None, None] * masks + rng.normal(0, 5, masks.shape)).clip(0, 255).astype(np.uint8)
    catalogue = open_data((pictures, masks))
    test = catalogue.select("test")
    assert (answer_by_threshold(catalogue.select("train"), test) != test.targets).mean() < 0.02


def test_one_grey_has_no_threshold(discs: Catalogue) -> None:
    flat = dataclasses.replace(discs, inputs=np.zeros_like(discs.inputs))
    assert set(compare(flat)) == set(compare(discs))


def test_pixels_are_described_alike_in_grey_and_colour() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (3, 20, 24), dtype=np.uint8)
    assert describe_pixels(picture).shape == (20, 24, 20)
    assert describe_pixels(picture[:1]).shape == (20, 24, 15)
    shifted = describe_pixels(np.roll(picture, 3, axis=2))
    np.testing.assert_allclose(shifted[:, 17, 0], describe_pixels(picture)[:, 14, 0])


def test_void_teaches_nothing(discs: Catalogue) -> None:
    """With all of class 2 void, no method can say it."""
    masks = np.where(discs.targets == 2, VOID, discs.targets)
    found = segment(dataclasses.replace(discs, targets=masks))
    assert found["forest"].value > 0.7


def test_labels_are_compared_with_frequencies_and_a_linear_map() -> None:
    catalogue = multilabel_catalogue(300)
    found = compare(catalogue)
    held = catalogue.select("test").targets.mean(0)
    assert list(found) == ["frequencies", "hog_ridge"]
    assert found["frequencies"].value == pytest.approx(held[held > 0].mean())
    assert found["hog_ridge"].value > found["frequencies"].high
    assert compare(catalogue) == found


def test_numbers_are_compared_with_the_mean_and_a_linear_map() -> None:
    catalogue = regression_catalogue(300)
    found = compare(catalogue)
    assert list(found) == ["mean", "hog_ridge"]
    assert -0.2 < found["mean"].value <= 0
    assert found["hog_ridge"].value > 0.3
    assert compare(catalogue) == found


def test_other_content_is_compared_with_what_needs_no_look() -> None:
    spec = SignalInput(channels=1, length=16, mean=(0.0,), std=(1.0,))
    for catalogue, names in ((multilabel_catalogue(40), ["frequencies"]), (regression_catalogue(40), ["mean"])):
        signals = catalogue.inputs[:, :, 0].astype(np.float32)
        assert list(compare(dataclasses.replace(catalogue, inputs=signals, spec=spec))) == names
