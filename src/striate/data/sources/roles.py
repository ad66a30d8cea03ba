"""Which pictures are masks, told by the names of folders and files, and which picture each of them belongs to."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

IMAGE_WORDS = (
    "image images img imgs picture pictures pic pics photo photos frame frames input inputs original originals"
    " jpegimages leftimg8bit"
)
MASK_WORDS = (
    "mask masks label labels annotation annotations annot annots ann anns gt gts groundtruth groundtruths truth truths"
    " seg segs segmentation segmentations segmentationclass segmentationclassaug segmentationobject labelled labeled"
    " labelids labeltrainids gtfine target targets matte mattes trimap trimaps"
)
IMAGES, MASKS = frozenset(IMAGE_WORDS.split()), frozenset(MASK_WORDS.split())
FILLERS = frozenset(
    ("ground", "pixel", "pixels", "dir", "folder", "png", "jpeg", "jpg")
)  # beside one of these they say nothing
GLUED = re.compile("^(train|val|valid|test)(?=annot|label|mask|gt|image|img)")  # as in trainannot
HUMPS = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # as in PNGImages
SEPARATORS = re.compile("[-_. ]+")
WORDS = IMAGES | MASKS
ANY = "|".join(sorted(WORDS, key=len, reverse=True))
FIRST = re.compile(rf"^(?:(?:{ANY})(?:[-_. ]+|(?=[0-9])|$))+")
LAST = re.compile(rf"(?:(?:^|[-_. ]+|(?<=[0-9]))(?:{ANY}))+$")
SPOKEN = re.compile(rf"(?<![a-z])(?:train|val|valid|test)?(?:{'|'.join(sorted(MASKS))})(?![a-z])")
Key: TypeAlias = tuple[str, ...]
Role: TypeAlias = Literal["image", "mask", ""]
Shorten: TypeAlias = Callable[[Key, bool], Key]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """Pictures with their masks, and what is left alone: pictures, masks, and files of a name that is taken."""

    pairs: tuple[tuple[Path, Path], ...]
    pictures: tuple[Path, ...]
    masks: tuple[Path, ...]
    doubled: tuple[Path, ...]


def pair(files: Iterable[Path], root: Path) -> Pairs:
    """Pair the pictures below `root` with their masks: images/a.jpg with masks/a.png, a.png with a_mask.png, ...

    A mask is told by the nearest folder that is called like one, or by the first or last word of its own name; picture
    and mask go together when the same is left of their paths without such words. When no two fit so, the last word of
    each mask's name is left out, too, whatever it is; or folders are; or both.
    """
    depth = len(root.parts)
    read: list[tuple[Role, Key, Path]] = [(*read_role(file.parts[depth:]), file) for file in files]
    shorten = next((rule for rule in SHORTER if _fits(read, rule)), SHORTER[0])
    pictures: dict[Key, Path] = {}
    masks: dict[Key, Path] = {}
    doubled = []
    for role, key, file in read:
        taken = masks if role == "mask" else pictures
        if taken.setdefault(shorten(key, role == "mask"), file) != file:
            doubled.append(file)
    return Pairs(
        pairs=tuple((file, masks[key]) for key, file in pictures.items() if key in masks),
        pictures=tuple(file for key, file in pictures.items() if key not in masks),
        masks=tuple(file for key, file in masks.items() if key not in pictures),
        doubled=tuple(doubled),
    )


def speak_of_masks(files: Iterable[Path], root: Path) -> bool:
    """Tell whether any name below `root` holds a word for masks: a quick look before each name is taken apart."""
    text = "\n".join("/".join(file.parts[len(root.parts) :]) for file in files).lower()
    return SPOKEN.search(text) is not None


def read_role(parts: Sequence[str]) -> tuple[Role, Key]:
    """Tell by the parts of a file's path what it is, and what is left of the path without the words that say so.

    >>> read_role(("train", "images", "a.jpg")), read_role(("train_masks", "a_mask.png"))
    (('image', ('train', 'a')), ('mask', ('train', 'a')))
    """
    *folders, name = parts
    roles, key = _read_folders(tuple(folders))
    stem = name.rpartition(".")[0].lower() or name.lower()
    rest = LAST.sub("", FIRST.sub("", stem))
    own = _role(SEPARATORS.split(stem.replace(rest, " ", 1) if rest else stem)) if rest != stem else ""
    return roles or own, (*key, rest)


@lru_cache(maxsize=64)
def _read_folders(folders: tuple[str, ...]) -> tuple[Role, Key]:
    """Tell what the nearest folder that says something says, and what is left of all their names."""
    role: Role = ""
    key: list[str] = []
    for folder in folders:
        name = folder if folder.lower() in WORDS else HUMPS.sub("_", folder)
        words = SEPARATORS.split(GLUED.sub(r"\1_", name.lower()))
        said = _role(words)
        role = said or role
        left = [word for word in words if word not in WORDS | FILLERS] if said else [folder.lower()]
        key += ["_".join(left)] if left else []
    return role, tuple(key)


def _role(words: Iterable[str]) -> Role:
    """Tell what words say; a mask's folder may speak of pictures, too."""
    said = set(words)
    return "mask" if MASKS & said else "image" if IMAGES & said else ""


def _fits(read: Iterable[tuple[Role, Key, Path]], shorten: Shorten) -> bool:
    """Tell whether any mask has the name of a picture."""
    pictures = {shorten(key, False) for role, key, _ in read if role != "mask"}
    return any(shorten(key, True) in pictures for role, key, _ in read if role == "mask")


def _drop_last_word(key: Key, is_mask: bool) -> Key:
    return (*key[:-1], SEPARATORS.split(key[-1][::-1], maxsplit=1)[-1][::-1]) if is_mask else key


SHORTER: tuple[Shorten, ...] = (
    lambda key, is_mask: key,
    _drop_last_word,
    lambda key, is_mask: key[-1:],
    lambda key, is_mask: _drop_last_word(key[-1:], is_mask),
)
