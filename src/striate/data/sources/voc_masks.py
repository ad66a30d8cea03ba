"""Masks of Pascal VOC in SegmentationClass, their lists of splits, and the names of their numbers."""

from collections.abc import Sequence
from pathlib import Path

from striate.data.content import guess_content
from striate.data.decode.faults import RefusedError
from striate.data.listing import VOID, Listing, order_classes, show_name
from striate.data.sources.class_names import Names, find_names
from striate.data.sources.gallery import Gallery
from striate.data.sources.mask_files import Example, Masked, list_masks, see_masks
from striate.data.sources.mask_values import Seen
from striate.data.sources.remarks import Remarks
from striate.data.sources.safe_xml import read_xml
from striate.data.sources.scenes import BACKGROUND
from striate.data.sources.voc_lists import read_lists
from striate.errors import DataError
from striate.kinds import TaskName
from striate.records import Refusal

FOLDERS = frozenset(("segmentationclass", "segmentationclasspng", "segmentationclassaug", "segmentationclassraw"))
VOC = (
    "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep"
    " sofa train tvmonitor"
)
ALIKE = 0.95  # of the pictures whose boxes and masks must agree for the names of the one to be those of the other


def find_masks(files: Sequence[Path]) -> list[Path]:
    """Give the masks among files: pictures in a folder that is called as VOC calls it."""
    return [file for file in files if file.parent.name.lower() in FOLDERS and guess_content(file) == "image"]


def list_voc_masks(gallery: Gallery, annotations: Sequence[Path], task: TaskName, *, format: str) -> Listing:
    """List the pictures that have a mask; what no list of ImageSets/Segmentation names is passed over.

    Numbers get their names from a file beside them (labelmap.txt), or from the XML files' objects where these hold the
    same classes. Raises DataError where there are no masks.
    """
    remarks = Remarks()
    masks = find_masks(gallery.files)
    if not masks:
        raise DataError(
            "segmentation needs masks, which VOC has in SegmentationClass",
            got=f"{gallery.source}: {len(annotations)} XML files, no such folder with masks",
            fix="train on the boxes: --task detection",
        )
    lists = read_lists(gallery, ("Segmentation", "Main"), remarks)
    examples: list[Example] = []
    refusals: list[Refusal] = []
    for mask in masks:
        split = lists.split_of(mask) if lists.folder else gallery.split_of(mask)
        if split is None:
            remarks.add(f"pictures in no list of {lists.folder}, passed over", gallery.name(mask))
            continue
        try:
            picture = gallery.find_stem(mask.stem, near=pictures_beside(mask), split=split)
            if picture is None:
                raise RefusedError("is a mask without a picture")
            examples.append(Example(picture=picture, mask=mask, split=split))
        except RefusedError as error:
            refusals.append(Refusal(name=gallery.name(mask), reason=str(error)))
    masked = Masked(
        gallery=gallery,
        format=format,
        examples=examples,
        seen=see_masks(examples, gallery),
        refusals=refusals,
        remarks=remarks,
    )
    names = find_names(gallery, remarks)
    return list_masks(masked, names or _from_objects(masked, annotations), task)


def pictures_beside(file: Path) -> Path:
    """Give the folder in which the picture of an annotation or mask is to be expected."""
    folder = file.parents[1] / "JPEGImages"
    return folder if folder.is_dir() else file.parent


def _from_objects(masked: Masked, annotations: Sequence[Path]) -> Names:
    """Name numbers by the objects of XML files, in VOC's own order or by letters, where masks hold the same classes."""
    objects = {file.stem: labels for file in annotations if (labels := _read_labels(file))}
    held = [
        (objects[example.mask.stem], set(one.values) - {0, VOID})
        for example, one in zip(masked.examples, masked.seen, strict=True)
        if isinstance(one, Seen) and one.values and example.mask.stem in objects
    ]
    for order in (VOC.split(), order_classes(set().union(*objects.values()))):
        names = dict(enumerate((BACKGROUND, *order)))
        alike = sum({names.get(value) for value in values} == labels for labels, values in held)
        if held and alike >= ALIKE * len(held):
            return Names(by_value=names, file="XML files")
    return Names()


def _read_labels(file: Path) -> set[str]:
    try:
        return {show_name((item.findtext("name") or "").strip()) for item in read_xml(file).iterfind("object")}
    except (OSError, ValueError):
        return set()  # a file that cannot be read says nothing; its picture may have a mask all the same
