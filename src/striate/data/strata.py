"""Targets of any task as one number an example, by which splits are made alike; and how often each class occurs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.kinds import TaskName

PARTS = 5  # of the range of a regression's values
LEAST = 8  # examples of a stratum that a split can share out


def stratify(targets: NDArray[Any], task: TaskName, n_classes: int) -> NDArray[np.int64]:
    """Give each example (N,) the class that a split must share out: its own, or the rarest that it holds.

    Of a regression it is the fifth, by size, of its first value; where examples hold nothing to go by, all get 0.
    `targets` (N, ...) are those of a catalogue.
    """
    match task:
        case "classification":
            return targets.astype(np.int64)
        case "multilabel" | "detection":
            held = hold(targets, task, n_classes)  # (N, K)
            rarity = np.argsort(np.argsort(held.sum(0), kind="stable"), kind="stable")  # 0 for the rarest
            ranks = np.where(held, rarity, n_classes)
            order = np.append(np.argsort(rarity), n_classes)
            rarest: NDArray[np.int64] = order[ranks.min(axis=1)]
            return rarest
        case "regression":
            edges = np.quantile(targets[:, 0], np.arange(1, PARTS) / PARTS)
            return np.searchsorted(edges, targets[:, 0], side="right").astype(np.int64)
        case _:
            return np.zeros(len(targets), np.int64)


def merge_small(strata: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put the strata (N,) that hold fewer than LEAST examples together, and all with the first where that is few too.

    >>> merge_small(np.array([0] * 9 + [1, 2, 3])).tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    """
    sizes = np.bincount(strata)
    merged = np.where(sizes[strata] < LEAST, 0, 1 + strata)
    rest = np.where((merged == 0).sum() < LEAST, merged.max(), 0)
    return np.unique(np.where(merged == 0, rest, merged), return_inverse=True)[1].astype(np.int64)


def hold(targets: NDArray[Any], task: TaskName, n_classes: int) -> NDArray[np.bool_]:
    """Tell which classes each example holds: (N, K)."""
    match task:
        case "classification":
            return np.asarray(targets[:, None] == np.arange(n_classes))
        case "multilabel":
            return np.asarray(targets > 0)
        case "detection":
            return np.asarray((targets[:, :, :1] == np.arange(n_classes)).any(axis=1))  # (N, M, 5) -> (N, K)
        case "segmentation":
            return np.array([np.bincount(mask.ravel(), minlength=256)[:n_classes] > 0 for mask in targets])
        case _:
            return np.ones((len(targets), 1), np.bool_)


def count(targets: NDArray[Any], task: TaskName, classes: tuple[str, ...]) -> dict[str, int]:
    """Count examples by class: those that hold it, boxes of it in a detection; all where there are no classes."""
    if task == "detection":
        numbers = (targets[:, :, 0, None] == np.arange(len(classes))).sum(axis=(0, 1))
    elif task in ("regression", "transcription"):
        return {"examples": len(targets)}
    else:
        numbers = hold(targets, task, len(classes)).sum(axis=0)
    return dict(zip(classes, numbers.tolist(), strict=True))
