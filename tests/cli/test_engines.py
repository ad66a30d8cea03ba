"""`predict --engine`: every engine by name gives the same answers, int8 only with labelled data, errors in words."""

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest

FAST = ("--architecture", "xo", "--epochs", "2", "--seed", "1")


def test_engines_by_name(striate: Callable, xo_folder: Path) -> None:
    assert striate("train", xo_folder, *FAST, "--run", "run").code == 0
    pictures = xo_folder / "test"
    plain = striate("predict", "run", pictures, "--json").record
    assert plain["engine"] == "torch"  # so small a job measures nothing
    for engine in ("torch", "onnxruntime", "openvino"):
        record = striate("predict", "run", pictures, "--engine", engine, "--json").record
        assert record["engine"] == engine
        for one, other in zip(record["predictions"], plain["predictions"], strict=True):
            assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-4)

    unknown = striate("predict", "run", pictures, "--engine", "open-vino")
    assert unknown.code == 2
    assert "did you mean openvino" in unknown.err
    unlabelled = striate("predict", "run", pictures, "--engine", "openvino-int8")
    assert unlabelled.code == 2
    assert "--validation DATA" in unlabelled.err
    useless = striate("predict", "run", pictures, "--validation", xo_folder)
    assert useless.code == 2
    assert "for openvino-int8 alone" in useless.err


@pytest.mark.skipif(importlib.util.find_spec("nncf") is None, reason="nncf is not installed")
@pytest.mark.parametrize("home", [True, False], ids=["the data of training", "other data"])
def test_int8_is_judged_on_labelled_data(home: bool, striate: Callable, xo_folder: Path) -> None:
    assert striate("train", xo_folder, *FAST, "--run", "run").code == 0
    data = xo_folder if home else xo_folder / "test"
    done = striate("predict", "run", xo_folder / "test", "--engine", "openvino-int8", "--validation", data, "--json")
    held = done.code == 0
    assert held or "0.5 points of validation accuracy" in done.err
    assert "validation accuracy falls by" in done.err
    n = int(re.search(r"\(n=(\d+)\)", done.err)[1])
    assert 8 <= n <= 32 if home else n == 40  # some 15 % of 120 training pictures, or all of the other folder
    if held:
        assert done.record["engine"] == "openvino-int8"
