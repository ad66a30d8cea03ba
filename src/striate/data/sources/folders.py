"""Pictures in class folders."""

from striate.data.listing import Listing
from striate.data.place import Place
from striate.data.sources.class_folders import list_class_folders, match_class_folders
from striate.data.sources.source import Asked, Match

FORMAT = "folders"


def recognise(place: Place) -> Match | None:
    """Say that class folders hold pictures."""
    return match_class_folders(place, "image")


def read(place: Place, asked: Asked) -> Listing:
    """List the pictures of class folders; raises DataError when there are none."""
    return list_class_folders(place, asked, format=FORMAT)
