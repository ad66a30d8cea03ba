"""Who or what was recorded, told by file names: kept in one split when that is asked for, and said in any case.

Recordings of one speaker, place or device are alike. Where some train a network and others judge it, the figure says
how well it knows these speakers; what it makes of a new one, only whole groups held out can tell.
"""

import dataclasses
from pathlib import PurePosixPath

from striate.data.listing import Listing, note
from striate.data.sources.stems import Field, choose_field, find_speakers, read_fields

WORD = "speaker"  # that stands for the field of words that repeats


def follow_group(listing: Listing, asked: str | None, *, labels: int | None = None) -> Listing:
    """Give the listing with the groups of the field of the names that is `asked` for, else a notice of what there is.

    `asked` is a number from 1 on, some values, or "speaker" for the first field of words that repeats; `labels` the
    number of the field that holds the labels. Raises UsageError for a field that is not there.
    """
    fields = read_fields([PurePosixPath(name).stem for name in listing.names])
    own = next((field for field in fields if field.number == labels), None)
    speakers = _apart(listing, find_speakers(fields, own))
    if asked is None:
        told = "; ".join(f"{field.describe()} (--group {field.number})" for field in speakers)
        what = f"names may tell speakers or recordings, which --group would keep in one split each: {told}"
        return _with_notice(listing, what) if speakers else listing
    words = [field for field in speakers if not field.is_number]
    group = words[0] if asked == WORD and words else choose_field(fields, asked, "--group")
    kept = dataclasses.replace(listing, groups=group.values)
    return _with_notice(kept, f"{len(group.distinct)} groups by {group.describe()} of the names, each in one split")


def _apart(listing: Listing, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Leave out fields that only say the label again: each value of them has one label."""
    targets = [str(target) for target in listing.targets]
    return tuple(
        field for field in fields if len(set(zip(field.values, targets, strict=True))) > len(set(field.values))
    )


def _with_notice(listing: Listing, what: str) -> Listing:
    return dataclasses.replace(listing, notices=(*listing.notices, *note(what, listing.names)))
