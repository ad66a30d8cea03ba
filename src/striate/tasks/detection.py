"""Objects and where they are: the head of boxes, their loss, the boxes kept of a picture, and how precise they are."""

import numpy as np
from torch import Tensor

from striate.notation.heads import BoxHead
from striate.records import InputSpec
from striate.tasks.boxes.loss import box_loss
from striate.tasks.boxes.precision import LEVELS, match, mean_precision
from striate.tasks.boxes.suppress import find_boxes

metric = "mAP50"


def head(classes: tuple[str, ...], spec: InputSpec) -> BoxHead:
    """Give the head: a box and a logit a class at each place of a feature pyramid."""
    return BoxHead(len(classes))


def loss(outputs: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Compare outputs (N, A, 4 + K + 3) with targets (N, M, 5): see boxes/loss."""
    return box_loss(outputs, targets, smoothing=smoothing)


def keep(outputs: Tensor) -> Tensor:
    """Keep the boxes of each picture: (N, 100, 6), x0, y0, x1, y1, score, class; rows of score 0 are empty."""
    return find_boxes(outputs)


def score(kept: Tensor, targets: Tensor) -> float:
    """Give mAP50 of boxes (N, 100, 6) against targets (N, M, 5): mean over the classes that occur; 1 where none does."""
    truth = targets.numpy()
    n_classes = 1 + max(int(truth[..., 0].max(initial=0)), int(kept[..., 5].max()) if kept.numel() else 0)
    matched = match(kept.numpy(), truth, n_classes=n_classes, levels=LEVELS[:1])
    return float(np.nan_to_num(mean_precision(matched, n_classes)[0], nan=1.0))
