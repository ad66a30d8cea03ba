"""What the labels of a table are: classes, several labels each, or numbers; by stated rules, which --task overrules."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import encode_labels, order_classes, show_name
from striate.data.tables.cell import ZERO_ONE, is_missing, read_number, share_of_numbers
from striate.errors import DataError
from striate.kinds import TaskName

SEPARATORS = ("|", ";", ",")
MANY_VALUES = 20  # different whole numbers, above which they may be measured rather than named
EXAMPLES_A_VALUE = 10  # below which they are
TABLE_TASKS: tuple[TaskName, ...] = ("classification", "multilabel", "regression", "transcription")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Labels:
    """Targets (M, ...) of the M sound rows of N, in the form of a Listing; why each other row (N,) has none, or ""."""

    task: TaskName
    classes: tuple[str, ...]
    targets: NDArray[Any] | tuple[str, ...]
    faults: tuple[str, ...]
    said: str


def read_labels(
    cells: Sequence[Sequence[str]], names: Sequence[str], task: TaskName | None, *, decimal_comma: bool = False
) -> Labels:
    """Read the D columns of labels `names` of N rows, `cells` (N, D), as the task says, else as they look.

    One column holds numbers (regression) when all its cells are numbers of which some have a fraction, or of which
    more than 20 differ with fewer than 10 examples each; several labels each (multilabel) when its cells are JSON
    lists, or texts joined by | or ; or by commas whose parts recombine; else classes. Several columns of 0 and 1 are
    labels of which several may apply, or classes where every row has exactly one 1; other columns are numbers.
    Raises DataError for a task that no table can tell.
    """
    if task is not None and task not in TABLE_TASKS:
        raise DataError(
            f"a table holds labels for {', '.join(TABLE_TASKS)}",
            got=f"--task {task}",
            fix="give boxes or masks in a format of their own, such as COCO, VOC or YOLO",
        )
    if len(names) > 1:
        return _read_columns(cells, names, task, decimal_comma)
    column, name = [row[0] for row in cells], names[0]
    match task or guess_task(column, decimal_comma=decimal_comma):
        case "regression":
            return _read_numbers(cells, names, _say_numbers(column, name, decimal_comma), decimal_comma)
        case "multilabel":
            return _read_lists(column, name, find_separator(column, sure=task is None))
        case "transcription":
            return _read_texts(column, name)
    return _read_classes(column, f"{name} holds the classes")


def guess_task(column: Sequence[str], *, decimal_comma: bool = False) -> TaskName:
    """Tell what a column of labels is for by its cells.

    >>> guess_task(["1", "2", "1"]), guess_task(["1.5", "2", "3"]), guess_task(["cat;dog", "dog"])
    ('classification', 'regression', 'multilabel')
    """
    if _measured(list(column), decimal_comma):
        return "regression"
    return "multilabel" if find_separator(column, sure=True) else "classification"


def find_separator(column: Sequence[str], *, sure: bool) -> str:
    """Tell how cells join several labels: "json", "|", ";", ","; "" where they do not.

    A comma joins them where its parts recombine, so that there are fewer of them than cells; if not `sure`, always.
    """
    there = [cell.strip() for cell in column if cell.strip()]
    if there and sum(_read_list(cell) is not None for cell in there) > len(there) / 2:
        return "json"
    for separator in SEPARATORS[:2]:
        if any(separator in cell for cell in there):
            return separator
    parts = {part.strip() for cell in there for part in cell.split(",")}
    if any("," in cell for cell in there) and (not sure or len(parts) < len(set(there))):
        return ","
    return ""


def _measured(column: list[str], decimal_comma: bool) -> str:
    """Say why numbers are measured values rather than names of classes; "" where they are not."""
    if share_of_numbers(column, decimal_comma=decimal_comma) < 0.95:
        return ""
    values = [value for cell in column if (value := read_number(cell, decimal_comma=decimal_comma)) is not None]
    if any(value % 1 for value in values):
        return "its numbers have fractions"
    different = len(set(values))
    if different > MANY_VALUES and len(values) < EXAMPLES_A_VALUE * different:
        return f"it holds {different} different numbers, on average fewer than {EXAMPLES_A_VALUE} times each"
    return ""


def _say_numbers(column: list[str], name: str, decimal_comma: bool) -> str:
    why = _measured(column, decimal_comma)
    other = f", since {why}; --task classification takes each value as a class" if why else ""
    return f"{name} is a number to predict{other}"


def _read_columns(
    cells: Sequence[Sequence[str]], names: Sequence[str], task: TaskName | None, decimal_comma: bool
) -> Labels:
    """Read several columns: flags, or numbers."""
    flags = all(cell.strip().lower() in ZERO_ONE or not cell.strip() for row in cells for cell in row)
    if task == "regression" or not flags:
        if task not in (None, "regression"):
            raise DataError(
                f"several columns for {task} hold 0 and 1",
                got=", ".join(names),
                fix="name one column with --labels, or use --task regression",
            )
        return _read_numbers(cells, names, f"{', '.join(names)} are numbers to predict", decimal_comma)
    faults = tuple(_name_empty(row, names) for row in cells)
    values = np.array(
        [
            [ZERO_ONE[cell.strip().lower()] for cell in row]
            for row, fault in zip(cells, faults, strict=True)
            if not fault
        ],
        np.uint8,
    ).reshape(-1, len(names))
    one_each = bool(len(values)) and bool((values.sum(axis=1) == 1).all())
    if task == "classification" and not one_each:
        raise DataError(
            "columns of 0 and 1 for classification have exactly one 1 a row",
            got=f"{int((values.sum(axis=1) != 1).sum())} other rows in {', '.join(names)}",
            fix="use --task multilabel, or name one column with --labels",
        )
    shown = ", ".join(names)
    if one_each and task != "multilabel":
        said = f"{shown} hold exactly one 1 in every row: the class; --task multilabel takes them as labels"
        return Labels(
            task="classification",
            classes=tuple(names),
            targets=values.argmax(axis=1).astype(np.int64),
            faults=faults,
            said=said,
        )
    said = f"{shown} hold 0 or 1: labels, of which several may apply"
    return Labels(task="multilabel", classes=tuple(names), targets=values, faults=faults, said=said)


def _read_numbers(cells: Sequence[Sequence[str]], names: Sequence[str], said: str, decimal_comma: bool) -> Labels:
    faults: list[str] = []
    values: list[list[float]] = []
    for row in cells:
        numbers = [read_number(cell, decimal_comma=decimal_comma) for cell in row]
        odd = [i for i, number in enumerate(numbers) if number is None]
        faults.append("" if not odd else _name_odd(row[odd[0]], names[odd[0]]))
        if not odd:
            values.append([number for number in numbers if number is not None])
    targets = np.array(values, np.float32).reshape(-1, len(names))
    return Labels(task="regression", classes=tuple(names), targets=targets, faults=tuple(faults), said=said)


def _read_classes(column: Sequence[str], said: str) -> Labels:
    words = [show_name(cell) for cell in _unpad(column)]
    faults = tuple("" if word.strip() else "has no label" for word in words)
    there = [word for word in words if word.strip()]
    classes = order_classes(there)
    return Labels(
        task="classification", classes=classes, targets=encode_labels(there, classes), faults=faults, said=said
    )


def _read_lists(column: Sequence[str], name: str, separator: str) -> Labels:
    """Read cells that each join several labels."""
    faults: list[str] = []
    rows: list[list[str]] = []
    for cell in column:
        parts = _split_labels(cell, separator)
        faults.append(parts if isinstance(parts, str) else "")
        if not isinstance(parts, str):
            rows.append(parts)
    classes = order_classes(part for row in rows for part in row)
    place = {word: i for i, word in enumerate(classes)}
    targets = np.zeros((len(rows), len(classes)), np.uint8)
    for i, row in enumerate(rows):
        targets[i, [place[part] for part in row]] = 1
    how = {"json": "JSON lists", "": "one label each"}
    said = (
        f"{name} holds {how.get(separator, f'labels separated by {separator!r}')}, of which several may apply;"
        " --task classification takes each cell as one class"
    )
    return Labels(task="multilabel", classes=classes, targets=targets, faults=tuple(faults), said=said)


def _read_texts(column: Sequence[str], name: str) -> Labels:
    faults = tuple("" if cell.strip() else "has no text" for cell in column)
    texts = tuple(show_name(cell.strip()) for cell in column if cell.strip())
    symbols = tuple(sorted(Counter("".join(texts))))
    said = f"{name} holds the texts to read"
    return Labels(task="transcription", classes=symbols, targets=texts, faults=faults, said=said)


def _split_labels(cell: str, separator: str) -> list[str] | str:
    """Give the labels of a cell, none for an empty list; why there are none for an empty cell or a broken list."""
    text = cell.strip()
    if not text:
        return "has no label (write [] where none applies)"
    listed = _read_list(text)
    if listed is not None:
        return listed
    if separator == "json":
        return f"has labels that are no JSON list: {text:.40}"
    parts = text.split(separator or None) if separator else [text]
    return list(dict.fromkeys(show_name(part.strip()) for part in parts if part.strip()))


def _read_list(text: str) -> list[str] | None:
    """Read a JSON list of labels; None for anything else."""
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not all(isinstance(item, str | int) for item in found):
        return None
    return list(dict.fromkeys(show_name(str(item).strip()) for item in found))


def _unpad(column: Sequence[str]) -> list[str]:
    """Take away spaces around cells where every cell has one, as "a, b" is written; else they are part of the names."""
    padded = all(cell[:1] == " " for cell in column if cell.strip())
    return [cell[1:] if padded else cell for cell in column]


def _name_empty(row: Sequence[str], names: Sequence[str]) -> str:
    empty = [name for cell, name in zip(row, names, strict=True) if not cell.strip()]
    return f"has nothing under {', '.join(empty)}" if empty else ""


def _name_odd(cell: str, name: str) -> str:
    return f"has no number under {name}" if is_missing(cell) else f"has {cell.strip()!r:.40} under {name}, no number"
