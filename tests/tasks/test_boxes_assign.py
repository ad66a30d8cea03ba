"""Which place learns which box: those inside that do best, none twice, none left out for being small."""

import pytest
import torch

from striate.tasks.boxes.assign import BEST, assign, list_candidates, list_truth

SIDE, STRIDE = 8, 8


def grid(side=SIDE, stride=STRIDE):
    y, x = torch.meshgrid(*(2 * [(torch.arange(side) + 0.5) * stride]), indexing="ij")
    return torch.stack([x.flatten(), y.flatten(), torch.full((side * side,), float(stride))], dim=1)


def around(places, reach=8.0):
    x, y, _ = places.unbind(1)
    return torch.stack([x - reach, y - reach, x + reach, y + reach], dim=1)


def assigned(targets, *, boxes=None, logits=None, n_classes=2):
    places = grid()
    targets = torch.tensor(targets, dtype=torch.float32)
    n = len(targets)
    boxes = around(places).expand(n, -1, -1) if boxes is None else boxes
    logits = torch.zeros(n, len(places), n_classes) if logits is None else logits
    return assign(boxes, logits, places, list_truth(targets)), places


EMPTY = [-1, 0, 0, 0, 0]


def test_truth_leaves_empty_rows_out():
    truth = list_truth(torch.tensor([[[1.0, 0, 0, 4, 4], EMPTY], [EMPTY, [0, 2, 2, 8, 8]], [EMPTY, EMPTY]]))
    assert truth.owners.tolist() == [0, 1]
    assert truth.labels.tolist() == [1, 0]
    assert truth.boxes.tolist() == [[0, 0, 4, 4], [2, 2, 8, 8]]


@pytest.mark.parametrize("box", [(0, 0, 15, 15), (21, 13, 52, 44), (0, 0, 64, 64), (3, 30, 60, 34)])
def test_places_that_learn_lie_inside(box):
    found, places = assigned([[[0, *box]]])
    x, y, _ = places[found.places].unbind(1)
    assert 0 < len(found.places) <= BEST
    assert ((x > box[0]) & (x < box[2])).all()
    assert ((y >= box[1] - STRIDE / 2) & (y <= box[3] + STRIDE / 2)).all()


@pytest.mark.parametrize("centre", [(4, 4), (8.5, 8.5), (31.9, 31), (63, 1)])
def test_a_tiny_box_still_has_a_place(centre):
    x, y = centre
    found, _ = assigned([[[0, x - 1, y - 1, x + 1, y + 1]]])
    assert len(found.places) >= 1


def test_the_best_aligned_places_learn_and_aim_highest():
    places = grid()
    boxes = around(places)[None].clone()
    boxes[0, 27] = torch.tensor([8.0, 8, 56, 56])  # (row 3, column 3) finds the box exactly
    found, _ = assigned([[[0, 8, 8, 56, 56]]], boxes=boxes)
    assert found.places[found.aims.argmax()] == 27
    assert found.aims.max().item() == pytest.approx(1.0)
    assert len(found.places) == BEST


def test_a_surer_place_is_better_aligned():
    logits = torch.zeros(1, SIDE * SIDE, 2)
    logits[0, 36, 1] = 4.0
    found, _ = assigned([[[1, 8, 8, 56, 56]]], logits=logits)
    assert found.places[found.aims.argmax()] == 36
    found, _ = assigned([[[0, 8, 8, 56, 56]]], logits=logits)  # sure of the other class
    assert found.aims.max().item() == pytest.approx(found.aims.min().item())


def test_no_place_learns_two_boxes():
    found, _ = assigned([[[0, 0, 0, 40, 40], [1, 8, 8, 48, 48], [0, 0, 0, 40, 40]]])
    assert len(set(found.places.tolist())) == len(found.places)
    assert set(found.labels.tolist()) == {0, 1}


def test_pictures_do_not_meet():
    targets = [[[0, 0, 0, 16, 16], EMPTY], [[1, 40, 40, 64, 64], EMPTY], [EMPTY, EMPTY]]
    found, _ = assigned(targets)
    assert set(found.owners.tolist()) == {0, 1}
    for owner, rows in enumerate(targets[:2]):
        alone, _ = assigned([rows])
        assert found.places[found.owners == owner].tolist() == alone.places.tolist()
        assert torch.equal(found.aims[found.owners == owner], alone.aims)


def test_a_batch_without_boxes_assigns_nothing():
    found, _ = assigned([[EMPTY], [EMPTY]])
    assert len(found.places) == len(found.aims) == 0


def test_candidates_are_those_inside():
    g, a = list_candidates(torch.tensor([[0.0, 0, 15, 8]]), grid())
    assert g.tolist() == [0, 0]
    assert a.tolist() == [0, 1]
