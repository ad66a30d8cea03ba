"""Tables that name files or hold texts, a row an example, whatever they are written in."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from striate.data.content import guess_content
from striate.data.listing import SPLITS, TRAIN, Listing, note, read_splits, show_name, split_role
from striate.data.place import Place
from striate.data.sources.source import Asked, Match
from striate.data.tables.columns import Columns, find_columns, find_content, is_numeric, say_columns
from striate.data.tables.files import Way, find_way, is_file
from striate.data.tables.labels import Labels, read_labels
from striate.data.tables.read import read_table
from striate.data.tables.table import Row, Table, expect_rows, join_tables
from striate.errors import DataError
from striate.kinds import Modality
from striate.records import Notice, Refusal

HEAD = 1 << 18  # bytes of a table that tell what it is


def match_table(place: Place, endings: Sequence[str]) -> Match | None:
    """Say that a place is a table of files or texts, or a folder with one a split or one in all.

    It is certain unless there are class folders beside it, or it lacks a column, as reading it will tell. A table of
    numbers alone is none.
    """
    files = find_tables(place, endings)
    heads = {file: open_head(file) for file in files}
    if any(is_whole(table) for table in heads.values()):
        beside = place.is_folder and len(place.layout.classes) > 1
        named = ", ".join(place.walk.name(file) for file in files) if place.is_folder else files[0].name
        return Match(why=f"a table of files or texts, {named}", certain=not beside)
    if len(files) == 1 and not is_plain(heads[files[0]]):
        return Match(why=f"a table without usable columns, {files[0].name}", certain=False)
    return None


def find_tables(place: Place, endings: Sequence[str]) -> tuple[Path, ...]:
    """Give the tables of a place: itself, those at the top of a folder, or those in its split folders."""
    if not place.is_folder:
        return (place.path,) if place.path.name.lower().endswith(tuple(endings)) else ()
    depth = len(place.path.parts)
    files = place.ending(*endings)
    return tuple(
        file
        for file in files
        if len(file.parts) == depth + 1 or (len(file.parts) == depth + 2 and split_role(file.parent.name))
    )


def read_tables(place: Place, endings: Sequence[str], usable: Callable[[Table | None], bool] | None = None) -> Table:
    """Read the table of a place, or those of its splits one below the other; raises DataError for several others.

    Of several, those count that are `usable` by their first rows (default: with content and labels).
    """
    files = find_tables(place, endings) or (place.path,)
    fit = [file for file in files if (usable or is_whole)(open_head(file))] if len(files) > 1 else list(files)
    if len(fit) == 1:
        return expect_rows(read_table(fit[0]))
    roles = [split_role(file.stem) or split_role(file.parent.name) for file in fit]
    if all(roles) and len(set(roles)) == len(roles) and TRAIN in roles:
        in_order = sorted(zip(fit, roles, strict=True), key=lambda pair: SPLITS.index(pair[1]))
        return join_tables([(expect_rows(read_table(file)), role) for file, role in in_order])
    raise DataError(
        "a folder holds one table of files or texts, or one a split, named train, validation, test",
        got=f"{place.source} with {', '.join(file.name for file in fit or files)}",
        fix="give the table itself",
    )


def list_table(place: Place, asked: Asked, table: Table, *, format: str) -> Listing:
    """List the examples that a table names or holds; paths count from the folder it is in.

    Rows without content or label, of another length than the header, or, of files, that repeat an earlier row are
    refused by name; so are, when they are decoded, rows whose file is missing. Raises DataError for a table without
    the columns, or where none of its files exists.
    """
    columns = find_columns(table, asked)
    way = (columns.is_path and find_way(table.file.parent, table.column(columns.content))) or Way()
    faults = _find_faults(table, columns, place)
    rows = [row for row, fault in zip(table.rows, faults, strict=True) if not fault]
    titles = [table.header[at] for at in columns.labels]
    cells = [[row.cells[at] for at in columns.labels] for row in rows]
    labels = read_labels(cells, titles, asked.task, decimal_comma=table.decimal_comma)
    kept = [row for row, fault in zip(rows, labels.faults, strict=True) if not fault]
    content = [row.cells[columns.content].strip() for row in kept]
    paths = tuple(way.follow(row.file.parent, row.cells[columns.content]) for row in kept) if columns.is_path else ()
    if columns.is_path:
        _expect_files(table, content, paths)
    names = tuple(_name(row, columns) for row in kept)
    return Listing(
        source=show_name(place.source),
        format=format,
        task=labels.task,
        modality=_weigh(paths) if columns.is_path else "text",
        classes=labels.classes,
        names=names,
        targets=labels.targets,
        splits=read_splits([_split(row, columns) for row in kept]),
        found=len(table.rows) + len(table.refusals),
        paths=paths,
        contents=() if columns.is_path else tuple(content),
        groups=() if columns.group is None else tuple(row.cells[columns.group].strip() for row in kept),
        refusals=(*table.refusals, *_refuse(table, columns, faults), *_refuse_labels(rows, columns, labels)),
        notices=(
            *say_columns(table, columns),
            Notice(what=f"labels: {labels.said}", count=len(kept), names=()),
            *note(
                f"paths counted from {way.into or '.'}, with {way.ending or 'nothing'} added", names * (way != Way())
            ),
        ),
    )


def is_plain(table: Table | None) -> bool:
    """Tell whether a table is one of numbers: at least two columns of them, whatever else it has."""
    return table is not None and sum(is_numeric(table, at) for at in range(len(table.header))) > 1


def open_head(file: Path) -> Table | None:
    """Read the first rows of a table; None where it cannot be read."""
    try:
        return read_table(file, HEAD)
    except DataError:
        return None


def is_whole(table: Table | None) -> bool:
    """Tell whether a table holds files or texts, and labels."""
    if table is None or not table.rows:
        return False
    try:
        return find_content(table, Asked()) is not None and bool(find_columns(table, Asked()).labels)
    except DataError:
        return False


def _find_faults(table: Table, columns: Columns, place: Place) -> list[str]:
    """Give the reason why each row cannot be used, or ""."""
    seen: dict[tuple[str, ...], str] = {}
    faults: list[str] = []
    for row in table.rows:
        fault = _find_fault(row, len(table.header), columns)
        if not fault and columns.is_path:
            key = tuple(row.cells[at].strip() for at in (columns.content, *columns.labels))
            earlier = seen.setdefault(key, row.place)
            fault = f"{row.place} repeats {earlier}" if earlier != row.place else ""
            if place.is_foreign and not place.holds(row.file.parent / row.cells[columns.content].strip()):
                fault = "leads out of the archive"
        faults.append(fault)
    return faults


def _find_fault(row: Row, width: int, columns: Columns) -> str:
    cells = dict(enumerate(row.cells))
    content = cells.get(columns.content, "").strip()
    if not any(cells.get(at, "").strip() for at in columns.labels) and (content or columns.content not in cells):
        return "has no label"
    if not content:
        return "has no path" if columns.is_path else "has no text"
    if len(cells) != width:
        return f"has {len(cells)} cells, the header {width}"
    if columns.group is not None and not cells[columns.group].strip():
        return "has no group"
    return ""


def _refuse(table: Table, columns: Columns, faults: Sequence[str]) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(name=_name(row, columns), reason=fault) for row, fault in zip(table.rows, faults, strict=True) if fault
    )


def _refuse_labels(rows: Sequence[Row], columns: Columns, labels: Labels) -> tuple[Refusal, ...]:
    """Refuse the rows whose labels cannot be read, by line where they are numbers."""
    return tuple(
        Refusal(name=_name(row, columns), reason=f"{row.place} {fault}" if labels.task == "regression" else fault)
        for row, fault in zip(rows, labels.faults, strict=True)
        if fault
    )


def _name(row: Row, columns: Columns) -> str:
    """Name an example: a file by its path, all else by its line."""
    content = row.cells[columns.content].strip() if columns.is_path and len(row.cells) > columns.content else ""
    return show_name(content or row.place)


def _split(row: Row, columns: Columns) -> str:
    return row.cells[columns.split] if columns.split is not None else row.split


def _weigh(paths: Sequence[Path]) -> Modality:
    """Tell what most of the files are, by their endings; pictures where these say nothing."""
    kinds = Counter(kind for path in paths if (kind := guess_content(path)))
    return kinds.most_common(1)[0][0] if kinds else "image"


def _expect_files(table: Table, names: Sequence[str], paths: Sequence[Path]) -> None:
    if not any(map(is_file, paths)):
        first = names[0] if names else "no usable row"
        raise DataError(
            "a table names files that exist, counted from the folder it is in",
            got=f"{table.file}: none of {len(names)} exists, first {first}",
            fix="move the table beside the files or write paths from its folder",
        )
