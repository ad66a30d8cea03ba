"""Which places of the pyramid learn which true box: those inside it that find it best so far.

Task-aligned assignment, Feng et al. 2021, arXiv:2108.07755, section 3.2: a place is aligned with a box by its score for
the box's class and by its own box's overlap; the few best aligned places learn it, each aiming at a score that says how
well it does. Only pairs of a place and a box around it are ever looked at, so the cost grows with the area of boxes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from striate.tasks.boxes.overlap import overlap

BEST = 10  # places that learn a box
SCORE_POWER, OVERLAP_POWER = 0.5, 6.0  # of alignment
TINY = 1e-12  # an alignment below it is as good as none


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """All true boxes (G, 4) of a batch with their `labels` (G,) and the pictures (G,) they are in, `owners`."""

    boxes: Tensor
    labels: Tensor
    owners: Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Assigned:
    """P places that learn a box: the picture, the place (both count), the true box, its class, the score aimed at."""

    owners: Tensor
    places: Tensor
    truth: Tensor
    labels: Tensor
    aims: Tensor


def list_truth(targets: Tensor) -> Truth:
    """Gather the boxes of targets (N, M, 5), whose rows of class -1 are empty."""
    there = targets[..., 0] >= 0
    owners = there.nonzero()[:, 0]
    rows = targets[there]
    return Truth(boxes=rows[:, 1:], labels=rows[:, 0].long(), owners=owners)


@torch.no_grad()
def assign(boxes: Tensor, logits: Tensor, places: Tensor, truth: Truth) -> Assigned:
    """Choose the places that learn, given found boxes (N, A, 4), logits (N, A, K) and places (A, 3): x, y, stride.

    A place may learn a box when it lies inside, or within half a stride of its centre, so that no box is too small. Of
    two boxes that choose a place, the one that overlaps the place's own box more has it.
    """
    g, a, alignment = _take_best(boxes, logits, places, truth)
    owners = truth.owners[g]
    overlaps = overlap(boxes[owners, a], truth.boxes[g])
    won = _settle(owners * len(places) + a, overlaps, size=len(boxes) * len(places))
    g, a, owners, overlaps, alignment = g[won], a[won], owners[won], overlaps[won], alignment[won]
    best = torch.zeros(2, len(truth.boxes), dtype=boxes.dtype)
    best.scatter_reduce_(1, torch.stack([g, g]), torch.stack([alignment, overlaps]), "amax")
    aims = alignment / best[0, g].clamp(min=TINY) * best[1, g]
    return Assigned(owners=owners, places=a, truth=truth.boxes[g], labels=truth.labels[g], aims=aims)


def list_candidates(boxes: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """Pair boxes (G, 4) with the places (A, 3) inside them, or at most half a stride from their centre."""
    x, y, stride = places.unbind(1)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = torch.ones(len(boxes), len(places), dtype=torch.bool)
    for axis, at in enumerate((x, y)):
        least = (stride / 2)[None]
        middle, half = centre[:, axis, None], (boxes[:, 2 + axis] - boxes[:, axis])[:, None] / 2
        inside &= (at - middle).abs() <= torch.maximum(half, least)
    g, a = inside.nonzero(as_tuple=True)
    return g, a


def _take_best(boxes: Tensor, logits: Tensor, places: Tensor, truth: Truth) -> tuple[Tensor, Tensor, Tensor]:
    """Give the BEST aligned pairs of a true box and a place: both (P,), and their alignment (P,)."""
    g, a = list_candidates(truth.boxes, places)
    owners = truth.owners[g]
    chances = logits[owners, a, truth.labels[g]].sigmoid()
    alignment = chances**SCORE_POWER * overlap(boxes[owners, a], truth.boxes[g]) ** OVERLAP_POWER
    table = torch.full((len(truth.boxes), len(places)), -1.0, dtype=boxes.dtype)
    table[g, a] = alignment
    values, a = table.topk(min(BEST, len(places)), dim=1)  # (G, BEST)
    g = torch.arange(len(a))[:, None].expand_as(a)
    there = values >= 0
    return g[there], a[there], values[there]


def _settle(cells: Tensor, overlaps: Tensor, *, size: int) -> Tensor:
    """Give the pairs (P,) that have the largest overlap of those with their cell; the first of equal ones."""
    most = torch.full((size,), -1.0, dtype=overlaps.dtype).scatter_reduce_(0, cells, overlaps, "amax")
    equal = (overlaps >= most[cells]).nonzero()[:, 0]
    first = torch.full((size,), len(cells)).scatter_reduce_(0, cells[equal], equal, "amin")
    return first[first < len(cells)]
