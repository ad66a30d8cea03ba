"""Clips in class folders: moving pictures in files, an animated GIF among them."""

from pathlib import Path

from striate.data.listing import Listing
from striate.data.place import Place
from striate.data.sources.class_folders import list_class_folders, match_class_folders
from striate.data.sources.source import Asked, Match

FORMAT = "clips"
TRIED = 3  # GIFs that must be animated, for all to count as clips


def recognise(place: Place) -> Match | None:
    """Say that class folders hold clips; GIFs are clips where the first few are animated."""
    found = match_class_folders(place, "clip")
    if found is None and (gifs := _animated(place)) and match_class_folders(place, "image") is not None:
        return Match(why=f"class folders of animated GIFs, such as {gifs[0].name}", certain=True)
    return found


def read(place: Place, asked: Asked) -> Listing:
    """List the clips by their folders."""
    return list_class_folders(place, asked, format=FORMAT, modality="clip")


def _animated(place: Place) -> tuple[Path, ...]:
    """Give the GIFs of a place if most of its files are GIFs, and the first few of them animated."""
    gifs = place.ending(".gif")
    return gifs if gifs and 2 * len(gifs) > len(place.files) and all(map(_moves, gifs[:TRIED])) else ()


def _moves(file: Path) -> bool:
    from PIL import Image

    try:
        with Image.open(file, formats=("GIF",)) as image:
            return bool(getattr(image, "is_animated", False))
    except (OSError, ValueError):
        return False
