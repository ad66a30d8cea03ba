"""Labels as arrays: what they ask for is told by shape and values, said outright where it is in doubt."""

from typing import Any

import numpy as np
import pytest

from striate.data.align import align_classes
from striate.data.listing import VOID
from striate.data.open import open_data
from striate.errors import DataError

N = 40
RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (N, 8, 12, 3), dtype=np.uint8)
WHOLE = np.arange(N) % 4
FRACTIONS = RANDOM.normal(size=N)
SEVERAL = (RANDOM.random((N, 3)) < 0.5).astype(np.int64)
MASKS = RANDOM.integers(0, 3, (N, 8, 12))


@pytest.mark.parametrize(
    ("labels", "asked", "task", "classes"),
    [
        (WHOLE, None, "classification", ("0", "1", "2", "3")),
        (WHOLE.astype(float), None, "classification", ("0", "1", "2", "3")),
        (WHOLE, "regression", "regression", ("value",)),
        (FRACTIONS, None, "regression", ("value",)),
        (FRACTIONS[:, None], None, "regression", ("value",)),
        (np.stack([FRACTIONS, WHOLE], 1), None, "regression", ("value 0", "value 1")),
        (SEVERAL, None, "multilabel", ("0", "1", "2")),
        (SEVERAL.astype(bool), None, "multilabel", ("0", "1", "2")),
        (SEVERAL.astype(np.float32), None, "multilabel", ("0", "1", "2")),
        (np.eye(4)[WHOLE], "multilabel", "multilabel", ("0", "1", "2", "3")),
        (MASKS, None, "segmentation", ("0", "1", "2")),
        (7 * (MASKS > 1), None, "segmentation", ("0", "7")),
    ],
)
def test_task_follows_from_the_labels(labels: Any, asked: Any, task: str, classes: tuple[str, ...]) -> None:
    catalogue = open_data((PICTURES, labels), task=asked)
    assert (catalogue.task, catalogue.classes) == (task, classes)
    assert len(catalogue.targets) == catalogue.ledger.used == N
    kinds = {"classification": np.int64, "multilabel": np.uint8, "regression": np.float32, "segmentation": np.uint8}
    assert catalogue.targets.dtype == kinds[task]
    if task == "regression":
        np.testing.assert_allclose(catalogue.targets, np.reshape(labels, (N, -1)), rtol=1e-6)
    if task == "multilabel":
        assert (catalogue.targets == labels).all()


def test_masks_follow_their_pictures() -> None:
    catalogue = open_data((PICTURES, MASKS), size=(16, 16))
    assert catalogue.targets.shape == (N, 16, 16)
    inner = catalogue.targets[:, 2:-3]  # 8x12 becomes 11x16 within 16x16
    assert (catalogue.targets[:, 0] == VOID).all() and (catalogue.targets[:, -1] == VOID).all()
    assert set(np.unique(inner)) == {0, 1, 2}
    same = open_data((PICTURES, MASKS))
    assert (same.targets == MASKS).all()


@pytest.mark.parametrize(("high", "void"), [(True, True), (False, False)])
def test_255_is_void_only_beside_other_classes(high: bool, void: bool) -> None:
    masks = np.where(RANDOM.random(MASKS.shape) < 0.1, 255, MASKS if high else 0)
    catalogue = open_data((PICTURES, masks))
    assert catalogue.classes == (("0", "1", "2") if high else ("0", "255"))
    assert (catalogue.targets == VOID).any() == void


def test_the_background_keeps_its_place() -> None:
    """Class 0 is there although no pixel holds it: what comes first is what does not count."""
    assert open_data((PICTURES, MASKS + 1)).classes == ("0", "1", "2", "3")


@pytest.mark.parametrize(
    ("labels", "asked", "message"),
    [
        (np.eye(4)[WHOLE], None, "single 1 in every row.*argmax.*multilabel"),
        (SEVERAL + 1, "multilabel", r"\(N, K\) of 0 and 1"),
        (SEVERAL + 1, None, "whole numbers or text"),
        (WHOLE.astype(str), "regression", "numbers to predict"),
        (MASKS[:, :4], "segmentation", "as large as the pictures"),
        (MASKS[:, :4], None, "whole numbers or text"),
        (MASKS - 1, None, "from 0 on"),
        (RANDOM.integers(0, 2000, MASKS.shape), None, "at most 255 classes"),
        (MASKS, "detection", "arrays are read for"),
    ],
)
def test_what_is_none_of_these_is_an_error(labels: Any, asked: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        open_data((PICTURES, labels), task=asked)


def test_labels_that_are_no_number_are_refused_by_name() -> None:
    labels = FRACTIONS.copy()
    labels[[3, 30]] = np.nan, np.inf
    catalogue = open_data((PICTURES, labels))
    assert [(one.name, one.reason) for one in catalogue.ledger.refusals] == [
        ("images[3]", "has a label of not-a-number or infinity"),
        ("images[30]", "has a label of not-a-number or infinity"),
    ]
    assert len(catalogue.targets) == N - 2 == catalogue.ledger.used
    assert np.isfinite(catalogue.targets).all()


@pytest.mark.parametrize("labels", [SEVERAL, MASKS, np.stack([FRACTIONS, WHOLE], 1)])
def test_splits_and_fingerprint_follow_the_targets(labels: Any) -> None:
    first, again, other = (open_data((PICTURES, given)) for given in (labels, labels, labels[::-1]))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert all(2 <= (first.splits == name).sum() <= 12 for name in ("validation", "test"))  # 15 % by lot


@pytest.mark.parametrize(
    ("labels", "known", "targets"),
    [
        (SEVERAL, ("2", "x", "0", "1"), lambda t: np.stack([t[:, 2], 0 * t[:, 0], t[:, 0], t[:, 1]], 1)),
        (np.stack([FRACTIONS, WHOLE], 1), ("value 1", "value 0"), lambda t: t[:, ::-1]),
        (MASKS, ("0", "x", "2", "1"), lambda t: np.choose(t, [0, 3, 2])),
        (WHOLE, ("3", "2", "1", "0"), lambda t: 3 - t),
    ],
)
def test_targets_count_into_the_classes_of_a_model(labels: Any, known: tuple[str, ...], targets: Any) -> None:
    catalogue = open_data((PICTURES, labels))
    aligned = align_classes(catalogue, known)
    assert aligned.classes == known
    np.testing.assert_array_equal(aligned.targets, targets(catalogue.targets))


def test_void_is_no_class_of_a_model() -> None:
    masks = np.where(RANDOM.random(MASKS.shape) < 0.1, 255, MASKS)
    catalogue = open_data((PICTURES, masks))
    aligned = align_classes(catalogue, ("x", "0", "1", "2"))
    np.testing.assert_array_equal(aligned.targets == VOID, catalogue.targets == VOID)


def test_missing_numbers_are_an_error() -> None:
    catalogue = open_data((PICTURES, FRACTIONS))
    with pytest.raises(DataError, match=r"each number.*other"):
        align_classes(catalogue, ("value", "other"))
