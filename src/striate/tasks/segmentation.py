"""A class for every pixel: the head of maps, the loss of pixels and regions, overlap and outlines of a whole split."""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from striate.data.catalogue import Catalogue
from striate.data.listing import VOID
from striate.notation.heads import PixelHead
from striate.records import DrawnMask, InputSpec, RegionScore, SegmentationEvaluation
from striate.report.masks import mask_uri
from striate.tasks.bootstrap import Floats, bootstrap
from striate.tasks.boundary import match_boundaries
from striate.tasks.regions import count_pixels, dice, intersection_over_union, mean_known, pixel_accuracy

WORST = 8  # pictures that an evaluation shows
BACKGROUND = ("background", "_background_", "bg", "void", "none", "nothing", "other", "unlabeled", "unlabelled", "0")
EMPTY = 1.0  # pixels added to both sides of the soft Dice, so that a class that is hardly there moves it little

metric = "Dice"


def head(classes: tuple[str, ...], spec: InputSpec) -> PixelHead:
    """Give the head: one map of logits a class, as large as the input."""
    return PixelHead(len(classes), spec.shape[1:])


def loss(outputs: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Average the cross-entropy of pixels and add 1 - the soft Dice of classes: outputs (N, K, H, W), targets (N, H, W).

    VOID pixels count in neither. The Dice of class k is (2 sum p t + 1) / (sum p + sum t + 1) over the pixels of the
    batch, averaged over the classes that occur in it: each weighs the same, however rare. `smoothing` as in
    classification. Source: Milletari et al. 2016, arXiv:1606.04797; sum with cross-entropy as in Isensee et al. 2021.
    """
    counted = targets != VOID
    n = counted.sum().clamp(min=1)
    labels = targets.long().masked_fill(~counted, 0)
    pixels = F.cross_entropy(outputs, labels, reduction="none", label_smoothing=smoothing)
    entropy = (pixels * counted).sum() / n
    weights = counted[:, None].to(outputs.dtype)
    truth = F.one_hot(labels, outputs.shape[1]).movedim(-1, 1).to(outputs.dtype) * weights  # (N, K, H, W)
    guess = outputs.softmax(1) * weights
    axes = [axis for axis in range(outputs.dim()) if axis != 1]
    there = truth.sum(axes)
    overlap = (2 * (guess * truth).sum(axes) + EMPTY) / (guess.sum(axes) + there + EMPTY)  # (K,)
    present = there > 0
    return entropy + 1 - (overlap * present).sum() / present.sum().clamp(min=1)


def keep(outputs: Tensor) -> Tensor:
    """Keep the likeliest class of each pixel: (N, K, H, W) -> (N, H, W) uint8."""
    return outputs.argmax(1).to(torch.uint8)


def score(kept: Tensor, targets: Tensor) -> float:
    """Give the mean Dice of the classes but the first, over all pixels of kept (N, H, W) against targets (N, H, W).

    A class that neither holds does not count; 1 where there is none at all.
    """
    answers, truth = kept.numpy(), targets.numpy()
    most = 1 + max(int(answers.max(initial=1)), int(truth[truth != VOID].max(initial=1)))
    overlap = dice(count_pixels(answers, truth, most).sum(0))[1:]
    return float(np.nan_to_num(mean_known(overlap), nan=1.0))


def judge(kept: Tensor, catalogue: Catalogue, split: str) -> SegmentationEvaluation:
    """Judge the classes kept of all pixels (N, H, W) of a split."""
    chosen = catalogue.select(split)
    answers, classes = kept.numpy(), catalogue.classes
    counts = count_pixels(answers, chosen.targets, len(classes))
    outlines = match_boundaries(answers, chosen.targets, len(classes))
    objects = find_objects(classes)
    alone = np.nan_to_num(mean_known(dice(counts)[:, objects]), nan=1.0)  # nothing there and nothing found is right
    interval = partial(bootstrap, n=len(counts))
    return SegmentationEvaluation(
        split=split,
        dice=interval(lambda w: mean_known(dice(_pool(w, counts))[:, objects])),
        iou=interval(lambda w: mean_known(intersection_over_union(_pool(w, counts)))),
        by_picture=interval(lambda w: w @ alone / len(alone)),
        accuracy=interval(lambda w: pixel_accuracy(_pool(w, counts))),
        boundary=interval(lambda w: mean_known(_average(w, outlines)[:, objects])),
        per_class=_score_classes(counts, outlines, classes),
        confusion=tuple(tuple(row) for row in counts.sum(0).tolist()),
        void=float((chosen.targets == VOID).mean()),
        worst=tuple(
            DrawnMask(
                name=catalogue.names[chosen.indices[n]],
                dice=float(alone[n]),
                truth=mask_uri(chosen.inputs[n], chosen.targets[n], void=VOID),
                answer=mask_uri(chosen.inputs[n], answers[n], void=VOID),
            )
            for n in np.argsort(alone, kind="stable")[:WORST].tolist()
        ),
    )


def find_objects(classes: tuple[str, ...]) -> list[int]:
    """Give the classes that the headline counts: all but the first where that is the background by its name.

    >>> find_objects(("background", "nucleus")), find_objects(("sky", "road"))
    ([1], [0, 1])
    """
    first = 1 if len(classes) > 1 and classes[0].lower() in BACKGROUND else 0
    return list(range(first, len(classes)))


def _score_classes(counts: NDArray[np.int64], outlines: Floats, classes: tuple[str, ...]) -> tuple[RegionScore, ...]:
    shares = counts.sum((0, 2)) / max(1, counts.sum())
    interval = partial(bootstrap, n=len(counts))
    return tuple(
        RegionScore(
            label=label,
            dice=interval(lambda w, k=k: dice(_pool(w, counts))[:, k]),
            iou=interval(lambda w, k=k: intersection_over_union(_pool(w, counts))[:, k]),
            boundary=interval(lambda w, k=k: _average(w, outlines)[:, k]),
            share=float(shares[k]),
        )
        for k, label in enumerate(classes)
    )


def _pool(weights: Floats, counts: NDArray[np.int64]) -> Floats:
    """Add up the counts (N, K, K) of pictures by weights (R, N): (R, K, K)."""
    n, *cells = counts.shape
    pooled: Floats = (weights @ counts.reshape(n, -1).astype(np.float64)).reshape(-1, *cells)
    return pooled


def _average(weights: Floats, values: Floats) -> Floats:
    """Take the mean of values (N, K) that are some by weights (R, N): (R, K)."""
    known = np.isfinite(values)
    totals = weights @ known.astype(np.float64)
    sums = weights @ np.where(known, values, 0.0)
    return np.divide(sums, totals, out=np.full(totals.shape, np.nan), where=totals > 0)
