"""The model file and the checkpoint: tensors and one JSON document in a safetensors file. No pickle, no code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from striate.errors import ModelFileError, StriateError
from striate.models.network import Network
from striate.models.zoo import plan_network
from striate.records import JSON, InputSpec, Interval, from_json, to_json
from striate.runtime.files import atomic_path

FORMAT = 1
KEY = "striate"  # the one metadata entry, which holds the JSON document
MOST_PARAMETERS = 2**31

Document = TypeVar("Document")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelInfo:
    """The JSON document of a model file: all that prediction, testing and an honest label need.

    `architecture` is the line as it was typed, `line` the same with every name written out. `fingerprint` is that of
    the catalogue, `seed` decided its splits. Nothing here depends on the time or the place of training, so that equal
    runs give equal files.
    """

    format: int = FORMAT
    task: str
    architecture: str
    line: str
    classes: tuple[str, ...]
    input: InputSpec
    recipe: dict[str, JSON]
    seed: int
    fingerprint: str
    split_rule: str
    results: dict[str, Interval] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A model file in memory: the network on the CPU in evaluation mode, its description, and where it came from."""

    network: Network
    info: ModelInfo
    path: Path


def save_model(path: Path, network: Network, info: ModelInfo) -> None:
    """Write a model file atomically."""
    _save(path, network.state_dict(), to_json(info))


def load_model(path: Path) -> Loaded:
    """Build the network of a model file, on the CPU, in evaluation mode.

    Raises ModelFileError for a file that is missing, damaged, no model, of another version, or whose tensors are
    not those of its own architecture line; nothing is allocated before the names and shapes agree.
    """
    with _open(path) as (file, document):
        info = _read_document(ModelInfo, document, path)
        with torch.device("meta"):
            network = _empty_network(info, path)
        wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
        found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        if wanted != found:
            raise _misfit(path, wanted, found)
        network = _empty_network(info, path)
        network.load_state_dict({name: file.get_tensor(name) for name in wanted})
    return Loaded(network=network.eval(), info=info, path=path)


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], document: JSON) -> None:
    """Write what resuming needs: tensors by name, and one JSON document."""
    _save(path, tensors, document)


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], JSON]:
    """Read a checkpoint; raises ModelFileError when it is damaged or of another version."""
    with _open(path) as (file, document):
        return {name: file.get_tensor(name) for name in file.keys()}, document  # noqa: SIM118


def _save(path: Path, tensors: Mapping[str, Tensor], document: JSON) -> None:
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(whole, temporary, metadata={KEY: json.dumps(document, sort_keys=True, allow_nan=False)})


class _open:  # noqa: N801
    """Open a file of ours as a context: the safetensors handle and its JSON document."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "tuple[safe_open, dict[str, JSON]]":
        if not self.path.is_file():
            raise ModelFileError(
                "a model file must exist", got=str(self.path), fix="give the path of model.safetensors"
            )
        try:
            self.file = safe_open(self.path, framework="pt").__enter__()
            document = json.loads((self.file.metadata() or {})[KEY])
        except (SafetensorError, KeyError, ValueError, RecursionError, OSError) as error:
            raise ModelFileError(
                "a model file is a whole safetensors file written by Striate",
                got=f"{self.path} ({type(error).__name__}: {error})",
                fix="train again, or fetch the file again: it is damaged or something else",
            ) from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            version = document.get("format") if isinstance(document, dict) else None
            raise ModelFileError(
                f"this version of Striate reads model files of format {FORMAT}",
                got=f"format {version!r} in {self.path}",
                fix="use the version of Striate that wrote it, or train again",
            )
        return self.file, document

    def __exit__(self, *error: object) -> None:
        self.file.__exit__(None, None, None)


def _read_document(kind: type[Document], document: JSON, path: Path) -> Document:
    try:
        return from_json(kind, document)
    except TypeError as error:
        raise ModelFileError(
            "a model file's description must be complete", got=f"{path}: {error}", fix="train again"
        ) from None


def _empty_network(info: ModelInfo, path: Path) -> Network:
    spec = info.input
    try:
        plan = plan_network(info.line, (spec.channels, spec.height, spec.width), outputs=len(info.classes))
    except StriateError as error:
        raise ModelFileError("a model file's line must be valid", got=f"{path}: {error}", fix="train again") from None
    healthy = len(spec.mean) == len(spec.std) == spec.channels and min(spec.std) > 0 and spec.channels in (1, 3)
    if plan.parameters > MOST_PARAMETERS or not healthy or not info.classes:
        raise ModelFileError("a model file must describe a network", got=f"{path}: {info.line:.80}", fix="train again")
    return Network(plan, spec)


def _misfit(path: Path, wanted: dict[str, tuple[int, ...]], found: dict[str, tuple[int, ...]]) -> ModelFileError:
    missing, unexpected = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    misshapen = [f"{n} {found[n]} for {wanted[n]}" for n in sorted(set(wanted) & set(found)) if wanted[n] != found[n]]
    parts = [f"missing {missing}"] * bool(missing) + [f"unexpected {unexpected}"] * bool(unexpected)
    parts += [f"misshapen {misshapen}"] * bool(misshapen)
    return ModelFileError(
        "tensors must be those of the architecture line", got=f"{path}: {'; '.join(parts):.500}", fix="train again"
    )
