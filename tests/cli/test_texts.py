"""From labelled lines to a trained, tested, reported network that answers texts, by commands and in Python."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sentences import as_lines, make_sentences

import striate as facade
from striate.errors import NotationError, UsageError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training and a test file, one with an empty text."""
    root = tmp_path_factory.mktemp("texts")
    (root / "day_train.txt").write_text(as_lines(make_sentences(160)) + "food\n")
    (root / "day_test.txt").write_text(as_lines(make_sentences(40, seed=1)))
    return root


SMALL = ("--architecture", "embed 16 > conv 16 3 pad 1 > relu > globalpool max", "--epochs", 12, "--set", "rate=0.02")


def test_train_test_predict(striate: Callable, folder: Path, tmp_path: Path) -> None:
    done = striate("train", folder, *SMALL, "--run", "run", "--json")
    assert done.code == 0, done.err
    run = done.record
    assert run["input"]["modality"] == run["data"]["modality"] == "text"
    assert run["data"]["format"] == "lines"
    assert run["test"]["accuracy"]["value"] > 0.9
    assert run["test"]["accuracy"]["n"] == 40
    assert list(run["baselines"]) == ["majority", "bytes_linear", "words_linear"]
    assert run["baselines"]["words_linear"]["value"] > 0.9
    assert {refusal["name"]: refusal["reason"] for refusal in run["ledger"]["refusals"]} == {
        "day_train.txt:161": "has no text"
    }
    assert (tmp_path / "run" / "report.html").is_file()

    tested = striate("test", "run", folder, "--json").record
    assert tested["test"]["accuracy"] == run["test"]["accuracy"]
    assert tested["unseen"] == "sealed"

    (tmp_path / "letter.txt").write_text("We had some soup and some bread")
    said = striate(
        "predict", "run", "the storm was very there", tmp_path / "letter.txt", tmp_path / "none.txt", "--json"
    )
    found = said.record
    assert [answer["label"] for answer in found["predictions"]][:2] == ["weather", "food"]
    assert found["predictions"][0]["name"] == "the storm was very there"


def test_what_is_no_path_is_a_text(striate: Callable, folder: Path, tmp_path: Path) -> None:
    striate("train", folder, *SMALL, "--run", "run", "--json")
    model = facade.load(tmp_path / "run")
    assert [answer.label for answer in model.predict(["some cake", "more wind"])] == ["food", "weather"]
    _, refusals = model.try_predict([Path("none.txt"), "  "])
    assert [refusal.reason for refusal in refusals] == ["is missing", "is empty"]


def test_bytes_are_learned_from_when_that_is_said(folder: Path, tmp_path: Path) -> None:
    settings = {"unit": "byte", "rate": 0.02, "size": 40}
    line = "embed 16 > conv 16 5 pad 2 > relu > globalpool max"
    run = facade.train(folder, architecture=line, epochs=6, run=tmp_path / "run", settings=settings)
    assert (run.input.unit, run.input.shape) == ("byte", (258, 40))


def test_the_same_seed_gives_the_same_file_and_resumes(folder: Path, tmp_path: Path) -> None:
    """All randomness, forgotten words included, comes from seed and step."""
    for name in ("a", "b"):
        facade.train(folder, architecture=SMALL[1], epochs=2, run=tmp_path / name, route="torch-nchw-float32-1")
    assert (tmp_path / "a/model.safetensors").read_bytes() == (tmp_path / "b/model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ({"architecture": "conv 16 3 > relu > globalpool"}, NotationError, "the first layer is embed on texts"),
        ({"architecture": "lenet5"}, NotationError, "5x5|the first layer is embed"),
        ({"settings": {"unit": "letter"}}, UsageError, "a unit is word or byte, got 'letter'"),
        ({"settings": {"mixup": 0.2}}, UsageError, "of kind text is disturbed by forget, got mixup=0.2"),
        ({"settings": {"flip": "random"}}, UsageError, "got flip=random"),
    ],
)
def test_what_no_text_network_can_be(folder: Path, how: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        facade.train(folder, epochs=1, **how)
