"""From a folder of labelled pictures to a trained, tested, reported network, by commands."""

import csv
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SMALL = ("--architecture", "conv 8 3x3 pad 1 > batchnorm > relu > maxpool 2 > conv 16 3x3 > relu > globalpool max")
FAST = ("--epochs", "4", "--set", "batch=16")


def test_train_test_predict_report(striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    done = striate("train", xo_folder, *SMALL, "--epochs", 12, "--set", "batch=16", "--run", "run", "--json")
    assert done.code == 0, done.err
    run = done.record
    assert {"run", "model", "task", "seconds", "test", "baselines", "ledger"} <= set(run)
    assert run["task"] == "classification"
    accuracy = run["test"]["accuracy"]
    assert accuracy["n"] == 40
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert accuracy["value"] > 0.8
    assert set(run["baselines"]) == {"majority", "exemplar", "hog_svm"}
    assert run["ledger"]["found"] == run["ledger"]["used"] + run["ledger"]["refused"] == 160
    folder = tmp_path / "run"
    written = {path.name for path in folder.iterdir()}
    assert written == {
        "signature.json",
        "model.safetensors",
        "run.json",
        "history.csv",
        "course.json",
        "catalogue.csv",
        "report.html",
        "tensorboard",
    }
    with (folder / "history.csv").open() as lines:
        assert [int(row["epoch"]) for row in csv.DictReader(lines)] == list(range(1, 13))

    again = striate("test", "run", xo_folder, "--json")
    assert again.code == 0, again.err
    assert again.record["test"]["accuracy"] == accuracy
    assert again.record["baselines"] == run["baselines"]

    picture = next((xo_folder / "test" / "X").iterdir())
    answers = striate("predict", "run/model.safetensors", picture, xo_folder / "test" / "O", "--json").record
    assert len(answers["predictions"]) == 1 + len(list((xo_folder / "test" / "O").iterdir()))
    first = answers["predictions"][0]
    assert first["name"] == str(picture)
    assert sum(first["probabilities"].values()) == pytest.approx(1)
    lines = striate("predict", "run", picture, "--format", "csv").out.splitlines()
    assert lines[0] == "name,label,probability,O,X"
    assert len(striate("predict", "run", picture, "--format", "lines").out.splitlines()) == 1

    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert striate("report", "run").code == 0
    assert (folder / "report.html").read_bytes() == before


def test_the_same_command_gives_the_same_file(striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert striate("train", xo_folder, *SMALL, *FAST, "--run", name).code == 0
    sums = {hashlib.sha256((tmp_path / name / "model.safetensors").read_bytes()).hexdigest() for name in ("a", "b")}
    assert len(sums) == 1


def test_a_finished_run_is_shown_again_and_not_touched(striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    command = ("train", xo_folder, *SMALL, *FAST, "--run", "run")
    first = striate(*command, "--json").record
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert striate(*command, "--json").record == first
    other = striate(*command, "--seed", 1)
    assert other.code == 2
    assert "finished" in other.err
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}


def test_pictures_of_training_are_not_judged(striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    assert striate("train", xo_folder, *SMALL, *FAST, "--run", "run").code == 0
    seen = striate("test", "run", xo_folder / "train")
    assert seen.code == 2
    assert "were in training or validation" in seen.err
    mixed = tmp_path / "mixed"
    shutil.copytree(xo_folder / "train", mixed)
    shutil.copytree(xo_folder / "test" / "X", mixed / "X", dirs_exist_ok=True, copy_function=_copy_anew)
    shutil.copytree(xo_folder / "test" / "O", mixed / "O", dirs_exist_ok=True, copy_function=_copy_anew)
    record = striate("test", "run", mixed, "--json").record
    assert record["test"]["accuracy"]["n"] == 40
    assert record["unseen"] == "pixels"
    assert any(notice["what"].startswith("not judged") for notice in record["ledger"]["notices"])
    checked = striate("test", "run", mixed).out
    assert "never saw" not in checked
    assert "other pixels" in checked
    assert "not judged" in checked
    (tmp_path / "run" / "catalogue.csv").unlink()
    unchecked = striate("test", "run", mixed)
    assert unchecked.code == 0
    assert "never saw" not in unchecked.out
    assert "could not be checked" in unchecked.out


def _copy_anew(source: str, target: str) -> str:
    """Copy under a name that is not taken."""
    return shutil.copy(source, Path(target).with_name(f"new-{Path(target).name}"))


def test_a_catalogue_split_by_another_seed_is_told_from_that_of_training(xo_folder: Path, tmp_path: Path) -> None:
    import striate as package

    data = tmp_path / "all"
    shutil.copytree(xo_folder / "train", data)
    run = package.train(package.open_data(data, seed=5), epochs=1, run=tmp_path / "run", settings={"batch": 16})
    model = package.load(run.model)
    assert package.evaluate(model, data).test.accuracy == run.test.accuracy
    other = package.evaluate(model, package.open_data(data, seed=6))
    assert other.test.accuracy.n < run.test.accuracy.n  # the others were in training


def test_runs_get_folders_of_their_own(striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert striate("train", xo_folder, *SMALL, *FAST).code == 0
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_minutes_bound_the_whole_command(striate: Callable, xo_folder: Path) -> None:
    done = striate("train", xo_folder, *SMALL, "--minutes", 0.45, "--json")
    assert done.code == 0, done.err
    assert done.record["seconds"] < 27
    assert done.record["stopped"] in ("completed", "minutes")


def test_target_stops_training(striate: Callable, xo_folder: Path) -> None:
    done = striate("train", xo_folder, *SMALL, "--epochs", 50, "--target", 0.55, "--json")
    assert done.record["stopped"] == "target"
    assert len(done.record["history"]) < 50


def test_an_array_predicts_like_its_file(striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    import striate as package

    assert striate("train", xo_folder, *SMALL, *FAST, "--run", "run").code == 0
    model = package.load(tmp_path / "run")
    picture = next((xo_folder / "test" / "X").iterdir())
    with Image.open(picture) as image:
        answers = [model.predict(image)[0], model.predict(np.asarray(image))[0], model.predict(picture)[0]]
    assert len({answer.probability for answer in answers}) == 1
    assert len(model.predict(xo_folder / "test")) == 40
    assessment = package.evaluate(model, xo_folder)
    assert assessment.test.accuracy.n == 40


def test_check_balances(striate: Callable, xo_folder: Path) -> None:
    record = striate("check", xo_folder, "--json").record
    assert record["ledger"]["found"] == 160
    assert sum(record["counts"]["test"].values()) == 40


def test_architecture_prints_the_table(striate: Callable) -> None:
    record = striate("architecture", "lenet5", "--input", "1x28x28", "--classes", 10, "--json").record
    assert record["parameters"] == 61_706
    text = striate("architecture", "resnet18", "--classes", 1000).out
    assert "11,689,512" in text
