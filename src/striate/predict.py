"""The verb `predict`: a model file and pictures, wherever they are, to labels with probabilities."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray

from striate.checkpoint import Loaded, ModelInfo, load_model
from striate.data.align import align_classes
from striate.data.decode.picture import Picture, decode, from_image
from striate.data.decode.pixels import draw_over_white, put_channels_first
from striate.data.decode.quiet import quiet
from striate.data.listing import show_name
from striate.data.open import Source, open_data
from striate.data.walk import list_files
from striate.errors import DataError, UsageError
from striate.models.engines.open import Route, open_route
from striate.models.engines.quantise import Validation
from striate.models.network import Network
from striate.records import Prediction, Refusal
from striate.runtime.device import Device
from striate.runtime.progress import track
from striate.tasks import classification

if TYPE_CHECKING:
    from PIL.Image import Image

Input: TypeAlias = "str | Path | NDArray[np.generic] | Image"
CHUNK = 256  # pictures decoded before the network answers


@dataclass(frozen=True, kw_only=True, slots=True)
class Model(Loaded):
    """A trained network with its input layer, classes and description, and the route that its answers take."""

    route: Route

    def predict(self, inputs: "Input | Iterable[Input]") -> "list[Prediction]":
        """Name the class of each picture.

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

    def try_predict(self, inputs: "Input | Iterable[Input]") -> tuple[list[Prediction], list[Refusal]]:
        """Name the class of each picture that can be read, and say why the others cannot."""
        named: list[tuple[str, NDArray[np.uint8]]] = []
        predictions: list[Prediction] = []
        refusals: list[Refusal] = []
        for name, pixels in track(_read_all(inputs), "predicting", total=None):
            if isinstance(pixels, Refusal):
                refusals.append(pixels)
                continue
            named.append((name, self._fit(pixels)))
            if len(named) == CHUNK:
                predictions += self._answer(named)
                named = []
        return predictions + self._answer(named), refusals

    def _fit(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(C, H, W) of any size and colour -> what the network sees, by its own input layer."""
        fitted: NDArray[np.uint8] = self.network.input.fit(torch.tensor(pixels)[None])[0].numpy()
        return fitted

    def _answer(self, named: list[tuple[str, NDArray[np.uint8]]]) -> list[Prediction]:
        if not named:
            return []
        logits = self.route.answer(np.stack([pixels for _, pixels in named]))
        probabilities = classification.decode(torch.from_numpy(logits))
        return [self._describe(name, row) for (name, _), row in zip(named, probabilities, strict=True)]

    def _describe(self, name: str, row: NDArray[np.float64]) -> Prediction:
        best = int(row.argmax())
        return Prediction(
            name=name,
            label=self.info.classes[best],
            probability=float(row[best]),
            probabilities=dict(zip(self.info.classes, row.tolist(), strict=True)),
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


def _read_all(inputs: "Input | Iterable[Input]") -> Iterator[tuple[str, NDArray[np.uint8] | Refusal]]:
    """Yield every picture with a name: (C, H, W) uint8, or why it cannot be read."""
    if isinstance(inputs, str | Path):
        yield from _read_path(Path(inputs).expanduser())
    elif isinstance(inputs, np.ndarray):
        yield from _read_array(inputs)
    elif hasattr(inputs, "convert"):
        yield "picture", from_image(cast("Image", inputs))
    elif isinstance(inputs, Iterable) and not isinstance(inputs, bytes | torch.Tensor):
        for one in inputs:
            yield from _read_all(one)
    else:
        raise UsageError(
            "inputs are paths, folders, PIL pictures or NumPy arrays, or several of them",
            got=type(inputs).__name__,
            fix="give tensors as arrays, with .numpy()",
        )


def _read_path(path: Path) -> Iterator[tuple[str, NDArray[np.uint8] | Refusal]]:
    files, refusals = list_files(path) if path.is_dir() else ([path], [])
    if not files:
        raise DataError("a folder must hold pictures", got=f"{path} with none", fix="give another folder or a file")
    for refusal in refusals:
        yield refusal.name, refusal
    for file in files:
        name = show_name(str(file))
        with quiet():
            picture = decode(file, name)
        yield name, picture.pixels if isinstance(picture, Picture) else picture


def _read_array(array: NDArray[np.generic]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    alone = array.ndim == 2 or (array.ndim == 3 and (array.shape[2] in (1, 3, 4) or array.shape[0] in (1, 3, 4)))
    stack = put_channels_first(array[None] if alone else array)
    pixels = _to_bytes(stack)
    for index, picture in enumerate(draw_over_white(pixels) if pixels.shape[1] == 4 else pixels):
        yield f"array[{index}]", picture


def _to_bytes(stack: NDArray[np.generic]) -> NDArray[np.uint8]:
    """uint8 as it is, numbers in [0, 1] scaled by 255; no other range is guessed from the numbers at hand."""
    if stack.dtype == np.uint8:
        return cast("NDArray[np.uint8]", stack)
    values = stack.astype(np.float64)
    if not np.issubdtype(stack.dtype, np.floating) or not ((values >= 0) & (values <= 1)).all():
        raise DataError(
            "arrays of pictures are uint8, or numbers in [0, 1]",
            got=f"{stack.dtype} from {values.min():g} to {values.max():g}" if values.size else str(stack.dtype),
            fix="scale them as the training data was scaled",
        )
    return np.rint(values * 255).astype(np.uint8)


def predict(model: "str | Path | Model", inputs: "Input | Iterable[Input]") -> list[Prediction]:
    """Name the class of each picture with a model, or with that of a model file or run folder; see Model.predict."""
    return (model if isinstance(model, Model) else load(model)).predict(inputs)
