"""Targets of a catalogue counted into the classes of a model that exists already."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.data.listing import VOID
from striate.errors import DataError
from striate.kinds import TaskName


def align_classes(catalogue: Catalogue, classes: tuple[str, ...]) -> Catalogue:
    """Count targets into the model's classes.

    Raises DataError for a class that the model does not know, or a number asked for that the data does not give.
    """
    unknown = sorted(set(catalogue.classes) - set(classes))
    if unknown:
        raise DataError(
            "the classes of the data must be known to the model",
            got=f"{', '.join(unknown[:10])} beside {', '.join(classes[:20])}",
            fix="rename the folders or labels, or train on this data",
        )
    missing = sorted(set(classes) - set(catalogue.classes))
    if missing and catalogue.task == "regression":
        raise DataError(
            "the data must give each number that the model answers with",
            got=f"none for {', '.join(missing[:10])}",
            fix="add it",
        )
    place = np.array([classes.index(name) for name in catalogue.classes])
    targets = _replace(catalogue.targets, place, catalogue.task, len(classes))
    return dataclasses.replace(catalogue, classes=classes, targets=targets)


def _replace(targets: NDArray[Any], place: NDArray[np.int64], task: TaskName, n_classes: int) -> NDArray[Any]:
    """Give targets in which class k is called place[k]."""
    match task:
        case "multilabel" | "regression":
            moved = np.zeros((len(targets), n_classes), targets.dtype)
            moved[:, place] = targets
            return moved
        case "segmentation":
            table = np.full(256, VOID, np.uint8)
            table[: len(place)] = place
            named_anew: NDArray[np.uint8] = table[targets]
            return named_anew
        case "detection":
            named = targets[..., 0].astype(np.int64)
            first = np.where(named < 0, -1, place[named.clip(0)])[..., None]
            return np.concatenate([first.astype(targets.dtype), targets[..., 1:]], axis=-1)
        case _:
            return np.where(targets < 0, targets, place[targets.clip(0)])
