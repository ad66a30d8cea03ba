"""Texts in class folders, a file each, with or without an ending of its name."""

from pathlib import Path

from striate.data.content import WORDS, guess_content
from striate.data.decode.encoding import decode_bytes, is_text
from striate.data.listing import Listing, show_name, split_role
from striate.data.numbers import is_numeric
from striate.data.place import Place, read_head
from striate.data.sources.class_folders import list_class_folders
from striate.data.sources.lines import OTHERS
from striate.data.sources.source import Asked, Match

FORMAT = "texts"
SNIFFED = 20  # files, spread over the folder, that tell what most of them hold
NO_TEXTS = tuple(ending for ending in OTHERS if ending not in (".md", ".rst", ".html", ".htm", ".py"))


def recognise(place: Place) -> Match | None:
    """Say that class folders hold texts: most files that are looked into are text, and neither numbers nor tables."""
    if not place.is_folder or place.modality not in ("text", None):
        return None
    classes = place.layout.classes
    if not classes or all(map(split_role, classes)):
        return None
    looked = [place.files[i] for i in place.layout.inside][:: max(1, len(place.layout.inside) // SNIFFED)]
    if 2 * sum(map(_may_be_text, looked)) <= len(looked):
        return None
    named = ", ".join(sorted(map(show_name, classes))[:3]) + (", ..." if len(classes) > 3 else "")
    return Match(why=f"class folders of {WORDS['text']}: {named}", certain=False)


def read(place: Place, asked: Asked) -> Listing:
    """List the texts of class folders; raises DataError when there are none."""
    return list_class_folders(place, asked, format=FORMAT, modality="text")


def _may_be_text(file: Path) -> bool:
    """Tell whether a file is text and no numbers; an empty one counts where its name says so."""
    kind, head = guess_content(file), read_head(file)
    if kind not in ("text", None) or file.suffix.lower() in NO_TEXTS:
        return False
    if not is_text(head):
        return kind == "text" and not head.strip()
    return not is_numeric(decode_bytes(head).text.split("\n"))
