"""Files whose names carry the labels, in one folder or in folders of splits: `7_jackson_32.wav`, `test/dog-1.wav`."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from striate.data.content import WORDS, guess_content
from striate.data.listing import Listing, encode_labels, note, order_classes, read_splits, show_name, split_role
from striate.data.place import Place
from striate.data.sources.lists import follow_lists
from striate.data.sources.source import Asked, Match
from striate.data.sources.speakers import follow_group
from striate.data.sources.stems import Field, find_labels, read_fields
from striate.errors import DataError
from striate.kinds import Modality
from striate.records import Refusal


def match_named_files(place: Place, modality: Modality) -> Match | None:
    """Say that the names of the files of a kind hold a field with labels; None where they do not."""
    if not place.is_folder or place.modality != modality:
        return None
    labels = find_labels(read_fields(_stems(_find_files(place, modality))), None)
    if labels is None:
        return None
    return Match(why=f"{WORDS[modality]} whose names hold labels in {labels.describe()}", certain=False)


def list_named_files(place: Place, asked: Asked, *, format: str, modality: Modality) -> Listing:
    """List files by the field of their names that repeats, or that `asked.labels` names by its number or values.

    Folders named like splits give splits, or lists of names do (see `follow_lists`). `asked.group` names the field
    whose values must not be torn apart. Files of another kind, or whose names have other fields, are refused. Raises
    DataError when no field repeats, UsageError for a field that is not there.
    """
    met = place.walk
    files = _find_files(place, modality)
    fields = read_fields(_stems(files))
    labels = find_labels(fields, asked.labels)
    if labels is None:
        raise _no_labels(place, files, modality)
    pairs = [(file, value) for file, value in zip(files, labels.values, strict=True) if value]
    odd = [file for file, value in zip(files, labels.values, strict=True) if not value]
    names, words = tuple(met.name(file) for file, _ in pairs), [value for _, value in pairs]
    classes = order_classes(words)
    others = [file for file in met.files if file not in set(files)]
    listing = Listing(
        source=show_name(place.source),
        format=format,
        modality=modality,
        classes=classes,
        names=names,
        targets=encode_labels(words, classes),
        splits=read_splits(_split_folders(names)),
        found=len(met.files) + len(met.refusals),
        paths=tuple(file for file, _ in pairs),
        refusals=(
            *met.refusals,
            *(Refusal(name=met.name(file), reason=f"is none of the {WORDS[modality]}") for file in others),
            *(Refusal(name=met.name(file), reason="has a name of other fields than the most") for file in odd),
        ),
        notices=(
            *note("hidden files passed over, not counted as found", met.hidden),
            *note("folders linked a second time, read once", met.twice),
            *note(_say_labels(fields, labels, asked), names),
        ),
    )
    return follow_group(follow_lists(listing, met), asked.group, labels=labels.number)


def _find_files(place: Place, modality: Modality) -> list[Path]:
    return [file for file in place.files if guess_content(file) == modality]


def _stems(files: Sequence[Path]) -> list[str]:
    return [show_name(file.stem) for file in files]


def _split_folders(names: Sequence[str]) -> list[str]:
    """Give the split of each name by its top folder; none for all where one lies elsewhere."""
    roles = [split_role(PurePosixPath(name).parts[0]) if "/" in name else "" for name in names]
    return roles if all(roles) else [""] * len(names)


def _say_labels(fields: Sequence[Field], labels: Field, asked: Asked) -> str:
    """Say which field was taken for the label, and which others it might have been."""
    said = f"label taken from {labels.describe()} of the file names"
    rivals = [field.describe() for field in fields if field is not labels and field.repeats]
    if asked.labels is not None or not rivals:
        return said
    return f"{said}, the first that repeats; name another with --labels: {'; '.join(rivals)}"


def _no_labels(place: Place, files: Sequence[Path], modality: Modality) -> DataError:
    what = WORDS[modality]
    first = ", ".join(place.walk.name(file) for file in files[:3])
    return DataError(
        f"{what} have labels: the names of their folders, a field of their own names that repeats, or a table's column",
        got=f"{place.source}: {len(files):,} {what} without, such as {first}" if files else f"{place.source} with none",
        fix=f"sort the {what} into folders named after their classes, or give a CSV with path and label",
    )
