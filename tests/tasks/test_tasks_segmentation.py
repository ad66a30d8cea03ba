"""Every figure of a segmentation against scikit-learn or by hand; void counts nowhere; masks find their way back."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn import metrics
from task_catalogues import make_discs, segmentation_catalogue

from striate.data.decode.targets import fit_mask
from striate.data.listing import VOID
from striate.models.infer import infer
from striate.models.move import AT_REST
from striate.models.network import build
from striate.models.zoo import plan_network
from striate.notation.heads import PixelHead
from striate.records import SegmentationEvaluation, from_json, to_json
from striate.tasks import segmentation
from striate.tasks.boundary import find_boundary, match_boundaries
from striate.tasks.regions import count_pixels, dice, intersection_over_union, pixel_accuracy

RANDOM = np.random.default_rng(0)


@pytest.fixture
def answered() -> tuple[np.ndarray, np.ndarray]:
    """Answers and truth (6, 20, 24) of four classes that agree in part, with void."""
    truth = RANDOM.integers(0, 4, (6, 20, 24)).astype(np.uint8)
    answers = np.where(RANDOM.random(truth.shape) < 0.6, truth, RANDOM.integers(0, 4, truth.shape)).astype(np.uint8)
    truth[RANDOM.random(truth.shape) < 0.1] = VOID
    return answers, truth


def test_overlap_is_scikit_learns(answered: tuple[np.ndarray, np.ndarray]) -> None:
    answers, truth = answered
    counted = truth != VOID
    counts = count_pixels(answers, truth, 4).sum(0)
    flat, given = truth[counted], answers[counted]
    np.testing.assert_array_equal(counts, metrics.confusion_matrix(flat, given))
    np.testing.assert_allclose(dice(counts), metrics.f1_score(flat, given, average=None))
    np.testing.assert_allclose(intersection_over_union(counts), metrics.jaccard_score(flat, given, average=None))
    assert pixel_accuracy(counts) == pytest.approx(metrics.accuracy_score(flat, given))


def test_a_class_on_neither_side_has_no_overlap() -> None:
    counts = count_pixels(np.zeros((1, 2, 2), np.uint8), np.zeros((1, 2, 2), np.uint8), 2)[0]
    assert np.isnan(dice(counts)[1]) and np.isnan(intersection_over_union(counts)[1])
    assert dice(counts)[0] == 1


def test_score_is_the_mean_dice_of_all_but_the_first_class(answered: tuple[np.ndarray, np.ndarray]) -> None:
    answers, truth = answered
    counted = truth != VOID
    expected = metrics.f1_score(truth[counted], answers[counted], average=None)[1:].mean()
    assert segmentation.score(torch.from_numpy(answers), torch.from_numpy(truth)) == pytest.approx(expected)
    empty = torch.zeros(1, 4, 4, dtype=torch.uint8)
    assert segmentation.score(empty, empty) == 1


def test_loss_is_cross_entropy_and_soft_dice() -> None:
    logits = torch.log(torch.tensor([[[[0.8, 0.6]], [[0.2, 0.4]]]]))  # (1, K=2, H=1, W=2)
    found = segmentation.loss(logits, torch.tensor([[[0, 1]]], dtype=torch.uint8)).item()
    entropy = -(np.log(0.8) + np.log(0.4)) / 2
    overlaps = [(2 * 0.8 + 1) / (1.4 + 1 + 1), (2 * 0.4 + 1) / (0.6 + 1 + 1)]
    assert found == pytest.approx(entropy + 1 - np.mean(overlaps), rel=1e-5)


def test_void_pixels_move_nothing() -> None:
    logits = torch.randn(2, 3, 4, 5, requires_grad=True, generator=torch.Generator().manual_seed(0))
    targets = torch.randint(0, 3, (2, 4, 5), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    targets[0, :2] = VOID
    segmentation.loss(logits, targets).backward()
    assert logits.grad is not None
    assert (logits.grad[0, :, :2] == 0).all() and (logits.grad[1] != 0).any()
    nothing = segmentation.loss(logits, torch.full_like(targets, VOID))
    assert nothing.isfinite()


def test_a_rare_class_weighs_as_much_as_a_common_one() -> None:
    """Missing 4 of 400 pixels: the cross-entropy hardly notices, the Dice does."""
    targets = torch.zeros(1, 20, 20, dtype=torch.uint8)
    targets[0, :2, :2] = 1
    blind = torch.tensor([6.0, -6.0]).view(1, 2, 1, 1).expand(1, 2, 20, 20)
    assert torch.nn.functional.cross_entropy(blind, targets.long()) < 0.13
    assert segmentation.loss(blind, targets) > 0.5


def test_boundary_by_hand() -> None:
    """A square moved by one pixel meets within 2 pixels, one moved by four does not."""
    truth, near, far = (np.zeros((1, 200, 200), np.uint8) for _ in range(3))  # 0.75 % of the diagonal: 2.1 pixels
    truth[0, 50:100, 50:100], near[0, 50:100, 51:101], far[0, 50:100, 60:110] = 1, 1, 1
    assert match_boundaries(near, truth, 2)[0, 1] == 1
    assert match_boundaries(truth, truth, 2)[0].tolist() == [1, 1]
    assert 0.3 < match_boundaries(far, truth, 2)[0, 1] < 0.9  # the upper and lower sides still meet
    nothing = np.zeros_like(truth)
    assert match_boundaries(nothing, truth, 2)[0, 1] == 0
    assert np.isnan(match_boundaries(nothing, nothing, 2)[0]).all()


def test_neither_frame_nor_void_makes_a_boundary() -> None:
    region = np.zeros((4, 6), bool)
    region[:, :3] = True
    void = np.zeros_like(region)
    assert np.argwhere(find_boundary(region, void))[:, 1].tolist() == [2] * 4
    void[:, 3:] = True
    assert not find_boundary(region, void).any()


@pytest.mark.parametrize("names", [("background", "disc", "square"), ("sky", "disc", "square")])
def test_background_by_name_does_not_count(names: tuple[str, ...]) -> None:
    assert segmentation.find_objects(names) == ([1, 2] if names[0] == "background" else [0, 1, 2])


def test_judgement_holds_together() -> None:
    catalogue = segmentation_catalogue(80)
    chosen = catalogue.select("test")
    truth = torch.from_numpy(chosen.targets)
    right = torch.where(truth == VOID, 0, truth).to(torch.uint8)
    perfect = segmentation.judge(right, catalogue, "test")
    assert perfect.dice.value == perfect.iou.value == perfect.accuracy.value == perfect.by_picture.value == 1
    wrong = right.clone()
    wrong[0] = 0  # all of one picture missed
    seen = segmentation.judge(wrong, catalogue, "test")
    assert seen.dice.low < seen.dice.value < seen.dice.high <= 1
    assert seen.dice.n == len(chosen.targets)
    assert seen.worst[0].name == catalogue.names[chosen.indices[0]] and seen.worst[0].dice == 0
    assert seen.worst[0].truth != seen.worst[0].answer
    assert sum(map(sum, seen.confusion)) == (chosen.targets != VOID).sum()
    assert seen.void == pytest.approx((chosen.targets == VOID).mean())
    assert sum(one.share for one in seen.per_class) == pytest.approx(1)
    assert from_json(SegmentationEvaluation, to_json(seen)) == seen


def test_kept_classes_pass_through_inference() -> None:
    catalogue = segmentation_catalogue(12)
    plan = plan_network("conv 4 3x3 /2 pad 1 > relu", (3, 32, 32), outputs=PixelHead(3, (32, 32)))
    network = build(plan, catalogue.spec)
    kept = infer(network, catalogue.inputs, AT_REST, keep=segmentation.keep)
    assert kept.shape == (12, 32, 32) and kept.dtype == torch.uint8
    assert infer(network, catalogue.inputs[:0], AT_REST, keep=segmentation.keep).shape == (0, 32, 32)
    x = torch.from_numpy(catalogue.inputs[:2].copy())
    assert torch.equal(kept[:2], network(x).argmax(1).to(torch.uint8))


def test_a_fresh_head_is_in_doubt() -> None:
    """Logits of a network that knows nothing stay small, so that no pixel starts out sure."""
    plan = plan_network("conv 16 3x3 pad 1 > batchnorm > relu", (3, 32, 32), outputs=PixelHead(2, (32, 32)))
    network = build(plan, segmentation_catalogue(12).spec).train()
    logits = network(torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8))
    assert logits.std() < 1


@pytest.mark.parametrize("size", [(20, 30), (7, 50), (32, 32), (90, 61)])
def test_answers_come_back_in_the_original_size(size: tuple[int, int]) -> None:
    """A mask of a few large parts goes into the letterbox and back, and keeps its classes."""
    whole = np.zeros(size, np.uint8)
    whole[: size[0] // 2, size[1] // 2 :], whole[size[0] // 2 :] = 1, 2
    small = fit_mask(whole, (32, 32))
    kept = torch.from_numpy(np.where(small == VOID, 0, small)[None])
    (found,) = segmentation.answer(
        kept, names=["a"], sizes=[size], classes=("background", "b", "c"), spec=segmentation_catalogue(12).spec
    )
    image = Image.open(io.BytesIO(base64.b64decode(found.mask.partition(",")[2])))
    drawn = np.asarray(image)
    assert drawn.shape == size == found.size and image.mode == "P"
    assert (drawn == whole).mean() > 0.93
    assert found.shares["c"] == pytest.approx((drawn == 2).mean())
    assert sum(found.shares.values()) == pytest.approx(1)


def test_discs_are_what_they_say() -> None:
    pictures, masks = make_discs(8)
    assert set(np.unique(masks)) == {0, 1, 2, VOID}
    assert pictures[masks == 1].mean() > pictures[masks == 0].mean() + 50 > pictures[masks == 2].mean() + 100
