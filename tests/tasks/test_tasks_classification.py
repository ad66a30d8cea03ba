"""Every figure of an evaluation against scikit-learn or against numbers worked out by hand."""

import math
import time

import numpy as np
import pytest
import torch
from sklearn import metrics

from striate.errors import ShapeError
from striate.records import ImageInput, share
from striate.tasks import classification
from striate.tasks.calibration import calibrate

CLASSES = ("a", "b", "c", "d", "never")
SPEC = ImageInput(channels=1, height=4, width=4, mean=(0.0,), std=(1.0,))


def judge(probabilities, labels, classes=CLASSES):
    n = len(labels)
    pictures = np.arange(n, dtype=np.uint8)[:, None, None, None].repeat(4, 2).repeat(4, 3)
    names = [f"{i}.png" for i in range(n)]
    return classification.measure(
        probabilities, labels, classes=classes, names=names, inputs=pictures, spec=SPEC, split="test"
    )


@pytest.fixture
def answers():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 4, 200)  # the fifth class has no example
    logits = torch.tensor(rng.normal(size=(200, 5)) + 2 * np.eye(5)[labels])
    return classification.decode(logits), labels


def test_figures_are_scikit_learns(answers):
    probabilities, labels = answers
    seen, predicted = judge(probabilities, labels), probabilities.argmax(1)
    precision, recall, f1, n = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(5), zero_division=np.nan
    )
    assert seen.accuracy.value == metrics.accuracy_score(labels, predicted)
    assert seen.loss == pytest.approx(metrics.log_loss(labels, probabilities, labels=range(5)), rel=1e-12)
    assert np.array_equal(seen.confusion, metrics.confusion_matrix(labels, predicted, labels=range(5)))
    assert [score.recall.n for score in seen.per_class] == n.tolist()
    np.testing.assert_allclose([score.recall.value for score in seen.per_class], recall)
    np.testing.assert_allclose([score.precision.value for score in seen.per_class], precision)
    np.testing.assert_allclose([score.f1 for score in seen.per_class], np.nan_to_num(f1))


def test_intervals_are_wilsons(answers):
    seen = judge(*answers)
    assert seen.accuracy == share(sum(seen.confusion[k][k] for k in range(5)), 200)
    assert (round(share(81, 263).low, 4), round(share(81, 263).high, 4)) == (0.2553, 0.3662)  # Newcombe 1998, table I
    assert (round(share(0, 20).low, 4), round(share(0, 20).high, 4)) == (0.0, 0.1611)


def test_loss_is_cross_entropy_with_smoothing():
    logits, labels = torch.tensor([[2.0, 0.0]]), torch.tensor([0])
    right, wrong = math.log(1 + math.exp(-2)), math.log(1 + math.exp(2))
    assert classification.loss(logits, labels).item() == pytest.approx(right)
    assert classification.loss(logits, labels, smoothing=0.2).item() == pytest.approx(0.9 * right + 0.1 * wrong)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_decode_gives_float64_that_sums_to_one(dtype):
    found = classification.decode(torch.tensor([[60.0, 0.0, -60.0]], dtype=dtype, requires_grad=True))
    assert found.dtype == np.float64 and found.sum() == pytest.approx(1, abs=1e-15)
    assert 0 < found[0, 2] < 1e-50


def test_certain_and_wrong_costs_much_but_not_infinity():
    assert 700 < judge(np.array([[1.0, 0, 0, 0, 0]]), np.array([1])).loss < 709


def test_mistakes_come_most_confident_first(answers):
    probabilities, labels = answers
    mistakes = judge(probabilities, labels).mistakes
    confidences = [mistake.probability for mistake in mistakes]
    assert confidences == sorted(confidences, reverse=True) and len(mistakes) == 24
    wrong = probabilities.argmax(1) != labels
    assert confidences[0] == probabilities[wrong].max()
    first = int(mistakes[0].name.removesuffix(".png"))
    assert mistakes[0].truth == CLASSES[labels[first]] and mistakes[0].truth != mistakes[0].answer
    assert mistakes[0].truth_probability == probabilities[first, labels[first]]
    assert mistakes[0].picture.startswith("data:image/png;base64,")


def test_calibration_by_hand():
    # 30 answers in 15 bins of 2: of those at 0.6 half are right, of those at 0.9 all
    confidence = np.array([0.6] * 14 + [0.9] * 16)
    right = np.array([True, False] * 7 + [True] * 16)
    found = calibrate(confidence, right)
    assert found.error.value == pytest.approx((14 * 0.1 + 16 * 0.1) / 30)
    assert [part.n for part in found.bins] == [2] * 15
    assert found.bins[0].accuracy == 0.5 and found.bins[-1].accuracy == 1.0
    assert found.bins[0].confidence == pytest.approx(0.6)


def test_calibration_does_not_depend_on_order():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 500)
    right = rng.random(500) < confidence
    order = rng.permutation(500)
    assert calibrate(confidence, right) == calibrate(confidence[order], right[order])


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.1])
def test_interval_holds_the_true_error(gap):
    """Confidence c, right with c - gap: the true error is the gap; about 95 of 100 intervals should hold it."""
    rng, held = np.random.default_rng(0), 0
    for _ in range(100):
        confidence = rng.uniform(0.5, 0.95, 1000)
        error = calibrate(confidence, rng.random(1000) < confidence - gap).error
        held += error.low <= gap <= error.high
        assert error.low <= error.value <= error.high
    assert held >= 91


def test_interval_is_seeded():
    confidence = np.random.default_rng(0).uniform(0.5, 0.95, 1000)
    assert calibrate(confidence, confidence > 0.7) == calibrate(confidence, confidence > 0.7)


def test_calibration_of_few_and_of_many():
    assert calibrate(np.array([0.8]), np.array([True])).error.value == pytest.approx(0.2)
    started = time.process_time()
    calibrate(np.random.default_rng(0).uniform(0, 1, 10_000), np.ones(10_000, bool))
    assert time.process_time() - started < 2


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match="fit together"):
        judge(np.ones((2, 4)) / 4, np.array([0, 1]))
    with pytest.raises(ShapeError, match="not empty"):
        judge(np.ones((0, 5)), np.array([], int))
