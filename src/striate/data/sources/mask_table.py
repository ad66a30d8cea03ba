"""What the numbers or colours of masks mean: one table over all masks of a source, told, never changed in silence."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from striate.data.listing import VOID, order_classes
from striate.data.sources.class_names import Names
from striate.data.sources.mask_values import Seen, read_colours, read_shades, read_values
from striate.data.sources.scenes import BACKGROUND
from striate.errors import DataError

By = Literal["value", "colour", "shade"]
MOST = 254  # classes that a mask of 8 bits can hold beside VOID
FEW = 32  # values that are told from shades of grey, even where most are missing
UNCLEAR = 64  # shades or colours without names that are classes rather than a photograph or a blur
DARK, LIGHT, SHARE = 32, 224, 0.9  # a blurred mask of two classes has this share of pixels below or from these shades
MANY = 16  # shades of a mask that was smoothed or scaled, at least
SAID = 40  # classes that a notice spells out
MIDDLE = 128  # the shade from which a blurred mask is an object
WHITE = 0xFFFFFF  # stands for the border that VOC draws round objects in place 255 of its palette, #e0e0c0
VOIDS = frozenset(("void", "ignore", "ignored", "unlabeled", "unlabelled", "dontcare", "don't care"))
BACKGROUNDS = frozenset((BACKGROUND, "bg", "back", "_background_", "__background__"))


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskTable:
    """What masks are read by: places of `keys` (ascending) in `classes`, or VOID, by value, colour or shade of grey."""

    by: By
    keys: tuple[int, ...]
    places: tuple[int, ...]

    def classify(self, image: Image.Image) -> NDArray[np.uint8]:
        """Give the class of each pixel (H, W) of a mask; VOID for what the table does not hold."""
        if self.by == "shade":
            found = (read_shades(image) >= MIDDLE).astype(np.int64)
        else:
            found = (read_values(image) if self.by == "value" else read_colours(image)).astype(np.int64)
        keys, places = np.array(self.keys), np.array(self.places, np.uint8)
        index = np.searchsorted(keys, found).clip(max=len(keys) - 1)
        return np.where(keys[index] == found, places[index], np.uint8(VOID))


def make_table(seen: Sequence[Seen], names: Names) -> tuple[MaskTable, tuple[str, ...], str]:
    """Give the table of masks, their classes, background first, and the table in words.

    Masks with palettes that agree, and those of grey, are read by value; others by colour. 255 beside other small
    values, VOC's border, and classes called void are VOID. What is blurred between black and white, as by JPEG, is cut
    at shade 128. Raises DataError for masks of too many values, or of one class.
    """
    by = _choose(seen, names)
    if _is_blurred(seen, by):
        by, keys = "shade", [0, 1]
    else:
        keys = sorted(set().union(*(_count(one, by) for one in seen)))
    numbers = _number(keys, by)
    indexed = by == "colour" or any(one.palette is not None for one in seen) or is_index(numbers.values())
    others = {number for number in numbers.values() if number not in (0, VOID)}
    border = [key for key, number in numbers.items() if number == VOID and indexed and others]
    labels = label_keys([key for key in keys if key not in border], numbers, by, names, indexed=indexed)
    _expect_clear(seen, by, labels, indexed=indexed)
    classes = _order(labels)
    table = MaskTable(
        by=by,
        keys=tuple(keys),
        places=tuple(classes.index(labels[key]) if labels.get(key) in classes else VOID for key in keys),
    )
    return table, classes, _describe(table, classes, names)


def is_index(numbers: Iterable[int]) -> bool:
    """Tell whether values count classes, rather than being shades: those below 255 are small, or most are there.

    >>> is_index([0, 1, 2, 255]), is_index([0, 128, 255])
    (True, False)
    """
    counted = {number for number in numbers if number != VOID} | {0}
    return max(counted) <= FEW or 2 * len(counted) > max(counted)


def _choose(seen: Sequence[Seen], names: Names) -> By:
    """Tell whether masks are read by value: all have values, and palettes agree; unless a file names their colours."""
    colours: dict[int, int] = {}
    agree = all(colours.setdefault(*pair) == pair[1] for one in seen for pair in (one.palette or {}).items())
    alike = len({one.palette is None for one in seen}) == 1
    named = all(one.colours is not None and names.by_colour.keys() & one.colours for one in seen)
    return "value" if agree and alike and not named and all(one.values is not None for one in seen) else "colour"


def _count(one: Seen, by: By) -> Collection[int]:
    found = one.values if by == "value" else one.colours
    return found if found is not None else ()


def _is_blurred(seen: Sequence[Seen], by: By) -> bool:
    """Tell whether masks are black and white with shades between, which a lossy format or scaling leaves."""
    if any(one.palette is not None for one in seen):
        return False
    lossy = any(one.lossy for one in seen)
    values = set().union(*(_count(one, by) for one in seen))
    shades = np.sum([one.shades for one in seen], axis=0)  # (256,)
    dark, light = shades[:DARK].sum(), shades[LIGHT:].sum()
    many = len(values) > (2 if lossy else MANY) and not (by == "value" and is_index(values))
    return bool(many and (lossy or by == "value") and dark and light and dark + light >= SHARE * shades.sum())


def _number(keys: Sequence[int], by: By) -> dict[int, int]:
    """Give the number that each key is named by: itself, or where all have one a colour's place in VOC's palette."""
    if by != "colour":
        return {key: key for key in keys}
    places = {colour: place for place, colour in enumerate(voc_palette())} | {WHITE: VOID}
    return {key: places[key] for key in keys} if len(keys) > 2 and all(key in places for key in keys) else {}


def voc_palette() -> list[int]:
    """Give the 256 colours 0xRRGGBB of Pascal VOC: bits of a place, spread over red, green and blue.

    >>> [f"{colour:06x}" for colour in voc_palette()[:4]]
    ['000000', '800000', '008000', '808000']
    """
    return [
        sum((place >> 3 * bit + channel & 1) << 7 - bit + 16 - 8 * channel for bit in range(3) for channel in range(3))
        for place in range(256)
    ]


def label_keys(
    keys: Sequence[int], numbers: Mapping[int, int], by: By, names: Names, *, indexed: bool
) -> dict[int, str]:
    """Name the classes of keys: by colour, by value, by their order; what has no name is "object" or "value 128"."""
    listed = _spread([numbers[key] for key in keys if key in numbers], names.listed, indexed=indexed)
    by_number = {**listed, **names.by_value}
    plain = {key: f"colour #{key:06x}" if by == "colour" else f"value {key}" for key in keys}
    if 0 in plain:
        plain[0] = BACKGROUND
    if len(keys) == 2 and 0 in plain:
        plain[max(keys)] = "object"
    coloured = names.by_colour if by == "colour" else {}
    return {key: coloured.get(key) or by_number.get(numbers.get(key, -1)) or plain[key] for key in keys}


def _spread(numbers: Sequence[int], listed: Sequence[str], *, indexed: bool) -> dict[int, str]:
    """Give the numbers the names of a list: by place, or where the background is not listed from 1 on, or in order."""
    n, top = len(listed), max(numbers, default=0)
    if not n or not numbers:
        return {}
    if indexed and top < n:
        return dict(enumerate(listed))
    if indexed and top == n and numbers[0] == 0:
        return {0: BACKGROUND, **dict(enumerate(listed, 1))}
    unsaid = [0] if numbers[0] == 0 and n == len(numbers) - 1 else []
    rest = numbers[len(unsaid) :]
    return {**dict.fromkeys(unsaid, BACKGROUND), **dict(zip(rest, listed, strict=True))} if len(rest) == n else {}


def _expect_clear(seen: Sequence[Seen], by: By, labels: Mapping[int, str], *, indexed: bool) -> None:
    photograph = next(
        (one for one in seen if by != "shade" and (one.values if by == "value" else one.colours) is None), None
    )
    if photograph is not None or len(labels) > (MOST if indexed else UNCLEAR):
        most = photograph or max(seen, key=lambda one: len(_count(one, by)))
        raise DataError(
            f"masks hold one {by} a class, at most {MOST}, or {UNCLEAR} where they are no small whole numbers",
            got=f"{len(labels)} of them over all masks; {most.name} has the most",
            fix="save masks as PNG, without smoothing, scaling or JPEG",
        )
    if len(set(labels.values())) < 2:
        raise DataError(
            "masks hold at least two classes, background among them",
            got=", ".join(f"only {by} {key} ({label})" for key, label in labels.items()) or "none",
            fix="look into the masks: are they empty?",
        )


def _order(labels: Mapping[int, str]) -> tuple[str, ...]:
    """Order classes: background first, then by name; by key where some have no name of their own."""
    kept = {label: key for key, label in labels.items() if label.lower() not in VOIDS}
    first = [label for label in kept if label.lower() in BACKGROUNDS]
    rest = [label for label in kept if label not in first]
    named = not any(label.startswith(("value ", "colour #")) for label in rest)
    return *first, *(order_classes(rest) if named else sorted(rest, key=kept.__getitem__))


def _describe(table: MaskTable, classes: tuple[str, ...], names: Names) -> str:
    """Say what masks are read as."""
    words = [
        f"{f'#{key:06x}' if table.by == 'colour' else key} {classes[place] if place != VOID else 'not counted'}"
        for key, place in zip(table.keys, table.places, strict=True)
    ]
    more = f" and {len(words) - SAID} more" if len(words) > SAID else ""
    what = f"shades below {MIDDLE} as 0, others as 1" if table.by == "shade" else f"{table.by}s"
    said = {*names.by_value.values(), *names.by_colour.values(), *names.listed}
    fit = f"names from {names.file}" if said & set(classes) else f"the names in {names.file} do not fit"
    return f"masks read by {what}: {', '.join(words[:SAID])}{more}" + (f"; {fit}" if names.file else "")
