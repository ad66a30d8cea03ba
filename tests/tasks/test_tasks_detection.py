"""A whole split judged, answers in pixels of the originals, thresholds in the head; and that a small network learns."""

import dataclasses

import numpy as np
import pytest
import torch
from scenes import CLASSES, ROWS, draw_scenes, scene_catalogue

from striate.models.network import build
from striate.models.zoo import plan_network
from striate.notation.heads import GEOMETRY
from striate.records import BoxPrediction, DetectionEvaluation, ImageInput, from_json, to_json
from striate.tasks import detection
from striate.tasks.boxes.evaluation import TINY, WORST
from striate.tasks.boxes.original import to_original
from striate.tasks.boxes.precision import LEVELS, match
from striate.tasks.boxes.suppress import FOUND
from striate.tasks.boxes.threshold import ENOUGH, best_thresholds

LINE = " > ".join(f"conv {n} 3x3 /2 pad 1 > batchnorm > relu" for n in (16, 16, 32, 32))


def perfect(targets, score=0.9):
    """Found boxes that are the true ones."""
    found = np.zeros((len(targets), FOUND, 6), np.float32)
    found[:, :ROWS, :4] = targets[..., 1:]
    found[:, :ROWS, 4] = score * (targets[..., 0] >= 0)
    found[:, :ROWS, 5] = np.maximum(targets[..., 0], 0)
    return in_order(torch.from_numpy(found))


def in_order(found):
    """Put the likeliest first."""
    order = found[..., 4].argsort(dim=1, descending=True, stable=True)
    return found.gather(1, order[..., None].expand(-1, -1, 6))


@pytest.fixture(scope="module")
def catalogue():
    return scene_catalogue(60)


def test_a_perfect_answer_is_perfect(catalogue):
    seen = detection.judge(perfect(catalogue.select("test").targets), catalogue, "test")
    assert seen.map50.value == seen.map.value == seen.headline.value == pytest.approx(1.0)
    assert seen.map50.low == pytest.approx(1.0)
    assert all(score.f1 == score.recall.value == score.precision.value == 1 for score in seen.per_class)
    assert seen.worst == ()
    counts = (catalogue.select("test").targets[..., :1] == np.arange(2)).sum((0, 1))
    assert [score.recall.n for score in seen.per_class] == counts.tolist()
    assert seen.boxes == counts.sum() == sum(score.n for score in seen.per_size)


def test_boxes_that_are_not_shown_count_for_precision_alone(catalogue):
    seen = detection.judge(perfect(catalogue.select("test").targets, score=0.4), catalogue, "test")
    assert seen.map50.value == pytest.approx(1.0)
    assert all(score.recall.value == 0 and score.f1 == 0 and score.precision.n == 0 for score in seen.per_class)


def test_sizes_are_those_of_the_originals(catalogue):
    """The originals were twice as large: 20 to 27 by 10 to 13 pixels were 40 to 54 by 20 to 26."""
    seen = detection.judge(perfect(catalogue.select("test").targets), catalogue, "test")
    rows = catalogue.select("test").targets.reshape(-1, 5)
    rows = rows[rows[:, 0] >= 0]
    areas = 4 * (rows[:, 3] - rows[:, 1]) * (rows[:, 4] - rows[:, 2])
    assert [score.size for score in seen.per_size] == ["small", "medium", "large"]
    assert [score.n for score in seen.per_size] == [(areas < 32**2).sum(), (areas >= 32**2).sum(), 0]
    assert np.isnan(seen.per_size[2].ap50)


def test_figures_fall_with_what_is_missed_and_what_is_wrong(catalogue):
    targets = catalogue.select("test").targets
    found = perfect(targets)
    found[:, 0, 4] = 0.0  # the first box of each picture is missed
    missed = detection.judge(in_order(found), catalogue, "test")
    assert missed.map50.value < 0.8
    assert missed.map50.low < missed.map50.value < missed.map50.high
    assert all(score.precision.value == 1 for score in missed.per_class)
    extra = perfect(targets)
    extra[:, -1] = torch.tensor([0.0, 0, 95, 63, 0.95, 0])
    wrong = detection.judge(in_order(extra), catalogue, "test")
    assert wrong.per_class[0].precision.value < 1
    assert wrong.per_class[1].precision.value == 1
    assert wrong.per_class[0].recall.value == 1


def test_the_worst_pictures_come_first_with_their_boxes(catalogue):
    chosen = catalogue.select("test")
    found = perfect(chosen.targets)
    found[2, :4] = torch.tensor([[0.0, 0, 95, 63, 0.9, 0], [1, 1, 94, 63, 0.8, 1], [0, 0, 90, 60, 0.3, 0], [0] * 6])
    seen = detection.judge(found, catalogue, "test")
    first = seen.worst[0]
    assert len(seen.worst) == 1 <= WORST
    assert first.name == catalogue.names[chosen.indices[2]]
    assert [box.right for box in first.found] == [False, False]  # the third is not shown
    assert len(first.truth) == (chosen.targets[2, :, 0] >= 0).sum()
    assert not any(box.right for box in first.truth)
    assert (first.width, first.height) == (96, 64)
    assert first.picture.startswith("data:image/png;base64,")


def test_tiny_objects_are_told(catalogue):
    chosen = catalogue.select("test")
    targets = catalogue.targets.copy()
    targets[..., 3:] = np.minimum(targets[..., 3:], targets[..., 1:3] + TINY - 1)
    small = dataclasses.replace(catalogue, targets=targets)
    assert detection.judge(perfect(targets[chosen.indices]), small, "test").tiny == 1
    assert detection.judge(perfect(chosen.targets), catalogue, "test").tiny == 0


def test_an_evaluation_survives_json(catalogue):
    found = perfect(catalogue.select("test").targets)
    found[0, :, 4] = 0
    seen = detection.judge(in_order(found), catalogue, "test")
    again = from_json(DetectionEvaluation, to_json(seen))
    assert to_json(again) == to_json(seen)
    assert again.map50 == seen.map50


def test_a_split_without_objects_has_no_figure(catalogue):
    targets = catalogue.targets.copy()
    targets[..., 0] = -1
    seen = detection.judge(
        perfect(catalogue.select("test").targets), dataclasses.replace(catalogue, targets=targets), "test"
    )
    assert np.isnan(seen.map50.value)
    assert seen.boxes == 0


@pytest.mark.parametrize(
    ("original", "size", "box", "expected"),
    [
        ((64, 96), (64, 96), (1, 2, 3, 4), (1, 2, 3, 4)),
        ((128, 192), (64, 96), (1, 2, 3, 4), (2, 4, 6, 8)),
        ((480, 640), (256, 320), (0, 8, 320, 248), (0, 0, 640, 480)),  # 240 rows between borders of 8
        ((480, 640), (256, 320), (-5, 0, 330, 256), (0, 0, 640, 480)),
        ((100, 50), (200, 200), (50, 0, 150, 200), (0, 0, 50, 100)),
    ],
)
def test_boxes_go_back_to_the_original(original, size, box, expected):
    moved = to_original(np.array([[box]], np.float32), [original], size)
    np.testing.assert_allclose(moved[0, 0], expected)


def test_answers_are_in_pixels_of_the_original():
    spec = ImageInput(channels=3, height=64, width=96, mean=(0.0,) * 3, std=(1.0,) * 3)
    _, targets = draw_scenes(3, (64, 96), 0)
    kept = perfect(targets)
    kept[0, 1:] = 0
    kept[0, 1] = torch.tensor([1.0, 1, 2, 2, 0.49, 0])
    answers = detection.answer(kept, names=["a", "b", "c"], sizes=[(128, 192)] * 3, classes=CLASSES, spec=spec)
    assert [one.name for one in answers] == ["a", "b", "c"]
    assert all(isinstance(one, BoxPrediction) for one in answers)
    (found,) = answers[0].found
    assert found.label == CLASSES[int(targets[0, 0, 0])]
    np.testing.assert_allclose(found.box, 2 * targets[0, 0, 1:])
    assert from_json(BoxPrediction, to_json(answers[0])) == answers[0]


def test_the_threshold_has_the_best_f1():
    """Of 30 true boxes 20 are found with scores above 0.6, then 40 wrong ones follow, then the other ten."""
    n, truth = 30, np.zeros((30, 1, 5))
    truth[:, 0] = [0, 10, 10, 20, 20]
    found = np.zeros((n, 3, 6))
    found[:20, 0] = [10, 10, 20, 20, 0.7, 0]
    found[:20, 1] = found[:20, 2] = [50, 50, 60, 60, 0.5, 0]
    found[20:, 0] = [10, 10, 20, 20, 0.3, 0]
    matched = match(found, truth, n_classes=2, levels=LEVELS[:1])
    own, other = best_thresholds(matched, 2)
    assert own == pytest.approx(0.6)
    assert other == own  # a class of fewer than ENOUGH boxes takes that of all
    assert n >= ENOUGH


def test_nothing_right_leaves_one_half():
    matched = match(np.zeros((30, 2, 6)), np.tile([[[0.0, 1, 1, 9, 9]]], (30, 1, 1)), n_classes=1, levels=LEVELS[:1])
    assert best_thresholds(matched, 1).tolist() == [0.5]


def small_network(seed=0):
    spec = ImageInput(channels=3, height=64, width=96, mean=(0.15,) * 3, std=(0.2,) * 3)
    return build(plan_network(LINE, spec.shape, outputs=detection.head(CLASSES, spec)), spec, seed=seed)


def test_settling_moves_the_threshold_to_one_half_and_no_order():
    network = small_network().eval()
    pictures, targets = draw_scenes(30, (64, 96), 0)
    x, truth = torch.from_numpy(pictures), torch.from_numpy(targets)
    with torch.inference_mode():
        before = network(x)
    found = perfect(targets, score=0.3)
    found[:, -1] = torch.tensor([0.0, 0, 95, 63, 0.1, 1])
    detection.settle(network, found, truth)
    with torch.inference_mode():
        after = network(x)
    shift = (after - before)[..., 4:-GEOMETRY]
    assert torch.allclose(shift[..., 0], -torch.logit(torch.tensor(0.15)), atol=1e-4)  # halfway to no score at all
    assert torch.allclose(shift[..., 1], -torch.logit(torch.tensor(0.2)), atol=1e-4)
    assert torch.equal(after[..., :4], before[..., :4])


def train(network, x, targets, steps):
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3)
    losses = []
    for step in range(steps):
        part = torch.arange(8) + 8 * (step % (len(x) // 8))
        loss = detection.loss(network.train()(x[part]), targets[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_a_small_network_learns_to_find_rectangles():
    torch.set_num_threads(1)
    pictures, targets = (torch.from_numpy(array) for array in draw_scenes(48, (64, 96), 1))
    network = small_network()
    losses = train(network, pictures, targets, 60)
    assert np.mean(losses[-6:]) < 0.6 * np.mean(losses[:6])
    with torch.inference_mode():
        kept = detection.keep(network.eval()(pictures))
    assert detection.score(kept, targets) > 0.6


def test_the_loss_of_a_picture_without_objects_is_finite_and_falls_with_the_scores():
    outputs = torch.zeros(2, 10, 4 + 2 + GEOMETRY)
    outputs[..., -1] = 8.0
    targets = torch.full((2, 3, 5), -1.0)
    low = outputs.clone()
    low[..., 4:6] = -6.0
    assert 0 < detection.loss(low, targets) < detection.loss(outputs, targets)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_has_gradients_for_boxes_and_scores(smoothing):
    network = small_network()
    pictures, targets = draw_scenes(8, (64, 96), 2)
    outputs = network.train()(torch.from_numpy(pictures)).detach().requires_grad_()
    detection.loss(outputs, torch.from_numpy(targets), smoothing=smoothing).backward()
    assert outputs.grad.isfinite().all()
    assert outputs.grad[..., :4].abs().sum() > 0
    assert outputs.grad[..., 4:-GEOMETRY].abs().sum() > 0
    assert outputs.grad[..., -GEOMETRY:].abs().sum() == 0


def test_the_loss_is_least_at_the_truth():
    """One place, one box: the right box and a sure score beat a wrong box, a wrong class and an unsure score."""
    targets = torch.tensor([[[1.0, 4, 4, 12, 12]]])

    def loss(box, logits):
        return detection.loss(torch.tensor([[[*box, *logits, 8.0, 8, 8]]]), targets).item()

    best = loss((4, 4, 12, 12), (-8.0, 8))
    assert best < loss((4, 4, 12, 16), (-8.0, 8))
    assert best < loss((4, 4, 12, 12), (8.0, -8))
    assert best < loss((4, 4, 12, 12), (-8.0, 0))
    assert best < 0.01
