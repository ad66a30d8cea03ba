"""Masks in files of their own: images/a.jpg with masks/a.png, a.png with a_mask.png.

What their numbers or colours mean is told by one table over all of them (`make_table`).
"""

from pathlib import Path

from striate.data.content import guess_content
from striate.data.listing import Listing
from striate.data.place import Place
from striate.data.sources import coco, voc, yolo
from striate.data.sources.class_names import find_names
from striate.data.sources.gallery import Gallery
from striate.data.sources.mask_files import Example, Masked, list_masks, see_masks
from striate.data.sources.mask_values import Seen, see
from striate.data.sources.remarks import Remarks
from striate.data.sources.roles import pair, speak_of_masks
from striate.data.sources.scenes import choose_task
from striate.data.sources.source import Asked, Match
from striate.errors import DataError
from striate.records import Refusal

FORMAT = "masks"
LOOKED_AT = 3  # masks that are opened to see whether they are some
FEW = 256  # values or colours of a mask, at most; a photograph has more


def recognise(place: Place) -> Match | None:
    """Know masks by pictures that pair with others by name, where those hold few values.

    Certain unless annotations of another kind lie beside them.
    """
    if not place.is_folder or place.modality != "image":
        return None
    if not speak_of_masks(place.files, place.path):
        return None
    found = pair([file for file in place.files if guess_content(file) == "image"], place.path)
    if not any(_is_mask(mask) for _, mask in found.pairs[:LOOKED_AT]):
        return None
    picture, mask = found.pairs[0]
    others = any(source.recognise(place) for source in (coco, voc, yolo))
    why = f"{len(found.pairs)} pictures with masks, {place.walk.name(picture)} with {place.walk.name(mask)}"
    return Match(why=why, certain=not others)


def read(place: Place, asked: Asked) -> Listing:
    """List pictures with their masks, for segmentation or for detection by boxes around regions.

    Splits are told by folders, above or below those of pictures and masks. Pictures without mask are refused, as are
    masks without picture, and of several files of one name all but the first. Raises DataError for no pairs at all.
    """
    task = choose_task(asked, "segmentation", FORMAT)
    gallery, remarks = Gallery(place), Remarks()
    found = pair(gallery.pictures, gallery.root)
    if not found.pairs:
        raise DataError(
            "pictures have masks of the same name, such as images/a.jpg with masks/a.png, or a.jpg with a_mask.png",
            got=f"{place.source}: {len(gallery.pictures)} pictures, none of them with a mask",
            fix="name folders or files so",
        )
    examples = [Example(picture=picture, mask=mask, split=gallery.split_of(picture)) for picture, mask in found.pairs]
    refusals = [
        *(Refusal(name=gallery.name(file), reason="has no mask") for file in found.pictures),
        *(Refusal(name=gallery.name(file), reason="is a mask without a picture") for file in found.masks),
        *(Refusal(name=gallery.name(file), reason="has the name of another picture or mask") for file in found.doubled),
    ]
    masked = Masked(
        gallery=gallery,
        format=FORMAT,
        examples=examples,
        seen=see_masks(examples, gallery),
        refusals=refusals,
        remarks=remarks,
    )
    return list_masks(masked, find_names(gallery, remarks), task)


def _is_mask(file: Path) -> bool:
    one = see(file, file.name)
    return isinstance(one, Seen) and 0 < len(one.values or one.colours or ()) <= FEW
