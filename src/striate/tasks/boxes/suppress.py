"""From a score a class at every place to the boxes of a picture: the likeliest, each object once."""

import torch
from torch import Tensor

from striate.notation.heads import GEOMETRY
from striate.tasks.boxes.overlap import overlap

FOUND = 100  # boxes of a picture, at most (as COCO counts)
CANDIDATES = 600  # answers of a picture that are looked at, at most: each object has several
OVERLAP = 0.6  # of two boxes of a class from which on they are the same object
FAINT = 0.01  # scores up to it are no answer
PAIRS = 1 << 22  # of boxes compared at a time


def find_boxes(outputs: Tensor, *, across_classes: bool = False) -> Tensor:
    """Give the boxes of outputs (N, A, 4 + K + 3): (N, 100, 6), x0, y0, x1, y1, score, class; the likeliest first.

    Of boxes of a class that overlap by more than OVERLAP, only the likeliest stays; with `across_classes` of all boxes.
    Rows of score 0 are empty.
    """
    boxes, scores = outputs[..., :4], outputs[..., 4:-GEOMETRY].sigmoid()
    n, n_classes = len(outputs), scores.shape[2]
    flat = scores.flatten(1)
    most = min(CANDIDATES, int((flat > FAINT).sum(1).max())) if n else 0
    scores, order = flat.topk(most, dim=1)  # (N, C)
    labels = order % n_classes
    boxes = boxes.gather(1, (order // n_classes)[..., None].expand(-1, -1, 4))
    kept = (scores > FAINT) & survive(boxes, torch.zeros_like(labels) if across_classes else labels)
    rows = torch.cat([boxes, scores[..., None], labels[..., None].to(boxes.dtype)], dim=2) * kept[..., None]
    first = (~kept).int().argsort(dim=1, stable=True)[:, :FOUND]
    rows = rows.gather(1, first[..., None].expand(-1, -1, 6))
    return torch.cat([rows, rows.new_zeros(n, FOUND - rows.shape[1], 6)], dim=1)


def survive(boxes: Tensor, labels: Tensor) -> Tensor:
    """Say which of boxes (N, C, 4), likeliest first, are kept: no kept box before them overlaps them as one object.

    What greedy suppression decides one box after the other is a fixed point: box i stays when no j < i that stays
    covers it. Repeated for all boxes at once, it is right for the first i after i rounds at most, and mostly for all
    after a few.
    """
    n, c = labels.shape
    parts = torch.arange(n).tensor_split(min(max(1, n), 1 + n * c * c // PAIRS))
    return torch.cat([_survive(boxes[part], labels[part]) for part in parts])


def _survive(boxes: Tensor, labels: Tensor) -> Tensor:
    same = labels[:, :, None] == labels[:, None, :]
    covers = (overlap(boxes[:, :, None], boxes[:, None]) > OVERLAP) & same  # (N, C, C)
    covers = covers.triu(1).float()  # [n, j, i]: j covers i and is likelier
    kept = torch.ones(labels.shape)
    while True:
        stays = (torch.bmm(kept[:, None], covers)[:, 0] == 0).float()
        if torch.equal(stays, kept):
            return kept.bool()
        kept = stays
