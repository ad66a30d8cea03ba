"""Names of classes that look the same to a person: another case, another space, another way to write an accent."""

import unicodedata
from collections.abc import Iterable

from striate.data.listing import note
from striate.records import Notice


def find_similar(classes: Iterable[str]) -> tuple[Notice, ...]:
    """Give a notice naming the classes that differ only in case, spaces or form of letters; none are merged.

    >>> find_similar(["cat", "Cat ", "dog"])[0].names
    ("'cat'", "'Cat '")
    """
    alike: dict[str, list[str]] = {}
    for name in classes:
        folded = unicodedata.normalize("NFKC", name).casefold()
        alike.setdefault("".join(folded.split()), []).append(name)
    names = [repr(name) for group in alike.values() if len(group) > 1 for name in group]
    return note("classes whose names differ only in case or spaces, kept apart; rename them if they are one", names)
