"""Predictions as text for people, as JSON lines, or as a table in CSV."""

import csv
import json
from collections.abc import Iterator, Sequence
from typing import TextIO

from striate.records import AnyPrediction, BoxPrediction, Prediction, to_json

BOX = ("name", "label", "score", "x0", "y0", "x1", "y1")  # the columns of a table of boxes


def show_answers(predictions: Sequence[AnyPrediction], classes: Sequence[str], *, form: str, stream: TextIO) -> None:
    """Print predictions of one task: `form` is text (a line each), lines (JSON) or csv.

    A table has a header, and a row a prediction with a column a class, or a row a box.
    """
    if form == "lines":
        stream.writelines(json.dumps(to_json(prediction)) + "\n" for prediction in predictions)
    elif form == "csv":
        writer = csv.writer(stream, lineterminator="\n")
        boxes = any(isinstance(one, BoxPrediction) for one in predictions)
        writer.writerow(BOX if boxes else ["name", "label", "probability", *classes])
        writer.writerows(row for one in predictions for row in _rows(one, classes))
    else:
        for one in predictions:
            stream.write(f"{_plain(one.name)}: {_say(one)}\n")


def _rows(one: AnyPrediction, classes: Sequence[str]) -> Iterator[list[str]]:
    match one:
        case Prediction():
            probabilities = [f"{one.probabilities[label]:.6f}" for label in classes]
            yield [_utf8(one.name), one.label, f"{one.probability:.6f}", *probabilities]
        case BoxPrediction():
            for found in one.found:
                yield [_utf8(one.name), found.label, f"{found.score:.6f}", *(f"{side:.1f}" for side in found.box)]


def _say(one: AnyPrediction) -> str:
    match one:
        case Prediction():
            return f"{_plain(one.label)} ({100 * one.probability:.1f} %)"
        case BoxPrediction():
            each = (
                f"{_plain(found.label)} at {' '.join(f'{side:.0f}' for side in found.box)} ({100 * found.score:.1f} %)"
                for found in one.found
            )
            return ", ".join(each) or "nothing found"


def _plain(text: str) -> str:
    """Text without control characters and without what UTF-8 cannot hold, which a file name may have."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _utf8(text: str) -> str:
    """Text with what UTF-8 cannot hold as backslash codes."""
    return text.encode("utf-8", "backslashreplace").decode()
