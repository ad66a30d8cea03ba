"""Everything a training run has so far: enough to go on bit for bit after a kill at any moment.

Random choices are no part of it: each epoch's order and each step's augmentation and dropout are drawn from the seed
and the number of the epoch or step, so they are the same whether or not the run was ever stopped.
"""

import copy
from dataclasses import dataclass, field, fields
from pathlib import Path

import torch
from torch import Tensor

from striate.checkpoint import load_checkpoint, save_checkpoint
from striate.errors import ModelFileError, RunError, StriateError
from striate.models.network import Network
from striate.recipe import Recipe
from striate.records import JSON, Epoch, NetworkCourse, from_json, to_json
from striate.train.optimizer import Optimizers

FORMAT = 1


@dataclass(kw_only=True)
class Course:
    """The numbers of a course of training: steps done, the sums of the epoch at hand, what every epoch gave.

    Of `epoch_seconds`, `epoch_waited` went by without a batch to compute with.
    `seconds` is training time over all processes, `earlier` the part of it before this process; `best_epoch` is 0
    before the first validation; `stopped` says why training ended ("" while it goes on). `inside` is what the looks
    into the network gave (None: not looked at).
    """

    step: int = 0
    loss_sum: float = 0.0
    seen: int = 0
    epoch_seconds: float = 0.0
    epoch_waited: float = 0.0
    seconds: float = 0.0
    earlier: float = 0.0
    best_epoch: int = 0
    best_accuracy: float = -1.0
    stopped: str = ""
    history: list[Epoch] = field(default_factory=list)
    inside: NetworkCourse | None = None


class State:
    """Weights, averaged weights, best weights, optimiser state and the course, saved and restored as one."""

    def __init__(self, network: Network, recipe: Recipe) -> None:
        self.network = network
        self.averaged = copy.deepcopy(network) if recipe.ema else network
        self.optimizers = Optimizers(network, recipe)
        self.best: dict[str, Tensor] = {}
        self.course = Course()

    def average(self, decay: float) -> None:
        """Move the averaged weights towards the weights; early steps move further, so that the start is forgotten."""
        if self.averaged is self.network:
            return
        decay = min(decay, (1 + self.course.step) / (10 + self.course.step))
        pairs = zip(self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True)
        floats = [(mean, value) for mean, value in pairs if mean.is_floating_point()]
        torch._foreach_lerp_([mean for mean, _ in floats], [value for _, value in floats], 1 - decay)

    def keep_best(self, row: Epoch) -> None:
        """Keep the averaged weights when no earlier epoch was better on the validation split."""
        if row.validation_score >= self.course.best_accuracy:
            self.course.best_epoch, self.course.best_accuracy = row.epoch, row.validation_score
            self.best = {name: value.clone() for name, value in self.averaged.state_dict().items()}

    def save(self, path: Path, signature: JSON) -> None:
        """Write everything to one file, atomically; `signature` says which run it belongs to."""
        parts = {"network": self.network.state_dict(), "best": self.best, "optimizer": self.optimizers.tensors()}
        if self.averaged is not self.network:
            parts["averaged"] = self.averaged.state_dict()
        tensors = {f"{part}/{name}": value for part, named in parts.items() for name, value in named.items()}
        course = {field.name: to_json(getattr(self.course, field.name)) for field in fields(self.course)}
        save_checkpoint(path, tensors, {"format": FORMAT, "signature": signature, "course": course})

    def restore(self, path: Path, signature: JSON) -> None:
        """Read everything back; raises RunError when the file belongs to a run with other choices."""
        tensors, document = load_checkpoint(path)
        try:
            self._restore(tensors, document, path, signature)
        except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            if isinstance(error, StriateError):
                raise
            raise ModelFileError(
                "a checkpoint must be whole", got=f"{path}: {error}", fix="remove the run folder and start again"
            ) from None

    def _restore(self, tensors: dict[str, Tensor], document: JSON, path: Path, signature: JSON) -> None:
        check_signature(document["signature"], signature, path.parent.parent)
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "averaged": {}, "best": {}, "optimizer": {}}
        for name, value in tensors.items():
            part, _, inner = name.partition("/")
            parts[part][inner] = value
        self.network.load_state_dict(parts["network"])
        if self.averaged is not self.network:
            self.averaged.load_state_dict(parts["averaged"])
        self.best = parts["best"]
        self.optimizers.restore(parts["optimizer"])
        course = document["course"]
        history = [from_json(Epoch, row) for row in course.pop("history")]
        inside = course.pop("inside", None)
        self.course = Course(
            **{**course, "earlier": course["seconds"]},
            history=history,
            inside=None if inside is None else from_json(NetworkCourse, inside),
        )


def check_signature(found: JSON, wanted: JSON, folder: Path) -> None:
    """Raise RunError naming every choice in which a run folder differs from this command."""
    keys = sorted(set(found) | set(wanted))
    different = [
        f"{key} {found.get(key)!r}, now {wanted.get(key)!r}" for key in keys if found.get(key) != wanted.get(key)
    ]
    if different:
        raise RunError(
            "an unfinished run goes on only with the choices that it was started with",
            got=f"{folder}: {'; '.join(different):.600}",
            fix="type the same command, or choose another folder with --run",
        )
