"""Files whose names tell the splits of one set: TREC.train.all and TREC.test.all, Gun_TRAIN.ts and Gun_TEST.ts."""

import re
from collections.abc import Sequence
from pathlib import Path

from striate.data.listing import TRAIN, split_role
from striate.errors import DataError

APART = re.compile(r"[-_. ]+")


def name_set(file: Path) -> tuple[str, str]:
    """Give the name of the set that a file belongs to, and its split; "" where its name tells none or several.

    >>> name_set(Path("x/TREC.train.all")), name_set(Path("Gun_TEST.ts")), name_set(Path("reviews.txt"))
    (('TREC.all', 'train'), ('Gun.ts', 'test'), ('reviews.txt', ''))
    """
    parts = APART.split(file.name)
    roles = [role for part in parts if (role := split_role(part))]
    return ".".join(part for part in parts if not split_role(part)), roles[0] if len(roles) == 1 else ""


def read_file_splits(files: Sequence[Path], *, source: str, what: str) -> dict[Path, str]:
    """Give each file of one set its split, "" to one file alone; `what` says what they hold.

    Raises DataError where they are of several sets, or not one a split with one of training.
    """
    if len(files) == 1:
        return {files[0]: ""}
    sets: dict[str, dict[Path, str]] = {}
    for file in files:
        name, split = name_set(file)
        sets.setdefault(name, {})[file] = split
    one = next(iter(sets.values()), {})
    roles = list(one.values())
    if len(sets) == 1 and all(roles) and len(set(roles)) == len(roles) and TRAIN in roles:
        return one
    said = "; and ".join(", ".join(file.name for file in found) for found in sets.values()) or "none"
    raise DataError(
        f"a folder holds one set of {what}, in one file or in one a split, named train, validation, test",
        got=f"{source} with {said}",
        fix="give the path of one file, or a folder with the files of one set alone",
    )
