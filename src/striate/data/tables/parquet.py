"""Tables in Parquet files, by pyarrow (extra `tables`)."""

from pathlib import Path
from typing import Any

from striate.data.tables.cell import write_cell
from striate.data.tables.table import Row, Table
from striate.errors import DataError

MOST_CELLS = 500_000_000  # that a file may declare; it packs equal ones to nothing
HEAD_ROWS = 500


def read_parquet(file: Path, most: int | None = None) -> Table:
    """Read a Parquet file, or with `most` its first rows; raises DataError where it is damaged or holds bytes."""
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise DataError(
            "Parquet files are read by pyarrow", got=f"{file} without it", fix="pip install 'striate[tables]'"
        ) from None
    try:
        with ParquetFile(file) as source:
            _expect_plain(source, file)
            batches = source.iter_batches(batch_size=HEAD_ROWS)
            parts = [next(batches, None)] if most is not None else list(batches)
            columns = [
                [write_cell(value) for part in parts if part is not None for value in part.column(i).to_pylist()]
                for i in range(len(source.schema_arrow.names))
            ]
            header = list(source.schema_arrow.names)
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            "a Parquet file must be whole", got=f"{file}: {str(error) or type(error).__name__}", fix="write it anew"
        ) from error
    rows = zip(*columns, strict=True) if columns else ()
    return Table(
        file=file,
        header=header,
        rows=[Row(place=f"row {i}", cells=list(cells), file=file) for i, cells in enumerate(rows, 1)],
    )


def _expect_plain(source: Any, file: Path) -> None:
    """Columns hold text, numbers or lists of them; all cells fit into memory."""
    import pyarrow

    odd = [
        field.name
        for field in source.schema_arrow
        if pyarrow.types.is_struct(field.type)
        or pyarrow.types.is_binary(field.type)
        or pyarrow.types.is_large_binary(field.type)
    ]
    if odd:
        raise DataError(
            "a Parquet table holds paths, texts, labels and numbers",
            got=f"{file} with bytes or records in {', '.join(odd)}",
            fix="write pictures and sounds as files, with a column of their paths",
        )
    cells = source.metadata.num_rows * source.metadata.num_columns
    if cells > MOST_CELLS:
        raise DataError(
            f"a Parquet table holds at most {MOST_CELLS:,} cells", got=f"{file} with {cells:,}", fix="split it up"
        )
