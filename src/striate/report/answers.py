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
            writer.writerow([one.name, one.label, f"{one.probability:.6f}", *probabilities])
    else:
        stream.writelines(f"{one.name}: {one.label} ({100 * one.probability:.1f} %)\n" for one in predictions)
