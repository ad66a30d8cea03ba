"""Predictions as text for people, as JSON lines, or as a table in CSV."""

import csv
import json
from collections.abc import Sequence
from typing import TextIO

from striate.records import Prediction, to_json


def show_answers(predictions: Sequence[Prediction], classes: Sequence[str], *, form: str, stream: TextIO) -> None:
    """Print one line a prediction: `form` is text, lines (JSON) or csv (with a header and a column a class)."""
    if form == "lines":
        stream.writelines(json.dumps(to_json(prediction)) + "\n" for prediction in predictions)
    elif form == "csv":
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["name", "label", "probability", *classes])
        for one in predictions:
            probabilities = [f"{one.probabilities[label]:.6f}" for label in classes]
            writer.writerow([_utf8(one.name), one.label, f"{one.probability:.6f}", *probabilities])
    else:
        for one in predictions:
            stream.write(f"{_plain(one.name)}: {_plain(one.label)} ({100 * one.probability:.1f} %)\n")


def _plain(text: str) -> str:
    """Text without control characters and without what UTF-8 cannot hold, which a file name may have."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _utf8(text: str) -> str:
    """Text with what UTF-8 cannot hold as backslash codes."""
    return text.encode("utf-8", "backslashreplace").decode()
