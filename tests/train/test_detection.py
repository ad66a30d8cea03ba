"""A detection from catalogue to report: trained, judged, loaded, asked; the same seed gives the same bits."""

import dataclasses
import json
from pathlib import Path

import pytest
from scenes import CLASSES, scene_catalogue

from striate.evaluate.assess import evaluate
from striate.models.zoo import choose_line
from striate.predict import load
from striate.recipe import Facts
from striate.recipes import choose_recipe
from striate.records import BoxPrediction, DetectionEvaluation, Run, from_json, to_json
from striate.train.run import train

LINE = " > ".join(f"conv {n} 3x3 /2 pad 1 > batchnorm > relu" for n in (8, 12, 16))
CHOICES = {"architecture": LINE, "epochs": 2, "route": "torch-nhwc-float32-1", "seed": 3}


@pytest.fixture(scope="module")
def catalogue():
    return scene_catalogue(40, (32, 48))


@pytest.fixture(scope="module")
def run(catalogue, tmp_path_factory):
    return train(catalogue, run=tmp_path_factory.mktemp("first") / "run", **CHOICES)


def test_the_record_is_that_of_a_detection(run):
    assert run.task == "detection"
    assert run.metric == "mAP50"
    assert isinstance(run.test, DetectionEvaluation)
    assert list(run.baselines) == ["majority", "hog_svm"]
    assert run.recipe["name"] == "find"
    assert to_json(from_json(Run, json.loads(json.dumps(to_json(run))))) == to_json(run)


def test_the_same_seed_gives_the_same_bits(run, catalogue, tmp_path):
    again = train(catalogue, run=tmp_path / "run", **CHOICES)
    assert Path(run.model).read_bytes() == Path(again.model).read_bytes()
    assert again.test == run.test


def test_a_loaded_model_answers_with_boxes(run, catalogue):
    model = load(run.model)
    assert model.info.classes == CLASSES
    picture = catalogue.inputs[0].repeat(2, 1).repeat(2, 2)
    (answer,) = model.predict(picture.transpose(1, 2, 0))
    assert isinstance(answer, BoxPrediction)
    for found in answer.found:
        x0, y0, x1, y1 = found.box
        assert 0 <= x0 <= x1 <= 96
        assert 0 <= y0 <= y1 <= 64
        assert found.score >= 0.5


def test_a_saved_model_is_judged_as_it_was(run, catalogue):
    again = evaluate(load(run.model), catalogue)
    assert again.test == run.test
    assert again.baselines == run.baselines


def test_boxes_of_a_class_in_another_order_are_the_same_objects(run, catalogue):
    targets = catalogue.targets.copy()
    there = targets[..., 0] >= 0
    targets[there, 0] = 1 - targets[there, 0]
    turned = dataclasses.replace(catalogue, classes=CLASSES[::-1], targets=targets)
    assert evaluate(load(run.model), turned).test == run.test


@pytest.mark.parametrize(("n_train", "epochs"), [(50, 150), (200, 100), (20_000, 8)])
def test_network_and_recipe_follow_from_the_task(n_train, epochs):
    facts = Facts(n_train=n_train, normed=True, task="detection", size=(256, 320))
    assert choose_line(facts) == "finder"
    assert choose_recipe(facts).epochs == epochs
    assert choose_recipe(facts).smoothing == 0
