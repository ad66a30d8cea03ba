"""Settings that a user may type."""

import pytest
from task_catalogues import regression_catalogue, segmentation_catalogue

from striate.errors import UsageError
from striate.kinds import Modality, TaskName
from striate.recipe import RANGES, Facts, Recipe, change
from striate.recipes import RECIPES, choose_recipe
from striate.train.job import prepare

RECIPE = Recipe(name="test", epochs=4, batch=32)


@pytest.mark.parametrize(
    ("settings", "field", "value"),
    [
        ({"rate": "0.01"}, "rate", 0.01),
        ({"rate": 1e-2}, "rate", 0.01),
        ({"epochs": "12"}, "epochs", 12),
        ({"flip": "yes"}, "flip", "random"),
        ({"flip": False}, "flip", "off"),
        ({"optimizer": "sgd"}, "optimizer", "sgd"),
    ],
)
def test_settings_change_the_recipe(settings: dict, field: str, value: object) -> None:
    assert getattr(change(RECIPE, settings), field) == value


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rat": "0.01"}, "did you mean rate"),
        ({"rate": "fast"}, "rate is a number"),
        ({"rate": "nan"}, "from 1e-09 to 100"),
        ({"epochs": "1.5"}, "whole number"),
        ({"epochs": "0"}, "from 1 to"),
        ({"flip": "maybe"}, "off, random, alternating"),
        ({"optimizer": "adamv"}, "did you mean adamw"),
        ({"momentum": "1"}, "momentum must be"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(settings: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        change(RECIPE, settings)


@pytest.mark.parametrize(("task", "modality"), RECIPES)
@pytest.mark.parametrize("n_train", [4, 60, 1500, 60_000, 1_000_000])
@pytest.mark.parametrize("normed", [True, False])
def test_recipes_stay_in_range(task: TaskName, modality: Modality, n_train: int, normed: bool) -> None:
    recipe = choose_recipe(Facts(n_train=n_train, normed=normed, task=task, modality=modality))
    for key, (low, high) in RANGES.items():
        assert low <= getattr(recipe, key) <= high, key


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(n_train=55_000, normed=True), {"epochs": 6, "first_layer": "whitened", "schedule": "trapezoid"}),
        (Facts(n_train=55_000, normed=True, target=0.9), {"epochs": 16, "schedule": "trapezoid", "batch": 128}),
        (Facts(n_train=55_000, normed=False, target=0.9), {"first_layer": "learned", "schedule": "linear"}),
        (Facts(n_train=1_500, normed=True, target=0.9), {"first_layer": "learned", "rotate": 10, "batch": 32}),
        (Facts(n_train=1_500, normed=True, task="multilabel"), {"smoothing": 0, "rotate": 10}),
        (Facts(n_train=1_500, normed=True, task="regression"), {"shift": 0, "rotate": 0, "scale": 0, "flip": "off"}),
    ],
)
def test_the_recipe_follows_from_the_facts(facts: Facts, expected: dict) -> None:
    recipe = choose_recipe(facts)
    assert {key: getattr(recipe, key) for key in expected} == expected


def test_a_kind_of_content_without_a_recipe_of_the_task_takes_that_of_its_classes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(RECIPES, ("classification", "signal"), lambda facts: RECIPE)
    assert choose_recipe(Facts(n_train=100, normed=True, task="regression", modality="signal")) == RECIPE


@pytest.mark.parametrize("task", ["segmentation", "regression"])
def test_answers_that_are_no_shares_are_not_mixed(task: str) -> None:
    catalogue = {"segmentation": segmentation_catalogue, "regression": regression_catalogue}[task](20)
    with pytest.raises(UsageError, match=f"mixed for classification and multilabel.*{task}"):
        prepare(catalogue, architecture="relu", settings={"mixup": 0.2}, seed=0, minutes=None, target=None)
