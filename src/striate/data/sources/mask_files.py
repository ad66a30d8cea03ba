"""Pictures with masks in files, listed for segmentation or, by boxes around what hangs together, for detection."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.faults import RefusedError
from striate.data.decode.in_order import in_order
from striate.data.decode.picture import work_upright
from striate.data.decode.quiet import quiet
from striate.data.decode.sizes import read_sizes
from striate.data.listing import Listing, order_classes, show_name
from striate.data.sources.class_names import Names
from striate.data.sources.components import box_regions
from striate.data.sources.gallery import Gallery
from striate.data.sources.mask_table import BACKGROUNDS, VOIDS, MaskTable, make_table
from striate.data.sources.mask_values import Seen, see
from striate.data.sources.remarks import Remarks
from striate.data.sources.scenes import ABSENT
from striate.data.sources.splits import keep_splits
from striate.errors import DataError
from striate.kinds import TaskName
from striate.records import Notice, Refusal

REGIONS = "masks turned into boxes around connected regions of one class, touching corners counted"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileMask:
    """A mask in a file, read by the table of its source; `name` is what refusals call it."""

    path: Path
    name: str
    table: MaskTable

    def draw(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Give the class of each pixel (H, W); raises RefusedError for one that cannot be read, or has another size."""
        mask = work_upright(lambda image, _: self.table.classify(image), self.path, self.name)
        if isinstance(mask, Refusal):
            raise RefusedError(f"has a mask {self.name} that {mask.reason}")
        if mask.shape != size:
            raise RefusedError(
                f"measures {size[1]}x{size[0]}, its mask {self.name} {mask.shape[1]}x{mask.shape[0]} (both upright)"
            )
        return mask


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A picture, its mask, and its split, "" where none is given."""

    picture: Path
    mask: Path
    split: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Masked:
    """All pictures with masks that a source found, what each mask holds, and what became of the other files."""

    gallery: Gallery
    format: str
    examples: Sequence[Example]
    seen: Sequence[Seen | Refusal]
    refusals: Sequence[Refusal]
    remarks: Remarks


def see_masks(examples: Sequence[Example], gallery: Gallery) -> list[Seen | Refusal]:
    """Count what each mask holds, in order."""
    masks = [example.mask for example in examples]
    with quiet():
        return list(in_order(lambda i: see(masks[i], gallery.name(masks[i])), range(len(masks)), "looking at masks"))


def list_masks(masked: Masked, names: Names, task: TaskName) -> Listing:
    """List pictures with their masks, read by one table over all of them, which is said; sorted by name.

    For detection masks are drawn here, and become boxes. Raises DataError for masks that are none.
    """
    name = masked.gallery.name
    order = sorted(range(len(masked.examples)), key=lambda i: name(masked.examples[i].picture))
    examples = [masked.examples[i] for i in order if isinstance(masked.seen[i], Seen)]
    unread = [
        Refusal(name=name(masked.examples[i].picture), reason=f"has a mask {one.name} that {one.reason}")
        for i in order
        if isinstance(one := masked.seen[i], Refusal)
    ]
    sound = [one for one in masked.seen if isinstance(one, Seen)]
    if not sound:
        raise DataError(
            "at least one picture has a mask that can be read",
            got=f"{masked.gallery.source}: {len(order)} masks" + "".join(f"; {r.name} {r.reason}" for r in unread[:3]),
            fix="give the folder that holds pictures and masks",
        )
    table, classes, words = make_table(sound, names)
    masked.remarks.add(words, *(name(example.mask) for example in examples))
    known = order_classes({*names.listed, *names.by_value.values(), *names.by_colour.values()})
    masked.remarks.add(ABSENT, *(label for label in known if label not in classes and label.lower() not in VOIDS))
    masks = [FileMask(path=example.mask, name=name(example.mask), table=table) for example in examples]
    pictures = tuple(name(example.picture) for example in examples)
    splits = keep_splits([example.split for example in examples], pictures, masked.remarks)
    listing = Listing(
        source=show_name(masked.gallery.source),
        format=masked.format,
        task="segmentation",
        classes=classes,
        names=pictures,
        targets=tuple(masks),
        splits=splits,
        found=len(order) + len(masked.refusals) + len(masked.gallery.walk.refusals),
        paths=tuple(example.picture for example in examples),
        refusals=(*masked.gallery.walk.refusals, *masked.refusals, *unread),
        notices=(*masked.gallery.notices, *masked.remarks.notices()),
    )
    return box_masks(listing, masks) if task == "detection" else listing


def box_masks(listing: Listing, masks: Sequence[FileMask]) -> Listing:
    """Turn a listing's masks into boxes around connected regions; refuse pictures whose mask has another size."""
    sizes = read_sizes(listing.paths, listing.names)
    background = 0 if listing.classes[0].lower() in BACKGROUNDS else None

    def box(i: int) -> NDArray[np.float64] | Refusal:
        size = sizes[i]
        try:  # a picture that cannot be read is refused when it is decoded
            return box_regions(masks[i].draw(size), background=background) if size else np.zeros((0, 5))
        except RefusedError as error:
            return Refusal(name=listing.names[i], reason=str(error))

    with quiet():
        boxes = list(in_order(box, range(len(masks)), "boxing masks"))
    kept = [i for i, one in enumerate(boxes) if not isinstance(one, Refusal)]
    tables = [one for one in boxes if not isinstance(one, Refusal)]
    there = np.unique(np.concatenate([np.zeros((0, 5)), *tables])[:, 0]).astype(np.int64)  # places of classes
    for table in tables:
        table[:, 0] = np.searchsorted(there, table[:, 0])
    return dataclasses.replace(
        listing,
        task="detection",
        classes=tuple(listing.classes[place] for place in there.tolist()),
        names=tuple(listing.names[i] for i in kept),
        targets=tuple(tables),
        splits=listing.splits[kept],
        paths=tuple(listing.paths[i] for i in kept),
        refusals=(*listing.refusals, *(one for one in boxes if isinstance(one, Refusal))),
        notices=(*listing.notices, Notice(what=REGIONS, count=len(kept), names=())),
    )
