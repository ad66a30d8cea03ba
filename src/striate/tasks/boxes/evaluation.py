"""A whole split judged: precision by class, size and overlap, each with its interval, and the worst pictures."""

import math
from functools import partial
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from striate.data.catalogue import Catalogue, Selection
from striate.records import (
    BoxPicture,
    BoxScore,
    DetectionEvaluation,
    DrawnBox,
    ImageInput,
    Interval,
    ObjectSize,
    SizeScore,
    share,
)
from striate.report.picture import data_uri
from striate.tasks.bootstrap import bootstrap
from striate.tasks.boxes.coco import coco_precision
from striate.tasks.boxes.original import to_original
from striate.tasks.boxes.precision import LEVELS, Floats, Matched, average_precision, match, mean_precision

SHOWN = 0.5  # the score from which on a box is shown
WORST = 8  # pictures that an evaluation shows
DRAWN = 256  # pixels of their longer side, at most
TINY = 8  # pixels of an object's shorter side below which the network can hardly see it


def evaluate_boxes(kept: Tensor, catalogue: Catalogue, split: str) -> DetectionEvaluation:
    """Judge the boxes kept of all pictures (N, 100, 6) of a split, in pixels of the original pictures.

    The figures are pycocotools'; the intervals those of our own on resampled pictures.
    """
    chosen, spec = catalogue.select(split), catalogue.spec
    assert isinstance(spec, ImageInput)
    n_classes, size = len(catalogue.classes), (spec.height, spec.width)
    sizes = catalogue.sizes[chosen.indices].tolist()
    found, truth = kept.double().numpy().copy(), chosen.targets.astype(np.float64)
    found[..., :4] = to_original(found[..., :4], sizes, size)
    truth[..., 1:] = to_original(truth[..., 1:], sizes, size)
    precision = coco_precision(found, truth, n_classes=n_classes)  # (T, K, 4)
    matched = match(found, truth, n_classes=n_classes, levels=LEVELS)
    interval, levels = partial(bootstrap, n=len(found)), range(len(LEVELS))
    tiny = _shorter_sides(chosen.targets) < TINY
    return DetectionEvaluation(
        split=split,
        map50=_around(_mean(precision[0, :, 0]), interval(lambda w: mean_precision(matched, n_classes, weights=w))),
        map=_around(
            _mean(precision[..., 0]), interval(lambda w: mean_precision(matched, n_classes, levels=levels, weights=w))
        ),
        per_class=tuple(_score(matched, k, label, precision[:, k, 0]) for k, label in enumerate(catalogue.classes)),
        per_size=_score_sizes(truth, precision),
        boxes=int(matched.counts.sum()),
        tiny=float(tiny.mean()) if len(tiny) else 0.0,
        tiny_pixels=TINY,
        worst=_draw_worst(kept.numpy(), chosen, matched, catalogue),
    )


def _mean(values: Floats) -> float:
    """Average what is known; not-a-number where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def _around(value: float, drawn: Interval) -> Interval:
    """Put the library's figure into the interval of ours, equal to it but for rounding."""
    return Interval(value=value, low=min(drawn.low, value), high=max(drawn.high, value), n=drawn.n)


def _score(matched: Matched, k: int, label: str, precision: Floats) -> BoxScore:
    shown = (matched.labels == k) & (matched.scores >= SHOWN)
    hits, n_true = int((shown & matched.hits[0]).sum()), int(matched.counts[:, k].sum())
    drawn = bootstrap(lambda w: average_precision(matched, k, 0, w), len(matched.scores))
    return BoxScore(
        label=label,
        ap50=_around(float(precision[0]), drawn),
        ap=_mean(precision),
        recall=share(hits, n_true),
        precision=share(hits, int(shown.sum())),
        f1=2 * hits / max(1, n_true + int(shown.sum())),
    )


def _score_sizes(truth: Floats, precision: Floats) -> tuple[SizeScore, ...]:
    """Score objects by the area of their true boxes (N, M, 5), in pixels of the original."""
    rows = truth[truth[..., 0] >= 0]
    areas = (rows[:, 3] - rows[:, 1]) * (rows[:, 4] - rows[:, 2])
    places = np.searchsorted(np.array([32.0**2, 96.0**2]), areas)
    return tuple(
        SizeScore(
            size=name,
            n=int((places == i).sum()),
            ap50=_mean(precision[0, :, 1 + i]),
            ap=_mean(precision[:, :, 1 + i]),
        )
        for i, name in enumerate(get_args(ObjectSize))
    )


def _shorter_sides(targets: NDArray[np.floating]) -> Floats:
    """Give the shorter side of every true box of targets (N, M, 5)."""
    rows = targets[targets[..., 0] >= 0]
    return np.minimum(rows[:, 3] - rows[:, 1], rows[:, 4] - rows[:, 2]).astype(np.float64)


def _draw_worst(
    kept: NDArray[np.floating], chosen: Selection, matched: Matched, catalogue: Catalogue
) -> tuple[BoxPicture, ...]:
    """Draw the pictures with most boxes missed or wrong, of those shown."""
    shown = matched.scores >= SHOWN
    right = shown & matched.hits[0]
    faults = shown.sum(1) + matched.counts.sum(1) - 2 * right.sum(1)
    worst = [n for n in np.argsort(-faults, kind="stable")[:WORST].tolist() if faults[n]]
    return tuple(_draw(kept[n], right[n], chosen, n, matched, catalogue) for n in worst)


def _draw(
    found: NDArray[np.floating],
    right: NDArray[np.bool_],
    chosen: Selection,
    n: int,
    matched: Matched,
    catalogue: Catalogue,
) -> BoxPicture:
    height, width = chosen.inputs.shape[2:]
    scale = min(1.0, DRAWN / max(height, width))
    met = set(matched.partners[n][right].tolist())
    drawn = data_uri(chosen.inputs[n], largest=DRAWN)

    def describe(row: NDArray[np.floating], k: float, score: float, is_right: bool) -> DrawnBox:
        x0, y0, x1, y1 = (round(scale * float(value), 2) for value in row)
        return DrawnBox(label=catalogue.classes[int(k)], score=round(score, 4), box=(x0, y0, x1, y1), right=is_right)

    truth = chosen.targets[n]
    return BoxPicture(
        name=catalogue.names[chosen.indices[n]],
        picture=drawn,
        width=round(scale * width),
        height=round(scale * height),
        truth=tuple(describe(row[1:], row[0], 1.0, m in met) for m, row in enumerate(truth) if row[0] >= 0),
        found=tuple(
            describe(row[:4], row[5], float(row[4]), bool(hit))
            for row, hit in zip(found, right, strict=True)
            if row[4] >= SHOWN
        ),
    )
