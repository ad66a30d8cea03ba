"""Which class is taken for which: the cells worth naming, and how strongly each cell is shaded."""

from dataclasses import dataclass

from striate.records import Evaluation

TABLE = 20  # classes that a matrix can show legibly
DEEPEST = 45  # per cent of colour under which the count stays legible, in light and dark


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """`count` examples of class `truth` (`share` of all of that class) that were taken for `answer`."""

    truth: str
    answer: str
    count: int
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A cell of the matrix: its count, whether it is on the diagonal, and its shade in per cent of the full colour."""

    count: int
    is_right: bool
    shade: int


def list_confusions(test: Evaluation, limit: int = TABLE) -> list[Confusion]:
    """List the most frequent confusions, the most frequent first; of equal ones the first classes first."""
    labels = [score.label for score in test.per_class]
    found = [
        Confusion(truth=labels[t], answer=labels[a], count=count, share=count / sum(row))
        for t, row in enumerate(test.confusion)
        for a, count in enumerate(row)
        if count and t != a
    ]
    return sorted(found, key=lambda confusion: -confusion.count)[:limit]


def shade(test: Evaluation) -> list[list[Cell]]:
    """Shade each cell by its share of the row; mistakes by the root of it, since they are few and matter most."""
    return [
        [_cell(count, sum(row), is_right=t == a) for a, count in enumerate(row)] for t, row in enumerate(test.confusion)
    ]


def _cell(count: int, total: int, *, is_right: bool) -> Cell:
    part = count / total if total else 0.0
    return Cell(
        count=count, is_right=is_right, shade=round(min(DEEPEST, DEEPEST * part if is_right else 80 * part**0.5))
    )
