"""Plain tables: numbers and categories with their labels, by stated rules, every faulty row refused by line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine

from striate.data.place import Place
from striate.data.sources import plain
from striate.data.sources.plain import PlainTable, read_plain_table
from striate.data.sources.source import Asked
from striate.data.sources.table import choose_source
from striate.errors import DataError


def read(file: Path, *lines: str, **asked: Any) -> PlainTable:
    file.write_text("\n".join(lines) + "\n")
    assert choose_source(Place(file)) is plain
    return read_plain_table(Place(file), Asked(**asked))


def test_wine(tmp_path: Path) -> None:
    wine = load_wine()
    rows = [[*map(repr, values), str(label)] for values, label in zip(wine.data.tolist(), wine.target, strict=True)]
    table = read(tmp_path / "w.csv", ",".join([*wine.feature_names, "target"]), *(",".join(row) for row in rows))
    assert table.columns == tuple(wine.feature_names)
    assert (table.values == wine.data).all()
    assert (table.task, table.classes, table.targets.tolist()) == (
        "classification",
        ("0", "1", "2"),
        wine.target.tolist(),
    )
    listing = plain.read(Place(tmp_path / "w.csv"), Asked())
    assert (listing.modality, listing.format) == ("signal", "plain")
    assert np.asarray(listing.contents).shape == (178, 1, 13)


ROWS = ["1,2.5,red,a", "2,3.5,blue,b", "3,4.5,red,a", "4,0.5,red,b"]


def test_categories_empty_cells_and_faults(tmp_path: Path) -> None:
    rows = [*ROWS * 6, ",1.5,,a", "5,many,red,a", "5,1,red,", "5,1,red"]
    table = read(tmp_path / "t.csv", "n,width,colour,kind", *rows)
    assert table.columns == ("n", "width", "colour")
    assert table.values[:2].tolist() == [[1, 2.5, 1], [2, 3.5, 0]]  # blue 0, red 1
    assert np.isnan(table.values[24]).tolist() == [True, False, True]
    assert table.classes == ("a", "b")
    assert [(item.name, item.reason) for item in table.refusals] == [
        ("line 27", "has 'many' under width, no number"),
        ("line 28", "has no label"),
        ("line 29", "has 3 cells, the header 4"),
    ]
    assert table.found == 28 == len(table.values) + len(table.refusals)
    said = {item.what: item.names for item in table.notices}
    assert said["rows with empty cells"] == ("line 26",)


def test_numbers_to_predict(tmp_path: Path) -> None:
    table = read(tmp_path / "t.csv", "n,width,colour,kind", *ROWS, labels="width")
    assert (table.task, table.columns, table.targets[:, 0].tolist()) == (
        "regression",
        ("n", "colour", "kind"),
        [2.5, 3.5, 4.5, 0.5],
    )


def test_columns_of_remarks_are_left_out_and_named(tmp_path: Path) -> None:
    rows = [f"{i},{i * 2},remark{i},{'ab'[i % 2]}" for i in range(9)]
    table = read(tmp_path / "t.csv", "n,m,remark,label", *rows)
    assert table.columns == ("n", "m")
    assert ("columns of mostly different texts, left out", ("remark",)) in [(x.what, x.names) for x in table.notices]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("a,b,c,label", ("a", "b", "c")),
        ("1,2.5,red,a", ("c1", "c2", "c3")),  # a row like the others
        ("a,a,,label", ("a1", "a2", "c3")),
    ],
)
def test_header_lines(header: str, columns: tuple[str, ...], tmp_path: Path) -> None:
    table = read(tmp_path / "t.csv", header, *ROWS)
    assert table.columns == columns
    assert table.found == len(ROWS) + (columns[0] == "c1")


def test_rising_numbers_name_columns(tmp_path: Path) -> None:
    table = read(tmp_path / "t.csv", "400,410,420,kind", *(f"{i},{i},{i},{'ab'[i % 2]}" for i in range(9)))
    assert table.columns == ("400", "410", "420")


def test_splits_and_groups(tmp_path: Path) -> None:
    rows = [
        f"{row},{word},g{i}" for i, (row, word) in enumerate(zip(ROWS, ["train", "dev", "test", "train"], strict=True))
    ]
    table = read(tmp_path / "t.csv", "n,width,colour,label,split,batch", *rows, group="batch")
    assert table.columns == ("n", "width", "colour")
    assert table.splits.tolist() == ["train", "validation", "test", "train"]
    assert table.groups == ("g0", "g1", "g2", "g3")


def test_a_folder_with_tables_of_splits(tmp_path: Path) -> None:
    for name in ("train", "test"):
        (tmp_path / f"{name}.tsv").write_text("n\tm\tlabel\n" + "".join(f"{i}\t{i / 2}\t{i % 2}\n" for i in range(4)))
    assert choose_source(Place(tmp_path)) is plain
    table = read_plain_table(Place(tmp_path), Asked())
    assert table.splits.tolist() == ["train"] * 4 + ["test"] * 4
    assert table.names[4] == "test.tsv line 2"


def test_nothing_but_labels(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("n,m\n,1\n,2\n")
    with pytest.raises(DataError, match="a row and a column beside its labels"):
        read_plain_table(Place(tmp_path / "t.csv"), Asked(labels="n"))
    with pytest.raises(DataError, match="named 'k'"):
        read_plain_table(Place(tmp_path / "t.csv"), Asked(labels="k"))
