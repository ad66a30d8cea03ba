"""CSV and TSV with path and label: recognised columns, and every fault of a table by name."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from striate.data.open import open_data
from striate.errors import DataError

ROWS = [(f"pictures/{i}.png", "ab"[i % 2]) for i in range(6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with pictures/0.png to pictures/5.png."""
    (tmp_path / "d/pictures").mkdir(parents=True)
    for i in range(6):
        Image.new("L", (8, 8), 40 * i).save(tmp_path / "d/pictures" / f"{i}.png")
    return tmp_path / "d"


def write(folder: Path, *lines: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    (folder / name).write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return folder / name


def lines(separator: str = ",") -> list[str]:
    return [separator.join(row) for row in ROWS]


@pytest.mark.parametrize(
    ("header", "separator", "name", "encoding"),
    [
        ("path,label", ",", "t.csv", "utf-8"),
        ("File Name;Class", ";", "t.csv", "utf-8"),
        ("image_path\tcategory", "\t", "t.tsv", "utf-8-sig"),
        ("img,target", ",", "t.CSV", "utf-8-sig"),
        ("picture|class_name", "|", "t.csv", "utf-8"),
    ],
)
def test_usual_tables(header: str, separator: str, name: str, encoding: str, folder: Path) -> None:
    catalogue = open_data(write(folder, header, *lines(separator), name=name, encoding=encoding))
    assert catalogue.format == "csv"
    assert catalogue.names == tuple(path for path, _ in ROWS)
    assert [catalogue.classes[i] for i in catalogue.targets] == [label for _, label in ROWS]
    assert catalogue.inputs[:, 0, 0, 0].tolist() == [0, 40, 80, 120, 160, 200]


def test_columns_by_name(folder: Path) -> None:
    rows = [f"{label},{path}" for path, label in ROWS]
    catalogue = open_data(write(folder, "kind,where", *rows), images="where", labels="kind")
    assert catalogue.classes == ("a", "b")


def test_the_folder_of_a_table_is_enough(folder: Path) -> None:
    write(folder, "path,label", *lines())
    assert open_data(folder).format == "csv"


def test_numbers_are_sorted_by_value(folder: Path) -> None:
    rows = [f"pictures/{i}.png,{(9, 10)[i % 2]}" for i in range(6)]
    assert open_data(write(folder, "path,label", *rows)).classes == ("9", "10")


def test_given_splits(folder: Path) -> None:
    words = ["train", "train", "val", "val", "TEST", "test"]
    table = write(folder, "path,label,split", *(f"{row},{word}" for row, word in zip(lines(), words, strict=True)))
    catalogue = open_data(table)
    assert catalogue.splits.tolist() == ["train", "train", "validation", "validation", "test", "test"]
    assert catalogue.split_rule == "as given"


def test_faulty_rows_are_refused_by_name(folder: Path) -> None:
    broken = {
        "pictures/gone.png,a": ("pictures/gone.png", "is missing"),
        "pictures/0.png,": ("pictures/0.png", "has no label"),
        "pictures/0.png": ("pictures/0.png", "has no label"),
        ",b": ("line 11", "has no path"),
        "pictures/1.png,b,more": ("pictures/1.png", "has 3 cells, the header 2"),
        "pictures/1.png,b": ("pictures/1.png", "line 13 repeats line 3"),
    }
    catalogue = open_data(write(folder, "path,label", *lines(), *broken))
    ledger = catalogue.ledger
    assert (ledger.found, ledger.used, ledger.refused) == (12, 6, 6)
    assert sorted((item.name, item.reason) for item in ledger.refusals) == sorted(broken.values())


def test_disputed_pictures_are_noted(folder: Path) -> None:
    catalogue = open_data(write(folder, "path,label", *lines(), "pictures/1.png,a", "pictures/3.png,b"))
    disputed = [item for item in catalogue.ledger.notices if "different labels" in item.what]
    assert [item.names for item in disputed] == [("pictures/1.png", "pictures/1.png")]
    assert {catalogue.splits[i] for i, name in enumerate(catalogue.names) if name == "pictures/1.png"} == {"train"}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (["path,lable", *lines()], "column for the labels .*columns path, lable; .*did you mean lable"),
        (["pfad,label", *lines()], "column for the paths or the texts .*columns pfad, label; name it with --images"),
        (["path,label"], "header line and at least one row"),
        ([], "header line"),
        (["path,label", "x/1.png,a", "x/2.png,b"], "names files that exist.*none of 2 exists, first x/1.png"),
        (["path,label", "pictures/0.png,"], "no usable row"),
        (["path,label,split", *(row + ",tain" for row in lines())], "a split is train, validation or test, got 'tain'"),
        (["path,label,split", *(row + "," for row in lines()[1:]), lines()[0] + ",test"], "a split for every example"),
        (["path,label", *lines(), 'pictures/"unclosed,a', '"x'], "UTF-8 text"),
        (["path,label", *(f"{path},a" for path, _ in ROWS)], "at least two classes"),
        (["path,label", *lines()[:5]], "b: 2"),
    ],
)
def test_faulty_tables_are_errors(table: list[str], message: str, folder: Path) -> None:
    with pytest.raises(DataError, match=message):
        open_data(write(folder, *table))


def test_unknown_column_by_name_is_an_error(folder: Path) -> None:
    with pytest.raises(DataError, match=r"named 'labels'.*did you mean label"):
        open_data(write(folder, "path,label", *lines()), labels="labels")


def test_other_encodings_are_errors(folder: Path) -> None:
    with pytest.raises(DataError, match="UTF-8"):
        open_data(write(folder, "path,label", *lines(), "é.png,a", encoding="latin-1"))


def test_paths_may_be_strange(folder: Path) -> None:
    """A path too long, or with a character no path may have, is one refused row."""
    catalogue = open_data(write(folder, "path,label", *lines(), "x" * 5000 + ",a", "pictures,a"))
    assert catalogue.ledger.refused == 2
    assert np.array_equal(np.bincount(catalogue.targets), [3, 3])


@pytest.mark.parametrize(
    ("cell", "column", "said"),
    [
        ("{i}.png", "file", "paths counted from pictures, with nothing added"),
        ("{i}", "id_code", "paths counted from pictures, with .png added"),
        ("pictures/{i}", "image", "paths counted from ., with .png added"),
    ],
)
def test_paths_that_need_a_folder_or_an_ending(cell: str, column: str, said: str, folder: Path) -> None:
    """As competitions have them; what was added is stated."""
    catalogue = open_data(write(folder, f"{column},label", *(f"{cell.format(i=i)},{'ab'[i % 2]}" for i in range(6))))
    assert catalogue.inputs[:, 0, 0, 0].tolist() == [0, 40, 80, 120, 160, 200]
    assert said in {item.what for item in catalogue.ledger.notices}
