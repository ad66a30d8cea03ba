"""The data of a model with the network's answer to each example, filled in by and by."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from striate.checkpoint import ModelInfo
from striate.data.align import align_classes
from striate.data.catalogue import Catalogue
from striate.data.listing import SPLITS
from striate.data.open import Words, open_data
from striate.data.xo_set import xo_catalogue
from striate.errors import DataError, UsageError, nearest
from striate.records import from_json
from striate.serve.inputs import Input

ORDERS = ("catalogue", "most wrong", "least sure")
PAGE = 60  # examples that are shown at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Gallery:
    """All examples of a catalogue, in the model's classes; `probabilities` (N, K) is not-a-number where not answered.

    `own` says that the model was trained on this very data, so that its splits mean what they say.
    """

    catalogue: Catalogue
    probabilities: NDArray[np.float64]
    own: bool
    answered: list[int] = field(default_factory=lambda: [0])  # one number: how many examples have an answer

    def find(self, index: int) -> Input:
        """Give one example as an input; raises UsageError for an index that does not exist."""
        N = len(self.catalogue.names)
        if not 0 <= index < N:
            raise UsageError(f"examples are numbered 0 to {N - 1}", got=str(index), fix="choose one of them")
        pixels = torch.from_numpy(np.array(self.catalogue.inputs[index]))
        truth = int(self.catalogue.targets[index])
        return Input(id=f"example-{index}", name=self.catalogue.names[index], pixels=pixels, truth=truth)

    def first(self) -> int:
        """Give the index of the first validation example, or of the first of all."""
        held = np.flatnonzero(self.catalogue.splits == "validation")
        return int(held[0]) if len(held) else 0

    def choose(self, *, split: str, label: str, wrong: bool, order: str) -> NDArray[np.int64]:
        """Give the indices of examples of a split and a class ("": all), perhaps only wrong answers, in an order.

        Most wrong: by the probability of the truth, smallest first. Least sure: by that of the answer.
        """
        chosen = self._is_in(split, label)
        answered = ~np.isnan(self.probabilities[:, 0])
        if wrong:
            chosen &= answered & (self.answers() != self.catalogue.targets)
        if order == "catalogue":
            return np.flatnonzero(chosen)
        _expect(order, ORDERS, "an order")
        indices = np.flatnonzero(chosen & answered)
        truth = self.probabilities[indices, self.catalogue.targets[indices]]
        key = truth if order == "most wrong" else self.probabilities[indices].max(1)
        return indices[np.argsort(key, kind="stable")]

    def answers(self) -> NDArray[np.int64]:
        """Give the likeliest class of each example (N,), 0 where there is no answer yet."""
        answers: NDArray[np.int64] = np.nan_to_num(self.probabilities).argmax(1)
        return answers

    def _is_in(self, split: str, label: str) -> NDArray[np.bool_]:
        chosen = np.ones(len(self.catalogue.names), bool)
        if split:
            _expect(split, SPLITS, "a split")
            chosen &= self.catalogue.splits == split
        if label:
            _expect(label, self.catalogue.classes, "a class")
            chosen &= self.catalogue.targets == self.catalogue.classes.index(label)
        return chosen


def open_gallery(info: ModelInfo, model: Path, data: str | None) -> Gallery:
    """Open the data that was named, or else that which run.json beside the model file says it was trained on.

    Raises DataError where there is none, or where it does not fit the model.
    """
    catalogue = align_classes(_open(info, model.parent, data), info.classes)
    if catalogue.inputs.shape[1] != info.input.shape[0]:
        got = f"{catalogue.inputs.shape[1]} channels for a model of {info.input.shape[0]}"
        raise DataError("data must have the colours of the model's", got=got, fix="give the data it was trained on")
    shape = (len(catalogue.names), len(info.classes))
    own = catalogue.fingerprint == info.fingerprint
    return Gallery(catalogue=catalogue, probabilities=np.full(shape, np.nan), own=own)


def _open(info: ModelInfo, folder: Path, data: str | None) -> Catalogue:
    if data is not None:
        return open_data(data, like=info.input, seed=info.seed)
    try:
        said = json.loads((folder / "run.json").read_text(encoding="utf-8"))["data"]
        source, kind = str(said["source"]), str(said["format"])
        typed: dict[str, str] = from_json(dict[str, str], said.get("words", {}))
    except (OSError, ValueError, KeyError, TypeError):
        got = f"no run.json in {folder}"
        raise DataError("the data of a model is named, or told by its run", got=got, fix="serve with --data") from None
    if kind == "xo":
        return xo_catalogue(seed=info.seed, size=info.input.shape[1])
    words: Words = {
        "format": typed.get("format"),
        "labels": typed.get("labels"),
        "images": typed.get("images"),
        "group": typed.get("group"),
    }
    return open_data(source, like=info.input, seed=info.seed, task=info.task, **words)


def _expect(word: str, known: tuple[str, ...], what: str) -> None:
    if word not in known:
        raise UsageError(f"{what} is one of {len(known)}", got=repr(word), fix=nearest(word, known))
