"""Suppression at once gives what greedy suppression gives one box after the other."""

import pytest
import torch

from striate.notation.heads import GEOMETRY
from striate.tasks.boxes.overlap import overlap
from striate.tasks.boxes.suppress import FOUND, OVERLAP, find_boxes, survive


def greedy(boxes, labels):
    """Keep the first; drop what it covers; go on."""
    kept = []
    for i, (box, label) in enumerate(zip(boxes, labels, strict=True)):
        if all(labels[j] != label or overlap(box, boxes[j]) <= OVERLAP for j in kept):
            kept.append(i)
    return kept


def crowd(n, seed, spread=30.0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.rand(n, 2, generator=generator) * spread
    sides = 6 + 8 * torch.rand(n, 2, generator=generator)
    return torch.cat([centres - sides / 2, centres + sides / 2], dim=1), torch.randint(0, 3, (n,), generator=generator)


@pytest.mark.parametrize("seed", range(6))
def test_all_at_once_is_one_after_the_other(seed):
    crowds = [crowd(120, 10 * seed + i, spread=5.0 + 10 * i) for i in range(3)]
    boxes, labels = (torch.stack(parts) for parts in zip(*crowds, strict=True))
    kept = survive(boxes, labels)
    for n in range(3):
        assert kept[n].nonzero()[:, 0].tolist() == greedy(boxes[n], labels[n])


def test_a_chain_is_undone_link_by_link():
    """Each box covers the next one only: every second stays."""
    x = 3.0 * torch.arange(9)
    boxes = torch.stack([x, 0 * x, x + 14, 0 * x + 10], dim=1)[None]
    assert survive(boxes, torch.zeros(1, 9, dtype=torch.long))[0].tolist() == [i % 2 == 0 for i in range(9)]


def outputs(boxes, logits):
    places = torch.zeros(*boxes.shape[:2], GEOMETRY)
    return torch.cat([boxes, logits, places], dim=2)


def test_boxes_come_likeliest_first_and_padded():
    boxes = torch.tensor([[[0.0, 0, 9, 9], [0, 0, 9, 10], [20, 20, 30, 30]]])
    logits = torch.tensor([[[1.0, -9], [2.0, -9], [-9, 0.0]]])
    found = find_boxes(outputs(boxes, logits))
    assert found.shape == (1, FOUND, 6)
    assert found[0, :2, :4].tolist() == [[0, 0, 9, 10], [20, 20, 30, 30]]
    assert found[0, :2, 5].tolist() == [0, 1]
    assert found[0, 0, 4].item() == pytest.approx(torch.sigmoid(torch.tensor(2.0)).item())
    assert (found[0, 2:] == 0).all()


def test_boxes_of_other_classes_stay_unless_asked():
    boxes = torch.tensor([[[0.0, 0, 9, 9], [0, 0, 9, 9]]])
    logits = torch.tensor([[[1.0, -9], [-9, 0.5]]])
    assert (find_boxes(outputs(boxes, logits))[0, :, 4] > 0).sum() == 2
    found = find_boxes(outputs(boxes, logits), across_classes=True)
    assert (found[0, :, 4] > 0).sum() == 1
    assert found[0, 0, 5] == 0


def test_one_place_may_be_of_two_classes():
    found = find_boxes(outputs(torch.tensor([[[0.0, 0, 9, 9]]]), torch.tensor([[[1.0, 0.5]]])))
    assert found[0, :2, 5].tolist() == [0, 1]


def test_no_picture_gives_no_boxes():
    assert find_boxes(torch.zeros(0, 20, 4 + 2 + GEOMETRY)).shape == (0, FOUND, 6)
