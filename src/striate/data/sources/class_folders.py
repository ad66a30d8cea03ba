"""Files in folders named after their classes, whatever they hold: recognised and listed alike for every format."""

from striate.data.content import WORDS, guess_content
from striate.data.layout import empty_classes
from striate.data.listing import Listing, encode_labels, note, order_classes, read_splits, show_name, split_role
from striate.data.place import Place
from striate.data.sources.source import Asked, Match, expect_no_names
from striate.errors import DataError
from striate.kinds import Modality
from striate.records import Refusal


def match_class_folders(place: Place, modality: Modality) -> Match | None:
    """Say that a place holds class folders of one kind of content; None where most files or folders hold another.

    Folders that are all named like splits, with files right in them, are no class folders.
    """
    if not place.is_folder or place.modality != modality:
        return None
    layout, classes = place.layout, place.layout.classes
    if not classes or all(map(split_role, classes)):
        return None
    told = [(layout.parts[i][layout.class_at], guess_content(place.files[i])) for i in layout.inside]
    holding = {name for name, kind in told if kind == modality}
    if any(kind for _, kind in told) and 2 * len(holding) <= len(classes):
        return None
    named = ", ".join(sorted(map(show_name, classes))[:3]) + (", ..." if len(classes) > 3 else "")
    return Match(why=f"class folders of {WORDS[modality]}: {named}", certain=False)


def list_class_folders(place: Place, asked: Asked, *, format: str, modality: Modality = "image") -> Listing:
    """List the files in root/[split]/class/.../file (see `read_layout`); whether they are sound, decoding tells.

    Hidden files (.DS_Store, Thumbs.db, ...) are not examples and not counted; files outside of a class folder are
    refused; class folders without any file are left out and noted. Raises DataError when nothing is found.
    """
    expect_no_names(asked, format)
    met, layout = place.walk, place.layout
    if not layout.inside:
        raise _nothing(place, WORDS[modality])
    labels = [show_name(layout.parts[i][layout.class_at]) for i in layout.inside]
    classes = order_classes(labels)
    outside = tuple(
        Refusal(name=met.name(met.files[i]), reason="stands outside of any class folder") for i in layout.outside
    )
    return Listing(
        source=show_name(place.source),
        format=format,
        modality=modality,
        classes=classes,
        names=tuple(met.name(met.files[i]) for i in layout.inside),
        targets=encode_labels(labels, classes),
        splits=read_splits([layout.split_of(i) for i in layout.inside]),
        found=len(met.files) + len(met.refusals),
        paths=tuple(met.files[i] for i in layout.inside),
        refusals=(*met.refusals, *outside),
        notices=(
            *note("hidden files passed over, not counted as found", met.hidden),
            *note("folders linked a second time, read once", met.twice),
            *note("class folders without any file, left out", empty_classes(met, layout)),
        ),
    )


def _nothing(place: Place, what: str) -> DataError:
    n = len(place.files)
    loose = f"{n} files, none of them in a class folder" if n else "an empty folder"
    return DataError(
        f"a folder of {what} holds one folder a class, with that class's {what} in it",
        got=f"{place.source}: {loose}",
        fix=f"sort the {what} into folders named after their classes, or give a CSV with path and label",
    )
