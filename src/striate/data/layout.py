"""What the names of folders say: root/[split]/class/.../file, or root/class/split/.../file."""

from collections.abc import Iterable
from dataclasses import dataclass

from striate.data.listing import TRAIN, split_role
from striate.data.walk import Walk


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Which folder names the class and which the split, as places in a file's path below the root.

    `parts` are the paths of all files; `inside` (n,) counts into them: files in a class folder; `outside` the others.
    """

    class_at: int
    split_at: int | None
    parts: tuple[tuple[str, ...], ...]
    inside: tuple[int, ...]
    outside: tuple[int, ...]

    @property
    def classes(self) -> set[str]:
        """The names of the class folders that hold a file."""
        return {self.parts[i][self.class_at] for i in self.inside}

    def split_of(self, i: int) -> str:
        """Give the split of file `i`, "" where none is given."""
        return "" if self.split_at is None else split_role(self.parts[i][self.split_at])


def read_layout(met: Walk) -> Layout:
    """Tell classes and splits by the names of folders.

    Top folders count as splits when all of them carry split names (train, val, test, ... in any spelling), or when
    train and another split are among them, and train holds folders. Split folders below every class folder count, too.
    Files that lie in no class folder, or beside the splits, are outside.
    """
    root = len(met.root.parts)
    parts = tuple(path.parts[root:] for path in met.files)
    folders = [path.parts[root:] for path in met.folders[1:]]
    class_at, split_at = _find_levels(folders)
    inside = [
        i
        for i, names in enumerate(parts)
        if len(names) > 1 + max(class_at, split_at or 0) and (split_at is None or split_role(names[split_at]))
    ]
    apart = sorted(set(range(len(parts))) - set(inside))
    return Layout(class_at=class_at, split_at=split_at, parts=parts, inside=tuple(inside), outside=tuple(apart))


def empty_classes(met: Walk, layout: Layout) -> list[str]:
    """Name the class folders that hold no file at all."""
    depth = 1 + max(layout.class_at, layout.split_at or 0)
    filled = {names[:depth] for names in layout.parts if len(names) > depth}
    root = len(met.root.parts)
    below = [(path.parts[root:], met.name(path)) for path in met.folders[1:]]
    return [
        name
        for names, name in below
        if len(names) == depth
        and names not in filled
        and (layout.split_at is None or split_role(names[layout.split_at]))
    ]


def _find_levels(folders: Iterable[tuple[str, ...]]) -> tuple[int, int | None]:
    """Give the places of class and split in the path of a file."""
    below: dict[str, set[str]] = {}
    for names in folders:
        below.setdefault(names[0], set()).update(names[1:2])
    roles = {name: split_role(name) for name in below}
    there = {role for role in roles.values() if role}
    holds_folders = any(below[name] for name, role in roles.items() if role == TRAIN)
    if TRAIN in there and holds_folders and (len(there) > 1 or all(roles.values())):
        return 1, 0
    inner = {split_role(name) for names in below.values() for name in names}
    if len(below) > 1 and TRAIN in inner and "" not in inner and all(below.values()):
        return 0, 1
    return 0, None
