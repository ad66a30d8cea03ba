"""Which column of a table is what, by usual names or by those that are asked for; what is taken is stated."""

from collections.abc import Sequence
from dataclasses import dataclass

from striate.data.listing import note
from striate.data.sources.source import Asked
from striate.data.tables.cell import ZERO_ONE, share_of_numbers
from striate.data.tables.files import find_way
from striate.data.tables.table import Table
from striate.errors import DataError, nearest
from striate.records import Notice

PATH_COLUMNS = (
    *("path", "file", "filename", "filepath", "image", "imagepath", "imagefile", "img", "picture", "imagename"),
    *("audio", "audiofile", "audiopath", "sound", "wav", "clip", "video", "videofile", "videopath"),
)
ID_COLUMNS = ("id", "imageid", "idcode", "fileid", "clipid", "name")  # where they name files
TEXT_COLUMNS = (
    *("text", "sentence", "review", "question", "content", "comment", "tweet", "message", "document", "body"),
    *("utterance", "smiles", "sequence"),
)
LABEL_COLUMNS = (
    *("label", "class", "category", "target", "classname", "labelname", "labels", "classes", "categories", "targets"),
    *("tags", "tag", "sentiment", "emotion", "intent", "polarity", "species", "diagnosis", "rating", "stars"),
)
TRANSCRIPT_COLUMNS = ("transcription", "transcript", "text", "sentence", "words")
SPLIT_COLUMNS = ("split", "subset", "partition")
GROUP_COLUMNS = ("group", "groups", "groupid")
LIKELY_GROUPS = ("patient", "patientid", "subject", "subjectid", "person", "speaker", "speakerid", "session", "user")
NO_LABELS = frozenset((*LIKELY_GROUPS, "id", "index", "unnamed0", "row", "number"))
SHOWN = 6  # usual names that an error lists
SEEN = 200  # rows that are looked at to tell paths and texts
FEW_NUMBERS = 2  # columns of numbers that may stand beside a text of unusual name


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Places of the columns: content (paths of files, or texts), labels, split, group; names of those not used."""

    content: int
    is_path: bool
    labels: tuple[int, ...]
    split: int | None
    group: int | None
    unused: tuple[str, ...]


def find_columns(table: Table, asked: Asked) -> Columns:
    """Find the columns of a table of files or texts.

    Content is the column that is asked for, else one that is named as paths are and holds some that exist, else one
    that is named as texts are, else the longest text of unusual name (cells of several words, and few columns of
    numbers beside them). Labels are the columns asked for, else the first of a usual name, else all others of 0 and 1,
    or of numbers, when there are several. Raises DataError where there is no content or no label.
    """
    content = find_content(table, asked)
    if content is None:
        raise missing_column(table, PATH_COLUMNS, None, "the paths or the texts", "images")
    at, is_path = content
    split = find_named(table, None, SPLIT_COLUMNS, but=(at,))
    group = find_named(table, asked.group, GROUP_COLUMNS, but=(at,))
    if asked.group is not None and group is None:
        raise missing_column(table, GROUP_COLUMNS, asked.group, "the groups", "group")
    labels = find_labels(table, asked, tuple(i for i in (at, split, group) if i is not None), is_path=is_path)
    taken = {at, split, group, *labels}
    unused = tuple(name for i, name in enumerate(table.header) if i not in taken and name)
    return Columns(content=at, is_path=is_path, labels=labels, split=split, group=group, unused=unused)


def find_content(table: Table, asked: Asked) -> tuple[int, bool] | None:
    """Find the column of content, and tell whether it holds paths (else texts); None where there is none."""
    if asked.images is not None:
        at = find_named(table, asked.images, ())
        if at is None:
            raise missing_column(table, (), asked.images, "the paths or the texts", "images")
        texts = share_of_texts(table.column(at)[:SEEN]) > 0.5
        return at, not texts or _names_files(table, at)
    paths = find_named(table, None, PATH_COLUMNS)
    for at in (paths, find_named(table, None, ID_COLUMNS)):
        if at is not None and _names_files(table, at):
            return at, True
    texts_at = find_named(table, None, TEXT_COLUMNS)
    if texts_at is not None:
        return texts_at, False
    if paths is not None:
        return paths, True  # whose files are missing, as an error will tell
    unusual = _find_text(table)
    return None if unusual is None else (unusual, False)


def find_labels(table: Table, asked: Asked, taken: tuple[int, ...], *, is_path: bool = True) -> tuple[int, ...]:
    """Find the columns of labels among those that are not `taken`; raises DataError where there are none."""
    if asked.labels is not None:
        names = [asked.labels] if find_named(table, asked.labels, ()) is not None else asked.labels.split(",")
        found = [(name, find_named(table, name, ())) for name in names]
        for name, at in found:
            if at is None:
                raise missing_column(table, (), name.strip(), "the labels", "labels")
        return tuple(at for _, at in found if at is not None)
    usual = (*TRANSCRIPT_COLUMNS, *LABEL_COLUMNS) if asked.task == "transcription" and is_path else LABEL_COLUMNS
    named = find_named(table, None, usual, but=taken)
    if named is not None:
        return (named,)
    others = [i for i, name in enumerate(table.header) if i not in taken and name and _plain(name) not in NO_LABELS]
    flags = [i for i in others if all(cell.strip().lower() in ZERO_ONE for cell in table.column(i)[:SEEN])]
    if len(flags) > 1 and asked.task != "regression":
        return tuple(flags)
    numbers = [i for i in others if is_numeric(table, i)]
    if numbers and len(numbers) == len(others) and (len(numbers) > 1 or asked.task == "regression"):
        return tuple(numbers)
    raise missing_column(table, LABEL_COLUMNS, None, "the labels", "labels")


def find_named(table: Table, asked: str | None, usual: Sequence[str], *, but: Sequence[int | None] = ()) -> int | None:
    """Give the place of the column that is `asked` for, otherwise of the first of the `usual` names; None without."""
    plain = [_plain(name) for name in table.header]
    for name in (_plain(asked),) if asked is not None else usual:
        for at, known in enumerate(plain):
            if known == name and at not in but:
                return at
    return None


def is_numeric(table: Table, at: int) -> bool:
    """Tell whether nearly all cells of a column, of the first few, are numbers."""
    return share_of_numbers(table.column(at)[:SEEN], decimal_comma=table.decimal_comma) >= 0.9


def share_of_texts(cells: list[str]) -> float:
    """Give which share of the cells are several words."""
    return sum(len(cell.split()) > 1 for cell in cells) / max(len(cells), 1)


def say_columns(table: Table, columns: Columns) -> tuple[Notice, ...]:
    """State what was taken for what, what was not used, and which columns look like groups."""
    n = len(table.rows)
    kind = "path" if columns.is_path else "text"
    taken = [(kind, (columns.content,)), ("label", columns.labels)]
    taken += [(what, (at,)) for what, at in (("split", columns.split), ("group", columns.group)) if at is not None]
    said = "; ".join(f"{what} from {', '.join(table.header[at] for at in places)}" for what, places in taken)
    likely = [name for name in columns.unused if _plain(name) in LIKELY_GROUPS] if columns.group is None else []
    return (
        Notice(what=f"columns: {said}", count=n, names=()),
        *note("columns not used", columns.unused),
        *note("columns that look like groups; --group NAME keeps each of its values in one split", likely),
    )


def _names_files(table: Table, at: int) -> bool:
    return find_way(table.file.parent, table.column(at)[:SEEN]) is not None


def _find_text(table: Table) -> int | None:
    """Find the column of the longest texts, where half of its cells have several words and few columns are numbers."""
    columns = range(len(table.header))
    if sum(is_numeric(table, at) for at in columns) > FEW_NUMBERS:
        return None
    texts = [at for at in columns if share_of_texts(table.column(at)[:SEEN]) >= 0.5]
    return max(texts, key=lambda at: sum(map(len, table.column(at)[:SEEN])), default=None)


def missing_column(table: Table, usual: Sequence[str], asked: str | None, what: str, option: str) -> DataError:
    """Make the error that a column is not there, whether asked for or of a usual name."""
    wanted = f"named {asked!r}" if asked is not None else f"named {', '.join(usual[:SHOWN])} or the like"
    return DataError(
        f"a column for {what} must be there, {wanted}",
        got=f"{table.file} with columns {', '.join(table.header)}",
        fix=f"name it with --{option}; {nearest(usual[0] if asked is None else asked, table.header)}",
    )


def _plain(name: str) -> str:
    """Bring a column's name to letters and digits: "Image Path" and image_path are the same."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
