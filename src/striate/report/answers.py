"""Predictions as text for people, as JSON lines, or as a table in CSV."""

import csv
import json
from collections.abc import Sequence
from typing import TextIO, assert_never

from striate.kinds import TaskName
from striate.records import AnyPrediction, LabelsPrediction, MaskPrediction, Prediction, ValuesPrediction, to_json


def show_answers(
    predictions: Sequence[AnyPrediction],
    classes: Sequence[str],
    *,
    form: str,
    stream: TextIO,
    task: TaskName = "classification",
) -> None:
    """Print one line a prediction: `form` is text, lines (JSON) or csv (with a header and a column a class)."""
    if form == "lines":
        stream.writelines(json.dumps(to_json(prediction)) + "\n" for prediction in predictions)
    elif form == "csv":
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["name", *COLUMNS.get(task, ()), *classes])
        writer.writerows([_utf8(one.name), *_cells(one, classes)] for one in predictions)
    else:
        stream.writelines(f"{_plain(one.name)}: {_plain(_say(one))}\n" for one in predictions)


COLUMNS: dict[TaskName, tuple[str, ...]] = {
    "classification": ("label", "probability"),
    "multilabel": ("labels",),
    "segmentation": ("height", "width"),
}


def _cells(one: AnyPrediction, classes: Sequence[str]) -> list[str | int]:
    """Give the columns of its task, then one number a class."""
    match one:
        case Prediction():
            return [one.label, f"{one.probability:.6f}", *(f"{one.probabilities[label]:.6f}" for label in classes)]
        case MaskPrediction():
            return [*one.size, *(f"{one.shares[label]:.6f}" for label in classes)]
        case LabelsPrediction():
            return [";".join(one.labels), *(f"{one.probabilities[label]:.6f}" for label in classes)]
        case ValuesPrediction():
            return [f"{one.values[label]:.9g}" for label in classes]
        case _:
            assert_never(one)


def _say(one: AnyPrediction) -> str:
    match one:
        case Prediction():
            return f"{one.label} ({100 * one.probability:.1f} %)"
        case MaskPrediction():
            there = {label: share for label, share in one.shares.items() if share > 0}
            return ", ".join(f"{label} {100 * share:.1f} %" for label, share in there.items())
        case LabelsPrediction():
            return ", ".join(f"{label} ({100 * one.probabilities[label]:.1f} %)" for label in one.labels) or "no label"
        case ValuesPrediction():
            return ", ".join(f"{label} {value:.6g}" for label, value in one.values.items())
        case _:
            assert_never(one)


def _plain(text: str) -> str:
    """Text without control characters and without what UTF-8 cannot hold, which a file name may have."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _utf8(text: str) -> str:
    """Text with what UTF-8 cannot hold as backslash codes."""
    return text.encode("utf-8", "backslashreplace").decode()
