"""From a score a class at every place to the boxes of a picture: the likeliest, each object once."""

import torch
from torch import Tensor

from striate.notation.heads import GEOMETRY
from striate.tasks.boxes.overlap import overlap

FOUND = 100  # boxes of a picture, at most (as COCO counts)
CANDIDATES = 300  # answers of a picture that are looked at
OVERLAP = 0.6  # of two boxes of a class from which on they are the same object
FAINT = 0.01  # scores below are no answer


def find_boxes(outputs: Tensor, *, across_classes: bool = False) -> Tensor:
    """Give the boxes of outputs (N, A, 4 + K + 3): (N, 100, 6), x0, y0, x1, y1, score, class; the likeliest first.

    Of boxes of a class that overlap by more than OVERLAP, only the likeliest stays; with `across_classes` of all boxes.
    Rows of score 0 are empty.
    """
    boxes, scores = outputs[..., :4], outputs[..., 4:-GEOMETRY].sigmoid()
    n, n_classes = len(outputs), scores.shape[2]
    scores, order = scores.flatten(1).topk(min(CANDIDATES, scores.shape[1] * n_classes), dim=1)  # (N, C)
    labels = order % n_classes
    boxes = boxes.gather(1, (order // n_classes)[..., None].expand(-1, -1, 4))
    kept = (scores > FAINT) & survive(boxes, labels if not across_classes else torch.zeros_like(labels))
    scores = scores * kept
    rows = torch.cat([boxes, scores[..., None], labels[..., None].to(boxes.dtype)], dim=2) * kept[..., None]
    first = scores.argsort(dim=1, descending=True, stable=True)[:, :FOUND]
    rows = rows.gather(1, first[..., None].expand(-1, -1, 6))
    return torch.cat([rows, rows.new_zeros(n, FOUND - rows.shape[1], 6)], dim=1)


def survive(boxes: Tensor, labels: Tensor) -> Tensor:
    """Say which of boxes (N, C, 4), likeliest first, are kept: no kept box before them overlaps them as one object.

    What greedy suppression decides one box after the other is a fixed point: box i stays when no j < i that stays
    covers it. Repeated for all boxes at once, it is right for the first i after i rounds at most, and mostly for all
    after a few.
    """
    same = labels[:, :, None] == labels[:, None, :]
    covers = (overlap(boxes[:, :, None], boxes[:, None]) > OVERLAP) & same  # (N, C, C)
    covers = covers.triu(1).float()  # [n, j, i]: j covers i and is likelier
    kept = torch.ones(labels.shape)
    while True:
        stays = (torch.bmm(kept[:, None], covers)[:, 0] == 0).float()
        if torch.equal(stays, kept):
            return kept.bool()
        kept = stays
