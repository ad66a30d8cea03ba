"""From signals to a trained, tested, reported network that answers them, by commands and in Python."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from waves import make_waves

import striate as facade
from striate.errors import NotationError

SMALL = "conv 16 7 pad 3 > batchnorm > relu > conv 16 5 pad 2 > batchnorm > relu > globalpool"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders of CSV files with two channels, one of them holding an infinity, one too short by half."""
    root = tmp_path_factory.mktemp("signals")
    signals, labels = make_waves(120, channels=2)
    for i, (signal, label) in enumerate(zip(signals, labels, strict=True)):
        (root / label).mkdir(exist_ok=True)
        np.savetxt(root / label / f"{i}.csv", signal[:, : 32 if i == 5 else None].T, delimiter=",")
    (root / "sine" / "broken.csv").write_text("1,2\n1,inf\n")
    return root


def test_train_test_predict(striate: Callable, folder: Path, tmp_path: Path) -> None:
    done = striate("train", folder, "--architecture", SMALL, "--epochs", 15, "--run", "run", "--json")
    assert done.code == 0, done.err
    run = done.record
    assert run["input"]["modality"] == run["data"]["modality"] == "signal"
    assert (run["input"]["channels"], run["input"]["length"]) == (2, 64)
    assert run["test"]["accuracy"]["value"] > 0.8
    assert list(run["baselines"]) == ["majority", "nearest", "warped"]
    assert [refusal["name"] for refusal in run["ledger"]["refusals"]] == ["sine/broken.csv"]
    noticed = {notice["what"]: notice["count"] for notice in run["ledger"]["notices"]}
    assert noticed["shorter than 64, padded as missing"] == 1

    tested = striate("test", "run", folder, "--json").record
    assert tested["test"]["accuracy"] == run["test"]["accuracy"]
    assert tested["unseen"] == "sealed"

    said = striate("predict", "run", folder / "burst", "--json").record
    assert len(said["predictions"]) == 40
    assert np.mean([answer["label"] == "burst" for answer in said["predictions"]]) > 0.8
    assert striate("predict", "run", folder / "sine/broken.csv", "--json").code == 2


def test_arrays_are_answered(folder: Path, tmp_path: Path) -> None:
    run = facade.train(folder, architecture=SMALL, epochs=2, run=tmp_path / "run")
    model = facade.load(run.model)
    signals = make_waves(6, channels=2, seed=9)[0]
    together = model.predict(signals)
    assert [answer.name for answer in together] == [f"array[{i}]" for i in range(6)]
    assert model.predict(signals[2])[0].probability == pytest.approx(together[2].probability, rel=1e-4)


def test_the_default_network_learns_few_signals(tmp_path: Path) -> None:
    signals, labels = make_waves(42)
    catalogue = facade.open_data((signals, labels), format="signals")
    run = facade.train(catalogue, epochs=20, run=tmp_path / "run")
    assert run.architecture == "signalfcn"
    assert run.recipe["name"] == "signals"
    assert run.validation.n == 6


def test_embed_is_for_texts_alone(folder: Path) -> None:
    with pytest.raises(NotationError, match="nothing else, got embed 8 on data of kind signal"):
        facade.train(folder, architecture="embed 8 > globalpool", epochs=1)
