"""Masks, labels and numbers from arrays to a model file: learned in seconds, judged alike afterwards, answered."""

import dataclasses
import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from task_catalogues import multilabel_catalogue, regression_catalogue, segmentation_catalogue

from striate.data.catalogue import Catalogue
from striate.evaluate.assess import evaluate
from striate.evaluate.baselines import segmentation
from striate.predict import load
from striate.records import Run, from_json
from striate.train import loop
from striate.train.run import train

SMALL = "conv 16 3x3 pad 1 > batchnorm > relu > maxpool 2 > conv 32 3x3 pad 1 > batchnorm > relu"
UNET = (
    "conv 8 3x3 pad 1 > batchnorm > relu > skip(conv 16 3x3 /2 pad 1 > batchnorm > relu > conv 16 3x3 pad 1"
    " > batchnorm > relu > conv 8 1x1 > batchnorm > upsample 2 bilinear) > relu"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """What a task is taught, and what it must reach on the test split."""

    catalogue: Any
    line: str
    epochs: int
    settings: dict[str, Any]
    least: float


CASES = {
    "segmentation": Case(
        catalogue=lambda: segmentation_catalogue(60), line=UNET, epochs=12, settings={"batch": 8}, least=0.8
    ),
    "multilabel": Case(
        catalogue=lambda: multilabel_catalogue(500),
        line=f"{SMALL} > globalpool max",
        epochs=12,
        settings={"rotate": 0, "scale": 0},
        least=0.9,
    ),
    "regression": Case(catalogue=lambda: regression_catalogue(500), line=SMALL, epochs=8, settings={}, least=0.85),
}


@pytest.fixture(scope="module", params=CASES)
def taught(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Catalogue, Run]:
    few_pixels = pytest.MonkeyPatch()
    few_pixels.setattr(segmentation, "LEARNED", 2000)  # of the forest that masks are compared with
    request.addfinalizer(few_pixels.undo)
    case, folder = CASES[request.param], tmp_path_factory.mktemp("runs") / request.param
    catalogue = case.catalogue()
    assert catalogue.task == request.param
    run = train(
        catalogue,
        architecture=case.line,
        epochs=case.epochs,
        run=folder,
        settings=case.settings,
        route="torch-nhwc-float32-1",
    )
    return request.param, catalogue, run


def test_it_learns(taught: tuple[str, Catalogue, Run]) -> None:
    task, _, run = taught
    assert run.task == task
    assert run.test.headline.value > CASES[task].least
    assert run.test.headline.low > next(iter(run.baselines.values())).value  # the plainest
    assert run.history[-1].validation_loss < run.history[0].validation_loss
    assert set(run.thresholds) == (set(run.data.classes) if task == "multilabel" else set())
    assert Path(run.run, "report.html").is_file()


def test_the_file_is_judged_as_the_run_was(taught: tuple[str, Catalogue, Run]) -> None:
    _, catalogue, run = taught
    assessment = evaluate(load(run.model), catalogue)
    assert assessment.test == run.test
    assert assessment.unseen == "sealed"


def test_the_record_is_read_back(taught: tuple[str, Catalogue, Run]) -> None:
    _, _, run = taught
    assert from_json(Run, json.loads(Path(run.run, "run.json").read_text())) == run


def test_answers_are_those_of_the_judgement(taught: tuple[str, Catalogue, Run]) -> None:
    """Pictures as a user has them give the numbers, labels and masks that were judged, in their own unit and size."""
    task, catalogue, run = taught
    chosen = catalogue.select("test")
    found = load(run.model).predict(list(chosen.inputs[:].transpose(0, 2, 3, 1)))
    if task == "regression":
        answers = np.array([one.values["value"] for one in found])
        assert np.abs(answers - chosen.targets[:, 0]).mean() == pytest.approx(run.test.per_value[0].mae.value, rel=0.01)
    elif task == "multilabel":
        said = np.array([[label in one.labels for label in catalogue.classes] for one in found])
        assert (said == (chosen.targets > 0)).all(1).mean() == pytest.approx(run.test.exact.value, abs=0.02)
    else:
        share = np.array([one.shares["1"] for one in found])
        assert np.corrcoef(share, (chosen.targets == 1).mean((1, 2)))[0, 1] > 0.95
        assert all(one.size == (32, 32) for one in found)


def test_a_resumed_regression_goes_on_in_spreads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after its first step, it leaves a usable model; begun again, it ends as the uninterrupted one does."""
    how: dict[str, Any] = {"architecture": SMALL, "epochs": 2, "route": "torch-nhwc-float32-1"}
    catalogue = regression_catalogue(120)
    whole = train(catalogue, run=tmp_path / "whole", **how)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "interruptible", lambda: nullcontext(SimpleNamespace(asked=True)))
        with pytest.raises(KeyboardInterrupt):
            train(catalogue, run=tmp_path / "parts", **how)
    early = load(tmp_path / "parts").predict(list(catalogue.inputs[:8, 0]))
    assert np.std([one.values["value"] for one in early]) > 1  # degrees, not spreads
    parts = train(catalogue, run=tmp_path / "parts", **how)
    assert parts.test == whole.test
    assert Path(parts.model).read_bytes() == Path(whole.model).read_bytes()
