"""The loss of boxes: every place says how sure it is of each class, the places that learn a box also where it lies."""

import torch
import torch.nn.functional as F
from torch import Tensor

from striate.notation.heads import GEOMETRY
from striate.tasks.boxes.assign import assign, list_truth
from striate.tasks.boxes.overlap import generalised_overlap

BOX_WEIGHT = 2.0  # of the boxes' loss against that of the scores
FOCUS, BACKGROUND = 2.0, 0.75  # the power and weight of what a place that learns nothing claims


def box_loss(outputs: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Compare outputs (N, A, 4 + K + 3) of a BoxHead with targets (N, M, 5): class, x0, y0, x1, y1; -1 is no box.

    A place that learns a box aims at a score q (see assign): q * cross-entropy against q. All other scores p are to be
    0, and weigh BACKGROUND * p^FOCUS. The boxes' loss is 1 - GIoU, weighed by q. Both are divided by the sum of q.
    `smoothing` moves what is aimed at towards 1/2. Source: Zhang et al. 2021, arXiv:2008.13367, section 3.2.
    """
    boxes, logits, places = outputs[..., :4], outputs[..., 4:-GEOMETRY], outputs[0, :, -GEOMETRY:].detach()
    truth = list_truth(targets)
    found = assign(boxes.detach(), logits.detach(), places, truth)
    wanted = torch.zeros_like(logits)
    wanted[found.owners, found.places, found.labels] = found.aims
    total = found.aims.sum().clamp(min=1)
    weights = torch.where(wanted > 0, wanted, BACKGROUND * logits.detach().sigmoid() ** FOCUS)
    aimed = wanted * (1 - smoothing) + smoothing / 2
    scores = (weights * F.binary_cross_entropy_with_logits(logits, aimed, reduction="none")).sum()
    places_boxes = boxes[found.owners, found.places]
    misses = ((1 - generalised_overlap(places_boxes, found.truth)) * found.aims).sum()
    return (scores + BOX_WEIGHT * misses) / total
