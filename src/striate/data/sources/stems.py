"""What file names say beside their endings: fields such as 7, jackson and 32 in `7_jackson_32.wav`.

A field whose few values come again and again may be the label, or tell who or what was recorded; one that only counts
up is a number of takes. Which is which no name can prove, so what is taken for what is always said.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from striate.data.listing import order_classes
from striate.errors import UsageError

SEPARATORS = re.compile(r"[_\-. ]+")
COUNTED = re.compile(r"(.*?\D)[_\-. ]*\(?([0-9]+)\)?")  # words and a number: polar-bear-012, dog7, dog (7)
SAME = 0.95  # of the names have the usual number of fields
LEAST, OFTEN = 2, 5  # values of a field that repeats; how often each comes, on average
SHOWN = 4  # values that a notice names


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """The values (N,) of field `number`, from 1 on, of N file names; "" where a name has other fields."""

    number: int
    values: tuple[str, ...]

    @property
    def distinct(self) -> tuple[str, ...]:
        """The different values, most frequent first."""
        return tuple(value for value, _ in Counter(value for value in self.values if value).most_common())

    @property
    def repeats(self) -> bool:
        """Whether few values come again and again."""
        n = sum(value != "" for value in self.values)
        return LEAST <= len(self.distinct) <= n / OFTEN

    @property
    def is_number(self) -> bool:
        """Whether all values are whole numbers."""
        return all(value.isdecimal() for value in self.distinct)

    def describe(self) -> str:
        """Say what the field holds.

        >>> Field(number=2, values=("ann", "bob") * 5).describe()
        'field 2 (ann, bob)'
        """
        values = order_classes(self.distinct)
        more = f", ... {len(values)} in all" if len(values) > SHOWN else ""
        return f"field {self.number} ({', '.join(values[:SHOWN])}{more})"


def read_fields(stems: Sequence[str]) -> tuple[Field, ...]:
    """Take N names without endings apart at _ - . and spaces; where that gives no common form, into words and a number.

    >>> [field.values for field in read_fields(["7_ann_0", "7_bob_1"])]
    [('7', '7'), ('ann', 'bob'), ('0', '1')]
    >>> [field.values for field in read_fields(["dog-1", "polar-bear-2"])]
    [('dog', 'polar-bear'), ('1', '2')]
    """
    for apart in (_separate, _count_off):
        parts = [apart(stem) for stem in stems]
        usual, often = Counter(map(len, parts)).most_common(1)[0] if parts else (0, 0)
        if usual > 1 and often >= SAME * len(stems):
            whole = [part if len(part) == usual else ("",) * usual for part in parts]
            return tuple(Field(number=i + 1, values=values) for i, values in enumerate(zip(*whole, strict=True)))
    return ()


def find_labels(fields: Sequence[Field], asked: str | None) -> Field | None:
    """Give the field that holds the labels: the one that is asked for, else the first that repeats; None: none does.

    `asked` is its number, or some of its values. Raises UsageError where it names none.
    """
    if asked is None:
        return next((field for field in fields if field.repeats), None)
    return choose_field(fields, asked, "--labels")


def find_speakers(fields: Sequence[Field], labels: Field | None) -> tuple[Field, ...]:
    """Give the fields other than `labels` that repeat, those of words first: they may tell who or what was recorded."""
    others = [field for field in fields if field is not labels and field.repeats]
    return tuple(sorted(others, key=lambda field: field.is_number))


def choose_field(fields: Sequence[Field], asked: str, option: str) -> Field:
    """Give the field that a number or some of its values, with commas between them, names; raises UsageError."""
    words = [word.strip() for word in asked.split(",")]
    chosen = [field for field in fields if asked.strip() == str(field.number)]
    chosen = chosen or [field for field in fields if set(words) <= set(field.distinct)]
    if len(chosen) != 1:
        what = "; ".join(field.describe() for field in fields) or "names that have none in common"
        raise UsageError(
            f"{option} names a field of the file names, by its number or some of its values",
            got=f"{asked!r} for {what}",
            fix=f"write {option} with a number up to {len(fields)}" if fields else f"leave {option} out",
        )
    return chosen[0]


def _separate(stem: str) -> tuple[str, ...]:
    return tuple(part for part in SEPARATORS.split(stem) if part)


def _count_off(stem: str) -> tuple[str, ...]:
    match = COUNTED.fullmatch(stem)
    return () if match is None else (SEPARATORS.sub("-", match[1]).strip("-"), match[2])
