"""Numbers: R2 and errors against scikit-learn; the unit of the targets never shows; the head answers in it."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn import metrics
from task_catalogues import make_angles, regression_catalogue

from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.models.network import build
from striate.models.zoo import plan_network
from striate.records import RegressionEvaluation, from_json, to_json
from striate.tasks import regression
from striate.train.job import Job, prepare
from striate.train.standardise import restore_units, standardise

RANDOM = np.random.default_rng(0)


def prepared(catalogue: Catalogue) -> Job:
    return prepare(catalogue, architecture="flatten", settings={}, seed=0, minutes=None, target=None)


def several() -> Catalogue:
    """Two numbers of very different units."""
    pictures, degrees = make_angles(100, size=8)
    return open_data((pictures, np.stack([degrees, 1e6 + 1e4 * RANDOM.normal(size=100)], axis=1)))


@pytest.mark.parametrize("weights", [np.ones(80), RANDOM.integers(0, 4, 80).astype(float)])
def test_r2_is_scikit_learns(weights: np.ndarray) -> None:
    truth = RANDOM.normal(size=(80, 2)) * [1, 1e5] + [0, 1e8]
    answers = truth + RANDOM.normal(size=(80, 2)) * [0.5, 2e5]
    expected = metrics.r2_score(truth, answers, multioutput="raw_values", sample_weight=weights)
    np.testing.assert_allclose(regression.measure_r2(answers, truth, weights[None])[0], expected, rtol=1e-6)


def test_a_constant_has_no_r2() -> None:
    assert np.isnan(regression.measure_r2(np.zeros((4, 1)), np.full((4, 1), 0.1), np.ones((1, 4)))).all()
    assert regression.score(torch.zeros(4, 1), torch.full((4, 1), 0.1)) == 0


def test_score_ends_below() -> None:
    truth = torch.tensor([[1.0], [2.0], [3.0]])
    assert regression.score(truth, truth) == 1
    assert regression.score(truth * 0 + 2, truth) == pytest.approx(0)
    assert regression.score(truth * 0 + 1e6, truth) == -1


def test_loss_is_hubers() -> None:
    errors = torch.tensor([[0.5], [-4.0]])
    assert regression.loss(errors, torch.zeros(2, 1)).item() == pytest.approx((0.125 + 3.5) / 2)


def test_judgement_is_scikit_learns() -> None:
    catalogue = several()
    truth = catalogue.select("test").targets
    answers = truth + RANDOM.normal(size=truth.shape) * truth.std(0) / 2
    seen = regression.judge(torch.from_numpy(answers), catalogue, "test")
    expected = metrics.r2_score(truth, answers, multioutput="raw_values")
    assert [one.r2.value for one in seen.per_value] == pytest.approx(expected.tolist())
    assert seen.r2.value == pytest.approx(expected.mean())
    for d, one in enumerate(seen.per_value):
        assert one.mae.value == pytest.approx(metrics.mean_absolute_error(truth[:, d], answers[:, d]))
        assert one.rmse.value == pytest.approx(metrics.mean_squared_error(truth[:, d], answers[:, d]) ** 0.5)
        assert one.rmse.low < one.rmse.value < one.rmse.high
        assert one.spread == pytest.approx(truth[:, d].std(), rel=1e-5)
    assert len(seen.points["value 0"]) == len(truth)
    assert seen.points["value 1"][0] == pytest.approx((truth[0, 1], answers[0, 1]))
    off = [abs(one.answer - one.truth) / truth.std(0)[int(one.label[-1])] for one in seen.mistakes]
    assert off == sorted(off, reverse=True) and off[0] == pytest.approx((abs(answers - truth) / truth.std(0)).max())
    assert from_json(RegressionEvaluation, to_json(seen)) == seen


def test_targets_are_learned_in_spreads_and_answered_in_their_unit() -> None:
    """What a network answers of standardised targets, it answers of the true ones once its head is folded."""
    catalogue = several()
    learned = standardise(prepared(catalogue)).catalogue
    train = learned.splits == "train"
    np.testing.assert_allclose(learned.targets[train].mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(learned.targets[train].std(0), 1, rtol=1e-3)
    assert learned.fingerprint == catalogue.fingerprint
    network = build(plan_network("flatten", (1, 8, 8), outputs=2), catalogue.spec).eval()
    x = torch.from_numpy(catalogue.inputs[:20].copy())
    before = network(x).double().detach().numpy()
    restore_units(network, catalogue)
    mean, spread = catalogue.targets[train].mean(0), catalogue.targets[train].std(0)
    np.testing.assert_allclose(network(x).detach().numpy(), before * spread + mean, rtol=1e-4, atol=1e-3)


def test_other_tasks_are_left_alone() -> None:
    job = prepared(
        dataclasses.replace(
            regression_catalogue(20), task="classification", targets=np.arange(20) % 2, classes=("a", "b")
        )
    )
    network = build(job.plan, job.spec)
    before = network.head.weight.clone()
    assert standardise(job) is job
    restore_units(network, job.catalogue)
    assert torch.equal(network.head.weight, before)


def test_answers_are_named() -> None:
    (found,) = regression.answer(
        torch.tensor([[1.5, -2.0]]), names=["a"], sizes=[(8, 8)], classes=("x", "y"), spec=several().spec
    )
    assert found.values == {"x": 1.5, "y": -2.0}
