"""What is typed about data: format, task, columns, groups; and how much of it may be refused before training stops."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import striate as package
from striate.data.xo_set import save_xo
from striate.errors import DataError

FAST = ("--architecture", "conv 4 3x3 > relu > globalpool", "--epochs", "1", "--set", "batch=16", "--run", "run")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of 40 X's and O's in train and test, with a table of them whose columns have unusual names."""
    save_xo(tmp_path / "letters", 40, 12, size=12, seed=1)
    files = sorted((tmp_path / "letters").rglob("*.png"))
    rows = [(str(file.relative_to(tmp_path)), file.parent.name, f"p{i % 9}") for i, file in enumerate(files)]
    with (tmp_path / "t.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("where", "what", "who"), *rows])
    return tmp_path


WORDS = ("--images", "where", "--labels", "what", "--group", "who")


def test_words_reach_the_data(striate: Callable, folder: Path) -> None:
    unnamed = striate("check", folder / "t.csv")
    assert unnamed.code == 2
    assert "--images" in unnamed.err
    record = striate("check", folder / "t.csv", *WORDS, "--json").record
    assert record["words"] == {"images": "where", "labels": "what", "group": "who"}
    assert "group from who" in record["ledger"]["notices"][0]["what"]
    run = striate("train", folder / "t.csv", *WORDS, *FAST, "--json").record
    assert run["data"]["words"] == record["words"]
    assert striate("test", "run", folder / "t.csv").code == 2
    again = striate("test", "run", folder / "t.csv", *WORDS, "--json")
    assert again.record["test"]["accuracy"] == run["test"]["accuracy"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--task", "clasification"), "did you mean classification"),
        (("--task", "detection"), "give boxes or masks"),
        (("--format", "cvs"), "did you mean csv"),
        (("--format", "folders"), "name columns of a table"),
        (("--labels", "wat"), "named 'wat'"),
        (("--group", "nobody"), "named 'nobody'"),
    ],
)
@pytest.mark.parametrize("command", ["check", "train"])
def test_words_that_fit_nothing(
    command: str, words: tuple[str, str], message: str, striate: Callable, folder: Path
) -> None:
    told = {"--images": "where", "--labels": "what", words[0]: words[1]}
    done = striate(command, folder / "t.csv", *(word for pair in told.items() for word in pair))
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert not (folder / "runs").exists()


def test_training_stops_when_much_is_refused(striate: Callable, folder: Path) -> None:
    letters = folder / "letters"
    for i in range(3):  # of 55, 5.5 %
        (letters / "train/X" / f"bad{i}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    stopped = striate("train", letters, *FAST)
    assert stopped.code == 2
    assert "at most 5% of the examples may be refused" in stopped.err
    assert "3 of 55" in stopped.err and "train/X/bad0.png" in stopped.err and "--allow-refused" in stopped.err
    assert not (folder / "run").exists()
    with pytest.raises(DataError, match="at most 5%"):
        package.train(letters, run=folder / "run")
    done = striate("train", letters, *FAST, "--allow-refused", "--json")
    assert done.code == 0, done.err
    assert done.record["ledger"]["refused"] == 3
    assert "refused: 3 × is damaged (train/X/bad0.png, train/X/bad1.png, train/X/bad2.png)" in done.err
    assert striate("test", "run", letters).code == 0  # which reports
    checked = striate("check", letters)
    assert checked.code == 0 and "refused train/X/bad0.png: is damaged" in checked.out
    (letters / "train/X/bad2.png").unlink()  # of 54, 3.7 %
    assert striate("train", letters, *FAST[:-1], "other").code == 0


def test_the_ledger_in_three_lines(striate: Callable, folder: Path) -> None:
    (folder / "letters/train/X/note\x1b[31m.txt").write_text("no picture")
    done = striate("train", folder / "letters", *FAST)
    assert done.code == 0
    lines = [line for line in done.out.splitlines() if line.startswith(("53 found", "refused:", "done:"))]
    assert lines[:2] == [
        "53 found = 52 used + 1 refused",
        "refused: 1 × is no picture of a known format (train/X/note�[31m.txt)",
    ]
    assert "\x1b[31m" not in done.err + done.out
    with (folder / "run/catalogue.csv").open(newline="") as stream:
        refused = [row for row in csv.DictReader(stream) if row["status"] == "refused"]
    assert [row["name"] for row in refused] == ["train/X/note\x1b[31m.txt"]
    whole = striate("check", folder / "letters", "--json").record["ledger"]
    assert whole["refusals"] == [{"name": "train/X/note\x1b[31m.txt", "reason": "is no picture of a known format"}]


def test_a_model_is_tested_on_an_archive(striate: Callable, folder: Path) -> None:
    import shutil

    run = striate("train", folder / "letters", *FAST, "--json").record
    shutil.make_archive(str(folder / "packed"), "gztar", folder, "letters")
    again = striate("test", "run", folder / "packed.tar.gz", "--json").record
    assert again["test"]["accuracy"] == run["test"]["accuracy"]
    assert again["unseen"] == "sealed"
    assert json.loads((folder / "run/run.json").read_text())["data"]["fingerprint"] == again["data"]["fingerprint"]
