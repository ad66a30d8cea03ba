"""Overlaps of boxes against numbers worked out by hand, and a gradient where boxes do not touch."""

import pytest
import torch

from striate.tasks.boxes.overlap import area, generalised_overlap, overlap

PAIRS = [
    ((0, 0, 4, 4), (0, 0, 4, 4), 1.0, 1.0),
    ((0, 0, 4, 4), (2, 0, 6, 4), 8 / 24, 8 / 24 - 0 / 24),
    ((0, 0, 2, 2), (2, 2, 4, 4), 0.0, 0.0 - 8 / 16),
    ((0, 0, 2, 2), (6, 0, 8, 2), 0.0, 0.0 - 8 / 16),
    ((0, 0, 8, 8), (2, 2, 4, 4), 4 / 64, 4 / 64),
    ((1, 1, 1, 5), (0, 0, 4, 4), 0.0, -4 / 20),  # no area: hull 4x5, union 16
]


@pytest.mark.parametrize(("one", "other", "plain", "generalised"), PAIRS)
def test_overlap_by_hand(one, other, plain, generalised):
    a, b = torch.tensor(one, dtype=torch.float64), torch.tensor(other, dtype=torch.float64)
    assert overlap(a, b).item() == pytest.approx(plain, abs=1e-6)
    assert overlap(b, a).item() == pytest.approx(plain, abs=1e-6)
    assert generalised_overlap(a, b).item() == pytest.approx(generalised, abs=1e-6)


def test_overlap_broadcasts():
    boxes = torch.rand(5, 4).cumsum(1)
    table = overlap(boxes[:, None], boxes[None])
    assert table.shape == (5, 5)
    assert torch.allclose(table.diagonal(), torch.ones(5))


def test_boxes_that_do_not_touch_are_pulled_together():
    box = torch.tensor([0.0, 0, 2, 2], requires_grad=True)
    (1 - generalised_overlap(box, torch.tensor([6.0, 0, 8, 2]))).backward()
    assert box.grad is not None
    assert box.grad[2] < 0  # the right side wants to go right


def test_a_reversed_box_has_no_area():
    assert area(torch.tensor([4.0, 4, 2, 2])).item() == 0
