"""Objects and where they are: the head of boxes, their loss, the boxes kept of a picture, and how precise they are."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from striate.data.catalogue import Catalogue
from striate.notation.heads import BoxHead
from striate.records import AnyPrediction, BoxPrediction, DetectionEvaluation, FoundBox, ImageInput, InputSpec
from striate.tasks.boxes.evaluation import SHOWN, evaluate_boxes
from striate.tasks.boxes.loss import box_loss
from striate.tasks.boxes.original import to_original
from striate.tasks.boxes.precision import LEVELS, Matched, match, mean_precision
from striate.tasks.boxes.suppress import find_boxes
from striate.tasks.boxes.threshold import best_thresholds, centre_scores

metric = "mAP50"


def head(classes: tuple[str, ...], spec: InputSpec) -> BoxHead:
    """Give the head: a box and a logit a class at each place of a feature pyramid."""
    return BoxHead(len(classes))


def loss(outputs: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Compare outputs (N, A, 4 + K + 3) with targets (N, M, 5), as boxes/loss says."""
    return box_loss(outputs, targets, smoothing=smoothing)


def keep(outputs: Tensor) -> Tensor:
    """Keep the boxes of each picture: (N, 100, 6), x0, y0, x1, y1, score, class; rows of score 0 are empty."""
    return find_boxes(outputs)


def score(kept: Tensor, targets: Tensor) -> float:
    """Give mAP50 of boxes (N, 100, 6) against targets (N, M, 5): the mean over classes that occur; 1 where none does.

    >>> import torch
    >>> truth = torch.tensor([[[0.0, 1, 1, 9, 9]]])
    >>> score(torch.tensor([[[1.0, 1, 9, 9, 0.8, 0]]]), truth)
    1.0
    """
    matched = _match(kept, targets)
    return float(np.nan_to_num(mean_precision(matched, matched.counts.shape[1])[0], nan=1.0))


def settle(network: nn.Module, kept: Tensor, targets: Tensor) -> None:
    """Choose on validation, boxes (N, 100, 6) against targets (N, M, 5), from which score on a box of a class is shown.

    Afterwards it is 1/2 for every class, by the bias of the head: no order of boxes changes.
    """
    answer = network.get_submodule("head.answer")
    assert isinstance(answer, nn.Conv2d)
    matched = _match(kept, targets, n_classes=answer.out_channels - 4)
    centre_scores(answer, best_thresholds(matched, answer.out_channels - 4))


def answer(
    kept: Tensor,
    *,
    names: Sequence[str],
    sizes: Sequence[tuple[int, ...]],
    classes: tuple[str, ...],
    spec: InputSpec,
) -> list[AnyPrediction]:
    """Give the boxes (N, 100, 6) of a score of 1/2 or more, in pixels of the originals of `sizes` (height, width)."""
    assert isinstance(spec, ImageInput)
    boxes = to_original(kept[..., :4].numpy(), sizes, (spec.height, spec.width))
    return [
        BoxPrediction(
            name=name,
            found=tuple(
                FoundBox(label=classes[int(label)], score=score, box=(x0, y0, x1, y1))
                for (x0, y0, x1, y1), (score, label) in zip(places.tolist(), rows[:, 4:].tolist(), strict=True)
                if score >= SHOWN
            ),
        )
        for name, places, rows in zip(names, boxes, kept, strict=True)
    ]


def judge(kept: Tensor, catalogue: Catalogue, split: str) -> DetectionEvaluation:
    """Judge the boxes kept of all pictures (N, 100, 6) of a split."""
    return evaluate_boxes(kept, catalogue, split)


def _match(kept: Tensor, targets: Tensor, *, n_classes: int | None = None) -> Matched:
    """Match boxes at an overlap of 0.5; without a number of classes, as many as are seen."""
    found, truth = kept.numpy(), targets.numpy()
    seen = 1 + int(max(truth[..., 0].max(initial=0), found[..., 5].max(initial=0)))
    return match(found, truth, n_classes=n_classes or seen, levels=LEVELS[:1])
