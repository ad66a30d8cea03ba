"""Predictions as text for people, as JSON lines, or as a table in CSV."""

import csv
import json
from collections.abc import Sequence
from typing import TextIO

from striate.kinds import TaskName
from striate.records import AnyPrediction, to_json
from striate.report.faces.table import FACES


def show_answers(
    predictions: Sequence[AnyPrediction], classes: Sequence[str], *, task: TaskName, form: str, stream: TextIO
) -> None:
    """Print one line a prediction: `form` is text, lines (JSON) or csv (with a header)."""
    face = FACES[task]
    if form == "lines":
        stream.writelines(json.dumps(to_json(prediction)) + "\n" for prediction in predictions)
    elif form == "csv":
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["name", *face.list_columns(classes)])
        writer.writerows([_utf8(one.name), *face.list_cells(one, classes)] for one in predictions)
    else:
        for one in predictions:
            stream.write(f"{_plain(one.name)}: {_plain(face.name_answer(one))}\n")


def _plain(text: str) -> str:
    """Text without control characters and without what UTF-8 cannot hold, which a file name may have."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _utf8(text: str) -> str:
    """Text with what UTF-8 cannot hold as backslash codes."""
    return text.encode("utf-8", "backslashreplace").decode()
