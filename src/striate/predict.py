"""The verb `predict`: a model file and pictures, wherever they are, to labels with probabilities."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from striate.checkpoint import Loaded, ModelInfo, load_model
from striate.data.align import align_classes
from striate.data.decode.raw import Input, Raw, read_all
from striate.data.open import Source, open_data
from striate.errors import DataError, UsageError
from striate.models.engines.open import Route, open_route
from striate.models.engines.quantise import Validation
from striate.models.network import Network
from striate.records import AnyPrediction, Refusal
from striate.runtime.device import Device
from striate.runtime.progress import track
from striate.tasks.table import TASKS

CHUNK = 256  # pictures decoded before the network answers


@dataclass(frozen=True, kw_only=True, slots=True)
class Model(Loaded):
    """A trained network with its input layer, classes and description, and the route that its answers take."""

    route: Route

    def predict(self, inputs: "Input | Iterable[Input]") -> "list[AnyPrediction]":
        """Give an answer for each example: a class, or what else the task of the model asks for.

        `inputs` is one or many of: the path of a picture, the path of a folder (every picture below it), a PIL
        picture, an array (H, W), (H, W, C) or (C, H, W), or a stack of them with N in front, in uint8 or in [0, 1].
        An array of three axes is one picture when its first or last axis is 1, 3 or 4, else a stack of grey ones.
        Raises DataError for a picture that cannot be read, naming it.
        """
        predictions, refusals = self.try_predict(inputs)
        if refusals:
            first = refusals[0]
            raise DataError(
                "every picture must be readable",
                got=f"{first.name}, which {first.reason}" + (f" ({len(refusals)} such)" if len(refusals) > 1 else ""),
                fix="leave it out, or mend it",
            )
        return predictions

    def try_predict(self, inputs: "Input | Iterable[Input]") -> tuple[list[AnyPrediction], list[Refusal]]:
        """Name the class of each picture that can be read, and say why the others cannot."""
        waiting: list[Raw] = []
        predictions: list[AnyPrediction] = []
        refusals: list[Refusal] = []
        for raw in track(read_all(inputs, self.info.input), "predicting", total=None):
            if isinstance(raw, Refusal):
                refusals.append(raw)
                continue
            waiting.append(dataclasses.replace(raw, values=self._fit(raw.values)))
            if len(waiting) == CHUNK:
                predictions += self._answer(waiting)
                waiting = []
        return predictions + self._answer(waiting), refusals

    def _fit(self, values: NDArray[Any]) -> NDArray[Any]:
        """One raw example -> what the network sees, by its own input layer."""
        fitted: NDArray[Any] = self.network.input.fit(torch.tensor(values)[None])[0].numpy()
        return fitted

    def _answer(self, waiting: list[Raw]) -> list[AnyPrediction]:
        if not waiting:
            return []
        task = TASKS[self.info.task]
        outputs = torch.from_numpy(self.route.answer(np.stack([raw.values for raw in waiting])))
        names, sizes = [raw.name for raw in waiting], [raw.size for raw in waiting]
        return task.answer(
            task.keep(outputs), names=names, sizes=sizes, classes=self.info.classes, spec=self.info.input
        )


def load(path: str | Path, *, engine: str = "auto", validation: "Source | None" = None) -> Model:
    """Load a model file, or the model of a run folder; raises ModelFileError when it is none, or damaged.

    `engine` computes the answers: auto (PyTorch, then the fastest one in float32 once the job is large enough for a
    measurement), torch, native, onnxruntime, openvino; openvino-bf16; openvino-int8, for which `validation` names
    labelled data (that of training, or other) on which accuracy must hold. Raises UsageError for one that cannot run.
    """
    if not isinstance(path, str | Path):
        raise UsageError("a model is loaded from a path", got=type(path).__name__, fix="give that of model.safetensors")
    loaded = load_model(Path(path))
    device = Device(kind="cpu", precision="float32", threads=torch.get_num_threads())
    judged_on = None if validation is None else _read_validation(loaded.network, loaded.info, validation)
    route = open_route(loaded.network, device, engine, validation=judged_on)
    return Model(network=loaded.network, info=loaded.info, path=loaded.path, route=route)


def _read_validation(network: Network, info: ModelInfo, source: "Source") -> Validation:
    """Give the validation split of the data of training, or all that other data holds, as the network sees it."""
    catalogue, split = open_data(source, like=info.input, seed=info.seed, as_test=True), "test"
    if catalogue.fingerprint == info.fingerprint:
        catalogue, split = open_data(source, like=info.input, seed=info.seed), "validation"
    chosen = align_classes(catalogue, info.classes).select(split)
    fitted = network.input.fit(torch.from_numpy(np.array(chosen.inputs))).numpy()
    return Validation(pictures=fitted, labels=chosen.targets)


def predict(model: "str | Path | Model", inputs: "Input | Iterable[Input]") -> list[AnyPrediction]:
    """Name the class of each picture with a model, or with that of a model file or run folder; see Model.predict."""
    return (model if isinstance(model, Model) else load(model)).predict(inputs)
