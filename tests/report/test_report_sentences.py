"""Sentences follow from the record by the rules that `sentence` states."""

import pytest

from striate.records import Calibration, CalibrationBin, Interval
from striate.report import sentence
from striate.report.faces import classification


@pytest.mark.parametrize(
    ("losses", "best", "words"),
    [
        ([(1.0, 0.9, 0.5), (0.5, 0.5, 0.7), (0.2, 0.6, 0.69)], 2, "lowest in epoch 2, and ends 20.0 % above"),
        ([(1.0, 0.9, 0.5), (0.5, 0.5, 0.7), (0.3, 0.56, 0.7)], 3, ""),
        ([(1.0, 0.9, 0.5), (0.1, 0.6, 0.4)], 1, "far above the training loss"),
        ([(1.0, 0.9, 0.5), (0.1, 0.6, 0.7)], 2, "still rising"),
        ([(1.0, 0.9, 0.5), (0.5, 0.55, 0.7)], 2, "still rising"),
        ([(1.0, 0.9, 0.7), (0.5, 0.55, 0.7)], 2, ""),
        ([(0.01, 0.05, 0.99), (0.01, 0.05, 0.99)], 2, ""),
        ([(1.0, float("nan"), 0.7), (0.5, 0.55, 0.7)], 2, ""),
        ([(1.0, 0.9, 0.5)], 1, ""),
        ([], 0, ""),
    ],
)
def test_advice_shows_only_where_the_curves_call_for_it(build, epochs, losses, best, words):
    advice = sentence.advise(build(history=epochs(losses), best_epoch=best))
    assert (words in advice) if words else advice == ""


@pytest.mark.parametrize(
    ("low", "value", "high", "words"),
    [
        (0.7, 0.75, 0.8, "by 15.0 points"),
        (0.6, 0.65, 0.7, "cannot be told apart"),
        (0.4, 0.45, 0.5, "use it, or train"),
    ],
)
def test_comparison_goes_by_the_intervals(run, low, value, high, words):
    accuracy = Interval(value=value, low=low, high=high, n=300)
    assert words in sentence.compare(accuracy, run.baselines)


@pytest.mark.parametrize(
    ("confidence", "accuracy", "words"),
    [
        ((0.9,), (0.7,), "too sure of itself"),
        ((0.7,), (0.9,), "too cautious"),
        ((0.6, 0.9), (0.5, 1.0), "some too high"),
    ],
)
def test_calibration_says_to_which_side(confidence, accuracy, words):
    bins = tuple(CalibrationBin(confidence=c, accuracy=a, n=50) for c, a in zip(confidence, accuracy, strict=True))
    error = sum(abs(part.confidence - part.accuracy) for part in bins) / len(bins)
    interval = Interval(value=error, low=0.01, high=1.0, n=50 * len(bins))
    assert words in classification.tell_calibration(Calibration(error=interval, bins=bins))


def test_calibration_may_be_chance():
    interval = Interval(value=0.02, low=0.0, high=0.04, n=100)
    bins = (CalibrationBin(confidence=0.9, accuracy=0.92, n=100),)
    assert "no more than chance" in classification.tell_calibration(Calibration(error=interval, bins=bins))


def test_worst_class_is_named_with_its_double(run):
    worst = min(run.test.per_class, key=lambda score: score.recall.value)
    row = run.test.confusion[[score.label for score in run.test.per_class].index(worst.label)]
    assert classification.tell_worst(run.test).startswith(f"Hardest to find is {worst.label}")
    assert str(sorted(row)[-2]) in classification.tell_worst(run.test)
