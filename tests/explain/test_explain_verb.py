"""The verb `explain`: one record for one picture, whole, repeatable and to JSON and back; bad questions are refused."""

import json
import time

import numpy as np
import pytest
import torch
from explain_networks import LINES, loaded, named, network, pictures

from striate.errors import RunError, UsageError
from striate.explain.explain import explain, importance
from striate.explain.importance import METHODS
from striate.records import Explanation, Importance, from_json, to_json


@pytest.mark.parametrize("name", LINES)
def test_a_network_is_explained(name: str) -> None:
    made = named(name)
    picture = pictures(made, 1)[0]
    record = explain(loaded(made), picture, shuffle=False)
    with torch.no_grad():
        logits = made(torch.from_numpy(picture)[None])[0].double()
    np.testing.assert_allclose(list(record.probabilities.values()), logits.softmax(0), rtol=1e-5)
    order = logits.argsort(descending=True).tolist()
    classes = "abcdefghij"
    assert [vote.label for vote in record.votes] == [classes[order[0]], classes[order[1]]]
    assert [vote.total for vote in record.votes] == pytest.approx([float(logits[k]) for k in order[:2]], rel=1e-4)
    assert record.label == record.explained == record.votes[0].label
    assert next(view.name for view in record.layers) == "input"
    assert [view.name for view in record.layers][-1] == "head"
    for view in record.layers:
        weights = [abs(channel.importance) for channel in view.channels]
        assert weights == sorted(weights, reverse=True) and len(weights) == min(8, view.shape[0])
    methods = ("layercam", "gradcam") if name == "residual" else ("layercam",)  # it alone ends in a global average
    assert tuple(one.method for one in record.importances) == methods
    assert from_json(Explanation, json.loads(json.dumps(to_json(record), allow_nan=False))).layers == record.layers
    assert to_json(explain(loaded(made), picture, shuffle=False)) == to_json(record)


@pytest.mark.parametrize("method", METHODS)
def test_an_importance_goes_to_json_and_back(method: str) -> None:
    made = network("conv 4 3x3 > relu > maxpool 2 > dense 5 > relu", (1, 12, 12))
    record = importance(loaded(made), pictures(made, 1)[0], method)
    assert np.shape(record.map) == (12, 12)
    assert to_json(from_json(Importance, json.loads(json.dumps(to_json(record), allow_nan=False)))) == to_json(record)


def test_another_class_can_be_asked_about() -> None:
    model = loaded(named("lenet5"))
    picture = pictures(model.network, 1)[0]
    rival = explain(model, picture, shuffle=False).votes[1].label
    record = explain(model, picture, label=rival, shuffle=False)
    assert record.explained == rival != record.label
    assert {one.label for one in record.importances} == {rival}


def test_pictures_of_any_size_and_colour_are_fitted() -> None:
    model = loaded(named("lenet5"))
    record = importance(model, np.full((3, 50, 40), 200, np.uint8), "layercam", shuffle=False)
    assert np.shape(record.map) == (28, 28)


def test_a_layer_can_be_named() -> None:
    model = loaded(named("residual"))
    record = importance(model, pictures(model.network, 1)[0], "gradcam", layer="residual1.body.skip1.body.conv1")
    assert record.layers == ("residual1.body.skip1.body.conv1",)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"methods": ("gradcamm",)}, "did you mean gradcam?"),
        ({"label": "z"}, "class must be one of"),
        ({"picture": np.zeros((28, 28), np.uint8)}, "got uint8 28x28"),
        ({"picture": np.zeros((1, 28, 28))}, "got float64"),
        ({"picture": np.zeros((1, 0, 28), np.uint8)}, "got uint8 1x0x28"),
    ],
)
def test_what_cannot_be_explained_is_refused(asked: dict[str, object], words: str) -> None:
    made = named("lenet5")
    given = {"picture": pictures(made, 1)[0], **asked}
    with pytest.raises(UsageError, match=words.replace("?", r"\?")):
        explain(loaded(made), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "layer", "words"),
    [
        ("gradcam", "conv9", "did you mean"),
        ("gradcam", "dense1", "choose one such as relu1, maxpool1"),
        ("occlusion", "conv1", "leave the layer out"),
    ],
)
def test_layers_that_cannot_be_looked_at_are_refused(method: str, layer: str, words: str) -> None:
    made = named("lenet5")
    with pytest.raises(UsageError, match=words):
        importance(loaded(made), pictures(made, 1)[0], method, layer=layer)


@pytest.mark.parametrize("method", METHODS)
def test_weights_that_are_no_numbers_are_named(method: str) -> None:
    made = named("lenet5")
    made.dense1.weight.data[3, 3] = torch.inf
    with pytest.raises(RunError, match=r"dense1\.weight"):
        importance(loaded(made), pictures(made, 1)[0], method)


def test_a_small_network_is_explained_within_a_second() -> None:
    """Of processor time, without the shuffled networks; 0.2 to 0.4 s on the machine of benchmarks/results."""
    model = loaded(named("lenet5"))
    picture = pictures(model.network, 1)[0]
    started = time.process_time()
    explain(model, picture, shuffle=False)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("method", METHODS)
def test_a_blank_picture_has_nothing_to_show_and_says_so(method: str) -> None:
    made = named("normed")
    record = importance(loaded(made), np.full((3, 20, 16), 128, np.uint8), method)
    assert np.isfinite(record.map).all()
    assert record.faithfulness.verdict == "failed"
    assert record.faithfulness.gain == pytest.approx(0, abs=1e-6)
