"""Sounds in class folders, or sounds whose file names carry the label."""

from striate.data.content import guess_content
from striate.data.listing import Listing
from striate.data.place import Place
from striate.data.sources.class_folders import list_class_folders, match_class_folders
from striate.data.sources.named_files import list_named_files, match_named_files
from striate.data.sources.source import Asked, Match

FORMAT = "audio"


def recognise(place: Place) -> Match | None:
    """Say that class folders hold sounds, or that the names of sounds hold labels."""
    return match_class_folders(place, "audio") if _in_classes(place) else match_named_files(place, "audio")


def read(place: Place, asked: Asked) -> Listing:
    """List the sounds by their folders, or by their names where those are asked for or folders say nothing."""
    if _in_classes(place) and asked.labels is None:
        return list_class_folders(place, asked, format=FORMAT, modality="audio")
    return list_named_files(place, asked, format=FORMAT, modality="audio")


def _in_classes(place: Place) -> bool:
    """Tell whether several class folders hold sounds; a single folder says nothing about what is in it."""
    if match_class_folders(place, "audio") is None:
        return False
    layout, files = place.layout, place.files
    return len({layout.parts[i][layout.class_at] for i in layout.inside if guess_content(files[i]) == "audio"}) > 1
