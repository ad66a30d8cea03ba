"""The model file and the checkpoint: tensors and one JSON document in a safetensors file. No pickle, no code."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from striate.errors import ModelFileError, StriateError
from striate.kinds import TaskName
from striate.layers.inputs.bounds import find_input_faults
from striate.models.network import Network
from striate.models.zoo import plan_network
from striate.records import JSON, InputSpec, Interval, from_json, to_json
from striate.runtime.files import write_atomically
from striate.tasks.table import TASKS

FORMAT = 1
KEY = "striate"  # the one metadata entry, which holds the JSON document
MOST_PARAMETERS = 2**31
DTYPES = {torch.float32: "F32", torch.int64: "I64"}  # of a network's tensors, as safetensors calls them

Document = TypeVar("Document")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelInfo:
    """The JSON document of a model file: all that prediction, testing and an honest label need.

    `architecture` is the line as it was typed, `line` the same with every name written out. `fingerprint` is that of
    the catalogue, `seed` decided its splits. Nothing here depends on the time or the place of training, so that equal
    runs give equal files.
    """

    format: int = FORMAT
    task: TaskName
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
    """Build the network of a model file, or of the model in a run folder, on the CPU, in evaluation mode.

    Raises ModelFileError for a file that is missing, damaged, no model, of another version, or whose tensors are
    not those of its own architecture line; nothing is allocated before the names and shapes agree.
    """
    path = path.expanduser()
    path = path / "model.safetensors" if path.is_dir() else path
    with _open(path) as (file, document):
        info = _read_document(ModelInfo, document, path)
        _check(info, path)
        with torch.device("meta"):
            network = _empty_network(info, path)
        wanted = {name: (DTYPES[tensor.dtype], *tensor.shape) for name, tensor in network.state_dict().items()}
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        found = {name: (part.get_dtype(), *part.get_shape()) for name, part in slices.items()}
        if wanted != found:
            raise _misfit(path, wanted, found)
        network = _empty_network(info, path)
        network.load_state_dict({name: file.get_tensor(name) for name in wanted})
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise ModelFileError("weights must be numbers", got=f"{path}: not-a-number in {name}", fix="train again")
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
    write_atomically(path, save(whole, metadata={KEY: json.dumps(document, sort_keys=True, allow_nan=False)}))


@contextmanager
def _open(path: Path) -> Iterator[tuple[safe_open, JSON]]:
    """Open a file of ours: the safetensors handle and its JSON document."""
    if not path.is_file():
        raise ModelFileError("a model file must exist", got=str(path), fix="give the path of model.safetensors")
    with ExitStack() as stack:
        try:
            file = stack.enter_context(safe_open(path, framework="pt"))
            document = json.loads((file.metadata() or {})[KEY])
        except (SafetensorError, KeyError, ValueError, RecursionError, OSError) as error:
            raise ModelFileError(
                "a model file is a whole safetensors file written by Striate",
                got=f"{path} ({type(error).__name__}: {error})",
                fix="train again, or fetch the file again: it is damaged or something else",
            ) from None
        version = document.get("format") if isinstance(document, dict) else None
        if version != FORMAT:
            raise ModelFileError(
                f"this version of Striate reads model files of format {FORMAT}",
                got=f"format {version!r} in {path}",
                fix="use the version of Striate that wrote it, or train again",
            )
        yield file, document


def _read_document(kind: type[Document], document: JSON, path: Path) -> Document:
    try:
        return from_json(kind, document)
    except TypeError as error:
        raise ModelFileError(
            "a model file's description must be complete", got=f"{path}: {error}", fix="train again"
        ) from None


def _check(info: ModelInfo, path: Path) -> None:
    """Refuse a description that no run of ours writes, before anything is built from it."""
    spec = info.input
    faults = {
        "task": info.task not in TASKS,
        **find_input_faults(spec),
        "classes": len(info.classes) < 1 or len(set(info.classes)) < len(info.classes),
        "seed": not 0 <= info.seed < 2**63,
    }
    wrong = [name for name, is_wrong in faults.items() if is_wrong]
    if wrong:
        got = f"{path} with impossible {', '.join(wrong)}"
        raise ModelFileError("a model file must describe a network", got=got, fix="train again, or fetch it again")


def _empty_network(info: ModelInfo, path: Path) -> Network:
    spec = info.input
    try:
        head = TASKS[info.task].head(info.classes, spec)
        plan = plan_network(info.line, spec.shape, outputs=head, modality=spec.modality)
    except StriateError as error:
        raise ModelFileError("a model file's line must be valid", got=f"{path}: {error}", fix="train again") from None
    if plan.parameters > MOST_PARAMETERS:
        got = f"{path} with {plan.parameters:,} parameters"
        raise ModelFileError(f"a network has at most {MOST_PARAMETERS:,} parameters", got=got, fix="train again")
    return Network(plan, spec)


def _misfit(
    path: Path, wanted: Mapping[str, tuple[object, ...]], found: Mapping[str, tuple[object, ...]]
) -> ModelFileError:
    missing, unexpected = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    misshapen = [f"{n} {found[n]} for {wanted[n]}" for n in sorted(set(wanted) & set(found)) if wanted[n] != found[n]]
    parts = [f"missing {missing}"] * bool(missing) + [f"unexpected {unexpected}"] * bool(unexpected)
    parts += [f"misshapen {misshapen}"] * bool(misshapen)
    return ModelFileError(
        "tensors must be those of the architecture line", got=f"{path}: {'; '.join(parts):.500}", fix="train again"
    )
