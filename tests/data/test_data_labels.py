"""What the labels of a table are: classes, several labels each, numbers, texts; by which rule, and stated."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from striate.data.open import open_data
from striate.data.place import Place
from striate.data.sources import delimited, jsonl, parquet
from striate.data.sources.source import Asked
from striate.data.sources.table import choose_source
from striate.data.tables.labels import guess_task, read_labels
from striate.errors import DataError

N = 24
PATHS = [f"p/{i}.png" for i in range(N)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with p/0.png to p/23.png, all different."""
    (tmp_path / "d/p").mkdir(parents=True)
    for i in range(N):
        Image.new("L", (8, 8), 10 * i).save(tmp_path / "d/p" / f"{i}.png")
    return tmp_path / "d"


def write(folder: Path, columns: dict[str, list[Any]], name: str = "t.csv") -> Path:
    """Write columns as the file's ending has it; strings are taken as they are."""
    file = folder / name
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if name.endswith("jsonl"):
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif name.endswith("parquet"):
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow.parquet import write_table

        write_table(pyarrow.table(columns), file)
    else:
        quoted = [
            [f'"{cell}"'.replace('["', '[""').replace('"]', '""]').replace('", "', '"", ""') for cell in row.values()]
            for row in rows
        ]
        file.write_text("\n".join([",".join(columns), *(",".join(row) for row in quoted)]) + "\n")
    return file


TAGS = [("cat", "dog"), ("dog",), ("cat",), ("bird", "dog")]
EXPECTED = np.array([[0, 1, 1], [0, 0, 1], [0, 1, 0], [1, 0, 1]] * (N // 4), np.uint8)  # bird, cat, dog


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
@pytest.mark.parametrize("joined", ["{}; {}", "{}|{}", "{}, {}", '["{}", "{}"]'])
def test_several_labels_in_a_cell(joined: str, name: str, folder: Path) -> None:
    cells = [joined.format(*tags) if len(tags) > 1 else tags[0] for tags in TAGS]
    if joined[0] == "[":
        cells = [json.dumps(tags) for tags in TAGS]
    catalogue = open_data(write(folder, {"path": PATHS, "tags": cells * (N // 4)}, name))
    assert (catalogue.task, catalogue.classes) == ("multilabel", ("bird", "cat", "dog"))
    assert (catalogue.targets == EXPECTED).all()
    assert any("several may apply" in item.what for item in catalogue.ledger.notices)


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet"])
def test_lists_as_they_are_typed(name: str, folder: Path) -> None:
    tags = [list(tags) for tags in TAGS] * (N // 4)
    tags[1] = []  # none applies
    catalogue = open_data(write(folder, {"path": PATHS, "labels": tags}, name))
    assert catalogue.targets[1].tolist() == [0, 0, 0]
    assert (np.delete(catalogue.targets, 1, 0) == np.delete(EXPECTED, 1, 0)).all()


@pytest.mark.parametrize(
    ("cells", "asked", "task", "classes"),
    [
        (["Bern, Switzerland", "Rome, Italy"], None, "classification", ("Bern, Switzerland", "Rome, Italy")),
        (["a;b", "c"], None, "multilabel", ("a", "b", "c")),
        (["a;b", "c"], "classification", "classification", ("a;b", "c")),
        (["a, b", "c, d"], "multilabel", "multilabel", ("a", "b", "c", "d")),
        (["a b", "c"], "multilabel", "multilabel", ("a b", "c")),
        (["a b", "c"], None, "classification", ("a b", "c")),
        (["3", "10", "2"], None, "classification", ("2", "3", "10")),
        (["3", "10", "2"], "regression", "regression", ("y",)),
        (["3", "10.5", "2"], None, "regression", ("y",)),
        (["3", "10.0", "2.0"], None, "classification", ("10.0", "2.0", "3")),
        (["007", "012"], None, "classification", ("007", "012")),
        ([str(i) for i in range(21)], None, "regression", ("y",)),
        ([str(i) for i in range(20)], None, "classification", tuple(map(str, range(20)))),
        ([str(i % 21) for i in range(210)], None, "classification", tuple(map(str, range(21)))),
        (["ab", "ba"], "transcription", "transcription", ("a", "b")),
    ],
)
def test_rules(cells: list[str], asked: Any, task: str, classes: tuple[str, ...]) -> None:
    labels = read_labels([[cell] for cell in cells], ["y"], asked)
    assert (labels.task, labels.classes) == (task, classes)
    assert guess_task(cells) == task or asked is not None
    assert not any(labels.faults)


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_tables_hold_no_boxes(task: Any, folder: Path) -> None:
    with pytest.raises(DataError, match=f"got --task {task}; give boxes or masks"):
        open_data(write(folder, {"path": PATHS, "label": ["a", "b"] * 12}), task=task)


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_columns_of_0_and_1(name: str, folder: Path) -> None:
    flags = {"bird": EXPECTED[:, 0].tolist(), "cat": EXPECTED[:, 1].tolist(), "dog": EXPECTED[:, 2].tolist()}
    catalogue = open_data(write(folder, {"path": PATHS, **flags}, name))
    assert (catalogue.task, catalogue.classes) == ("multilabel", ("bird", "cat", "dog"))
    assert (catalogue.targets == EXPECTED).all()


def test_exactly_one_1_is_a_class(folder: Path) -> None:
    flags = {"a": [1, 0] * 12, "b": [0, 1] * 12}
    table = write(folder, {"path": PATHS, **flags})
    assert open_data(table).task == "classification"
    assert open_data(table).targets.tolist() == [0, 1] * 12
    assert open_data(table, task="multilabel").targets.tolist() == [[1, 0], [0, 1]] * 12
    assert open_data(table, task="regression").targets.tolist() == [[1, 0], [0, 1]] * 12


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_numbers_to_predict(name: str, folder: Path) -> None:
    values = [i / 4 for i in range(N)]
    catalogue = open_data(write(folder, {"path": PATHS, "target": values}, name))
    assert (catalogue.task, catalogue.classes) == ("regression", ("target",))
    assert catalogue.targets[:, 0].tolist() == values
    assert any("its numbers have fractions; --task class" in item.what for item in catalogue.ledger.notices)


def test_several_numbers_to_predict(folder: Path) -> None:
    columns = {"path": PATHS, "x": [i / 2 for i in range(N)], "y_": [-i / 3 for i in range(N)]}
    catalogue = open_data(write(folder, columns))
    assert (catalogue.task, catalogue.classes) == ("regression", ("x", "y_"))
    assert np.allclose(catalogue.targets, np.array([columns["x"], columns["y_"]]).T)
    assert open_data(write(folder, columns), labels="y_").targets.shape == (N, 1)
    assert open_data(write(folder, columns), labels="y_, x").classes == ("y_", "x")


def test_faulty_numbers_are_refused_by_line(folder: Path) -> None:
    values = [str(i / 4) for i in range(N)]
    values[3], values[5], values[7] = "many", "n/a", "inf"
    ledger = open_data(write(folder, {"path": PATHS, "target": values}), task="regression").ledger
    assert [(item.name, item.reason) for item in ledger.refusals] == [
        ("p/3.png", "line 5 has 'many' under target, no number"),
        ("p/5.png", "line 7 has no number under target"),
        ("p/7.png", "line 9 has 'inf' under target, no number"),
    ]
    assert (ledger.found, ledger.used) == (N, N - 3)


def test_decimal_commas(folder: Path) -> None:
    lines = ["path;target", *(f"{path};{i},5" for i, path in enumerate(PATHS))]
    (folder / "t.csv").write_text("\n".join(lines))
    assert open_data(folder / "t.csv").targets[:3, 0].tolist() == [0.5, 1.5, 2.5]


def test_spaces_are_part_of_a_name_unless_all_have_them(folder: Path) -> None:
    labels = ["cat", "cat ", "Cat"] * 8
    catalogue = open_data(write(folder, {"path": PATHS, "label": labels}))
    assert catalogue.classes == ("Cat", "cat", "cat ")
    assert open_data(write(folder, {"path": PATHS, "label": [" a", " b"] * 12})).classes == ("a", "b")


def read_text_table(file: Path, source: Any, **asked: Any) -> Any:
    place = Place(file)
    assert choose_source(place) is source
    return source.read(place, Asked(**asked))


@pytest.mark.parametrize(("name", "source"), [("t.csv", delimited), ("t.jsonl", jsonl), ("t.parquet", parquet)])
@pytest.mark.parametrize("column", ["review", "Sentence", "remark"])
def test_texts(name: str, source: Any, column: str, tmp_path: Path) -> None:
    texts = ["a fine film", "dull, and long", 'he said "no"', "so so"]
    table = write(
        tmp_path,
        {column: [text.replace('"', '""') if name == "t.csv" else text for text in texts], "label": [1, 0, 0, 1]},
        name,
    )
    listing = read_text_table(table, source)
    assert (listing.modality, listing.task, listing.contents) == ("text", "classification", tuple(texts))
    assert (listing.classes, listing.targets.tolist()) == (("0", "1"), [1, 0, 0, 1])
    assert listing.names[0] == ("row 1" if name == "t.parquet" else "line 2" if name == "t.csv" else "line 1")


def test_texts_may_be_strings_without_spaces(tmp_path: Path) -> None:
    table = write(tmp_path, {"smiles": ["CCO", "CC", "C1CC1", "O"], "label": [0.5, 1.25, 3, 2]})
    listing = read_text_table(table, delimited)
    assert (listing.task, listing.contents[2], listing.targets[:, 0].tolist()) == (
        "regression",
        "C1CC1",
        [0.5, 1.25, 3, 2],
    )


def test_long_texts_of_many_lines(tmp_path: Path) -> None:
    """More than the first bytes that tell what a table is, cut within a cell."""
    text = "two words\n" * 2000
    (tmp_path / "t.csv").write_text("text,label\n" + f'"{text}",a\n"{text}x",b\n' * 20)
    listing = read_text_table(tmp_path / "t.csv", delimited)
    assert len(listing.contents) == 40
    assert listing.contents[0] == text.strip()


def test_rows_without_text_are_refused(tmp_path: Path) -> None:
    table = write(tmp_path, {"text": ["one two", "", "one two"], "label": ["a", "b", "a"]})
    listing = read_text_table(table, delimited)
    assert [(item.name, item.reason) for item in listing.refusals] == [("line 3", "has no text")]
    assert listing.contents == ("one two", "one two")  # equal texts are no fault


def test_lines_that_are_no_objects_are_refused(folder: Path) -> None:
    file = write(folder, {"path": PATHS, "label": ["a", "b"] * 12}, "t.jsonl")
    file.write_text(file.read_text() + '[1]\n{"path": \n\n' + "[" * 100_000 + "\n")
    ledger = open_data(file).ledger
    assert [item.name for item in ledger.refusals] == ["line 25", "line 26", "line 28"]
    assert "is no JSON object" in ledger.refusals[0].reason
    assert ledger.found == N + 3


@pytest.mark.parametrize(
    ("endings", "modality"),
    [((".wav", ".wav", ".txt"), "audio"), ((".mp4",), "clip"), ((".txt",), "text"), (("",), "image")],
)
def test_endings_tell_what_the_files_are(endings: tuple[str, ...], modality: str, tmp_path: Path) -> None:
    names = [f"{i}{ending}" for i, ending in enumerate(endings * 2)]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    table = write(tmp_path, {"file": names, "label": ["a", "b"] * len(endings)})
    assert read_text_table(table, delimited).modality == modality


def test_groups_splits_and_what_is_not_used(folder: Path) -> None:
    columns = {
        "path": PATHS,
        "label": ["a", "b"] * 12,
        "patient": [f"p{i % 6}" for i in range(N)],
        "age": list(range(N)),
        "split": ["Train", "VAL", "testing", "train"] * 6,
    }
    table = write(folder, columns)
    listing = read_text_table(table, delimited, group="patient")
    assert listing.groups == tuple(columns["patient"])
    assert listing.splits.tolist() == ["train", "validation", "test", "train"] * 6
    said = {item.what: item.names for item in listing.notices}
    assert said["columns: path from path; label from label; split from split; group from patient"] == ()
    assert said["columns not used"] == ("age",)
    said = {item.what: item.names for item in read_text_table(table, delimited).notices}
    assert said["columns that look like groups; --group NAME keeps each of its values in one split"] == ("patient",)
    with pytest.raises(DataError, match=r"groups must be there, named 'clinic'.*--group"):
        open_data(table, group="clinic")


def test_a_table_a_split(folder: Path) -> None:
    for name, start in (("train", 0), ("valid", 12), ("test", 18)):
        rows = slice(start, start + (12 if name == "train" else 6))
        write(folder, {"path": PATHS[rows], "label": (["a", "b"] * 12)[rows]}, f"{name}.csv")
    catalogue = open_data(folder)
    assert catalogue.splits.tolist() == ["train"] * 12 + ["validation"] * 6 + ["test"] * 6
    write(folder, {"id": ["1", "2"], "guess": ["a", "b"]}, "sample_submission.csv")
    assert open_data(folder).fingerprint == catalogue.fingerprint
    write(folder, {"path": PATHS, "label": ["a", "b"] * 12}, "labels.csv")
    with pytest.raises(DataError, match=r"one table of files or texts.*labels\.csv.*give the table itself"):
        open_data(folder)


def test_a_table_beside_class_folders_is_ambiguous(folder: Path) -> None:
    (folder / "q").mkdir()
    Image.new("L", (8, 8)).save(folder / "q/0.png")
    write(folder, {"path": PATHS, "label": ["a", "b"] * 12})
    with pytest.raises(
        DataError, match=r"class folders of pictures: p, q \(folders\).*--format folders or --format csv"
    ):
        open_data(folder)
    assert open_data(folder, format="csv").classes == ("a", "b")


def test_damaged_parquet(tmp_path: Path) -> None:
    file = write(tmp_path, {"path": ["a", "b"], "label": [0, 1]}, "t.parquet")
    whole = file.read_bytes()
    for content in (whole[:-9], whole[:20], b"PAR1" + bytes(50) + b"PAR1"):
        file.write_bytes(content)
        with pytest.raises(DataError, match=r"Parquet file must be whole.*t\.parquet"):
            open_data(file)


def test_parquet_with_bytes_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, {"image": [b"\x89PNG", b"\x89PNG"], "label": [0, 1]}, "t.parquet")
    with pytest.raises(DataError, match="bytes or records in image"):
        open_data(file)


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pip install 'striate\[tables\]'"):
        open_data(tmp_path / "t.parquet")
