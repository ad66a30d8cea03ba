"""A class for every pixel: the head of maps, the loss of pixels and regions, overlap and outlines of a whole split."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.data.catalogue import Catalogue, Selection
from striate.data.listing import VOID
from striate.kernels.letterbox import fit_size
from striate.notation.heads import PixelHead
from striate.records import (
    AnyPrediction,
    DrawnMask,
    InputSpec,
    MaskPrediction,
    RegionScore,
    SegmentationEvaluation,
)
from striate.report.masks import index_uri, mask_uri
from striate.tasks.bootstrap import Floats, bootstrap_all
from striate.tasks.boundary import match_boundaries
from striate.tasks.known import average_known, mean_known
from striate.tasks.regions import count_pixels, dice, intersection_over_union, pixel_accuracy

WORST = 8  # pictures that an evaluation shows
BACKGROUND = ("background", "_background_", "bg", "void", "none", "nothing", "other", "unlabeled", "unlabelled", "0")
EMPTY = 1.0  # pixels added to both sides of the soft Dice, so that a class that is hardly there moves it little

metric = "Dice"


def head(classes: tuple[str, ...], spec: InputSpec) -> PixelHead:
    """Give the head: one map of logits a class, as large as the input."""
    return PixelHead(len(classes), spec.shape[1:])


def loss(outputs: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Average the cross-entropy of pixels and add 1 - the soft Dice of classes.

    `outputs` are (N, K, H, W), `targets` (N, H, W); VOID pixels count in neither part. The Dice of class k is
    (2 sum p t + 1) / (sum p + sum t + 1) over the pixels of the batch, averaged over the classes that occur in it: each
    weighs the same, however rare. `smoothing` is that of classification.
    Source: Milletari et al. 2016, arXiv:1606.04797; the sum with cross-entropy is that of Isensee et al. 2021.
    """
    counted = targets != VOID
    labels = targets.long().masked_fill(~counted, 0)[:, None]  # (N, 1, H, W)
    logs = outputs.log_softmax(1)
    own = logs.gather(1, labels)[:, 0]  # (N, H, W)
    pixels = (1 - smoothing) * own + smoothing * logs.mean(1) if smoothing else own
    entropy = -(pixels * counted).sum() / counted.sum().clamp(min=1)

    def add_up(values: Tensor) -> Tensor:
        """(N, H, W) -> (K,): the sum over the pixels of each class."""
        return torch.zeros_like(outputs[0, :, 0, 0]).scatter_add(0, labels.flatten(), values.flatten())

    there = add_up(counted.to(own.dtype))
    guessed = (logs.exp() * counted[:, None]).sum((0, 2, 3))
    overlap = (2 * add_up(own.exp() * counted) + EMPTY) / (guessed + there + EMPTY)
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


def answer(
    kept: Tensor,
    *,
    names: Sequence[str],
    sizes: Sequence[tuple[int, ...]],
    classes: tuple[str, ...],
    spec: InputSpec,
) -> list[AnyPrediction]:
    """Give the class of every pixel of each original picture from those kept (N, H, W)."""
    found: list[AnyPrediction] = []
    for mask, name, (height, width) in zip(kept.numpy(), names, sizes, strict=True):
        whole = restore(mask, (height, width))
        shares = np.bincount(whole.ravel(), minlength=len(classes)) / whole.size
        said = dict(zip(classes, shares.tolist(), strict=True))
        found.append(MaskPrediction(name=name, size=(height, width), shares=said, mask=index_uri(whole)))
    return found


def restore(mask: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Bring a mask (H, W) of a letterboxed picture back to the original's size, each pixel from the nearest.

    >>> restore(np.array([[9, 9], [1, 2], [3, 4], [9, 9]], np.uint8), (1, 1)).tolist()
    [[4]]
    """
    inner = fit_size(size, (mask.shape[0], mask.shape[1]))
    rows, columns = (
        (outer - seen) // 2 + (2 * np.arange(n) + 1) * seen // (2 * n)
        for outer, seen, n in zip(mask.shape, inner, size, strict=True)
    )
    whole: NDArray[np.uint8] = mask[rows[:, None], columns]
    return whole


def judge(kept: Tensor, catalogue: Catalogue, split: str) -> SegmentationEvaluation:
    """Judge the classes kept of all pixels (N, H, W) of a split."""
    chosen = catalogue.select(split)
    answers, classes = kept.numpy(), catalogue.classes
    counts = count_pixels(answers, chosen.targets, len(classes))
    outlines = match_boundaries(answers, chosen.targets, len(classes))
    objects = find_objects(classes)
    alone = np.nan_to_num(mean_known(dice(counts)[:, objects]), nan=1.0)  # nothing there and nothing found is right

    def measure(weights: Floats) -> Floats:
        pooled = np.tensordot(weights, counts.astype(np.float64), 1)  # (R, K, K)
        single, either, edges = dice(pooled), intersection_over_union(pooled), average_known(weights, outlines)
        overall = [mean_known(single[:, objects]), mean_known(either), pixel_accuracy(pooled)]
        return np.column_stack(
            [*overall, mean_known(edges[:, objects]), weights @ alone / len(alone), single, either, edges]
        )

    overlap, either, right, outline, by_picture, *each = bootstrap_all(measure, len(counts))
    return SegmentationEvaluation(
        split=split,
        dice=overlap,
        iou=either,
        by_picture=by_picture,
        accuracy=right,
        boundary=outline,
        per_class=tuple(
            RegionScore(
                label=label,
                dice=each[k],
                iou=each[len(classes) + k],
                boundary=each[2 * len(classes) + k],
                share=float(counts[:, k].sum() / max(1, counts.sum())),
            )
            for k, label in enumerate(classes)
        ),
        confusion=tuple(tuple(row) for row in counts.sum(0).tolist()),
        void=float((chosen.targets == VOID).mean()),
        worst=tuple(_draw(n, answers, alone, catalogue, chosen) for n in np.argsort(alone, kind="stable")[:WORST]),
    )


def _draw(n: int, answers: NDArray[np.uint8], alone: Floats, catalogue: Catalogue, chosen: Selection) -> DrawnMask:
    return DrawnMask(
        name=catalogue.names[chosen.indices[n]],
        dice=float(alone[n]),
        truth=mask_uri(chosen.inputs[n], chosen.targets[n], void=VOID),
        answer=mask_uri(chosen.inputs[n], answers[n], void=VOID),
    )


def find_objects(classes: tuple[str, ...]) -> list[int]:
    """Give the classes that the headline counts: all but the first where that is the background by its name.

    >>> find_objects(("background", "nucleus")), find_objects(("sky", "road"))
    ([1], [0, 1])
    """
    first = 1 if len(classes) > 1 and classes[0].lower() in BACKGROUND else 0
    return list(range(first, len(classes)))
