"""Cells: typed values written as text, and text read as numbers, by rules that are stated and never guessed."""

import json
import math
import re

ZERO_ONE = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
CODE = re.compile(r"[+-]?0[0-9]+")  # a zero in front of a whole number: a name such as 007
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-", "?"))


def write_cell(value: object) -> str:
    """Write a value as the text of a cell: nothing for None and not-a-number, JSON for lists and objects.

    >>> [write_cell(value) for value in (None, 2.0, True, ["a", "b"], float("nan"))]
    ['', '2', 'true', '["a", "b"]', '']
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case float():
            whole = value.is_integer() and abs(value) < 2**53
            return "" if math.isnan(value) else str(int(value)) if whole else repr(value)
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def read_number(cell: str, *, decimal_comma: bool = False) -> float | None:
    """Read a finite number; None for anything else, codes such as 007 included.

    >>> [read_number(cell) for cell in ("1.5", " -2e3", "007", "1_000", "inf", "1,5")]
    [1.5, -2000.0, None, None, None, None]
    """
    text = cell.strip()
    if decimal_comma and DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not NUMBER.fullmatch(text) or CODE.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def is_missing(cell: str) -> bool:
    """Tell whether a cell of a column of numbers says that there is none."""
    return cell.strip().lower() in MISSING


def share_of_numbers(cells: list[str], *, decimal_comma: bool = False) -> float:
    """Give which share of the cells that are not missing are numbers; 0 where all are missing."""
    there = [cell for cell in cells if not is_missing(cell)]
    numbers = sum(read_number(cell, decimal_comma=decimal_comma) is not None for cell in there)
    return numbers / len(there) if there else 0.0
