"""Several labels: average precision against scikit-learn, thresholds against brute force, figures by hand."""

import numpy as np
import pytest
import torch
from sklearn import metrics
from task_catalogues import multilabel_catalogue

from striate.models.network import build
from striate.models.zoo import plan_network
from striate.records import ImageInput, LabelsPrediction, MultiLabelEvaluation, from_json, share, to_json
from striate.tasks import multilabel
from striate.tasks.precision import average_precision
from striate.train.thresholds import choose_threshold, shift_thresholds

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("tied", [False, True])
def test_average_precision_is_scikit_learns(tied: bool) -> None:
    truth = RANDOM.random(300) < 0.3
    scores = RANDOM.normal(size=300) + truth
    scores = scores.round(0) if tied else scores
    found = average_precision(scores, truth, np.ones((1, 300)))[0]
    assert found == pytest.approx(metrics.average_precision_score(truth, scores))
    weights = RANDOM.integers(0, 4, 300).astype(float)
    weighed = average_precision(scores, truth, weights[None])[0]
    assert weighed == pytest.approx(metrics.average_precision_score(truth, scores, sample_weight=weights))


def test_nothing_to_find_is_no_number() -> None:
    assert np.isnan(average_precision(np.arange(3.0), np.zeros(3, bool), np.ones((2, 3)))).all()


def test_score_leaves_out_labels_that_do_not_occur() -> None:
    logits, truth = torch.tensor([[1.0, 0.0], [0.0, 5.0]]), torch.tensor([[1, 0], [0, 0]], dtype=torch.uint8)
    assert multilabel.score(logits, truth) == 1
    assert multilabel.score(logits, torch.zeros(2, 2)) == 0


def test_loss_is_binary_cross_entropy_with_rare_labels_weighted() -> None:
    logits = torch.tensor([[0.5], [-1.0], [2.0], [0.0], [1.0]])
    targets = torch.tensor([[1], [0], [0], [0], [0]], dtype=torch.uint8)
    sigmoid = 1 / (1 + np.exp(-logits.numpy().ravel()))
    terms = -np.log(np.where(targets.numpy().ravel() == 1, sigmoid, 1 - sigmoid))
    expected = (2 * terms[0] + terms[1:].sum()) / 5  # sqrt((5 - 1) / 1) = 2
    assert multilabel.loss(logits, targets).item() == pytest.approx(expected, rel=1e-5)
    smoothed = multilabel.loss(torch.zeros(2, 1), torch.tensor([[0], [1]]), smoothing=0.2)
    assert smoothed.item() == pytest.approx(np.log(2))
    assert multilabel.loss(logits, targets * 0).isfinite()


def test_judgement_is_scikit_learns() -> None:
    catalogue = multilabel_catalogue()
    truth = catalogue.select("test").targets
    logits = torch.from_numpy(RANDOM.normal(size=truth.shape) + 2.5 * truth - 1)
    seen = multilabel.judge(logits, catalogue, "test")
    said = logits.numpy() >= 0
    each = [metrics.average_precision_score(truth[:, k], logits[:, k]) for k in range(4)]
    assert [one.average_precision.value for one in seen.per_class] == pytest.approx(each)
    assert seen.precision.value == pytest.approx(np.mean(each)) == multilabel.score(logits, torch.from_numpy(truth))
    assert seen.exact == share(int((said == truth).all(1).sum()), len(truth))
    assert seen.micro_f1.value == pytest.approx(metrics.f1_score(truth, said, average="micro"))
    assert seen.macro_f1.value == pytest.approx(metrics.f1_score(truth, said, average="macro"))
    assert seen.loss == pytest.approx(
        np.mean(
            [
                metrics.log_loss(t, 1 / (1 + np.exp(-x)))
                for t, x in zip(truth.ravel()[None], logits.numpy().ravel()[None], strict=True)
            ]
        )
    )
    assert [one.n for one in seen.per_class] == truth.sum(0).tolist()
    for one in (seen.precision, seen.micro_f1, seen.macro_f1):
        assert one.low < one.value < one.high and one.n == len(truth)
    losses = [mistake.loss for mistake in seen.mistakes]
    assert losses == sorted(losses, reverse=True) and len(losses) == 24
    assert all(mistake.truth != mistake.answer and mistake.picture for mistake in seen.mistakes)
    assert from_json(MultiLabelEvaluation, to_json(seen)) == seen


def test_answers_name_what_applies() -> None:
    spec = ImageInput(channels=1, height=4, width=4, mean=(0.0,), std=(1.0,))
    logits = torch.tensor([[2.0, -2.0, 0.0], [-1.0, -1.0, -1.0]])
    first, second = multilabel.answer(logits, names=["a", "b"], sizes=[(4, 4)] * 2, classes=("x", "y", "z"), spec=spec)
    assert isinstance(first, LabelsPrediction) and isinstance(second, LabelsPrediction)
    assert first.labels == ("x", "z") and second.labels == ()
    assert first.probabilities["y"] == pytest.approx(1 / (1 + np.exp(2)))


@pytest.mark.parametrize("seed", range(5))
def test_threshold_is_the_best_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.random(200) < 0.2
    scores = (rng.normal(size=200) + truth).round(1)
    found = choose_threshold(scores, truth)
    tried = [metrics.f1_score(truth, scores > cut) for cut in np.unique(scores) - 0.05]
    assert metrics.f1_score(truth, scores > found) == pytest.approx(max(tried))


def test_too_rare_for_a_choice_stays_at_a_half() -> None:
    assert choose_threshold(np.arange(10.0) - 20, np.arange(10) >= 6) == 0
    assert choose_threshold(np.arange(10.0) - 20, np.arange(10) >= 5) == pytest.approx(-15.5)


def test_the_shift_is_folded_into_the_head() -> None:
    """The network itself says 1/2 where its F1 was best, and ranks as before."""
    spec = ImageInput(channels=1, height=6, width=6, mean=(0.5,), std=(0.3,))
    network = build(plan_network("flatten", (1, 6, 6), outputs=2), spec).eval()
    x = torch.randint(0, 256, (200, 1, 6, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    logits = network(x).detach()
    targets = (logits > logits.quantile(0.8, dim=0)).to(torch.uint8)
    stood = shift_thresholds(network, logits, targets)
    after = network(x).detach()
    assert torch.equal((after >= 0).to(torch.uint8), targets)
    assert torch.equal(after.argsort(0), logits.argsort(0))
    moved = torch.sigmoid((logits - after).mean(0))
    assert stood == pytest.approx(moved.tolist(), abs=1e-5)
