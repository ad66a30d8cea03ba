"""A look into a network while it trains: gradients, drift, dead units, first kernels; nothing of it is disturbed."""

import dataclasses
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from striate.data.rows import Rows
from striate.models.network import Network
from striate.notation import Activation, Conv, Dense, Layer, leaves
from striate.records import LayerCourse, NetworkCourse, UnitCourse
from striate.runtime.device import to_device
from striate.train.feed import count_batches, mix
from striate.train.job import Job
from striate.train.looks import plan_looks
from striate.train.snapshot import add_snapshot, begin_kernels

SILENT = ("relu", "gelu", "silu")  # activations that give exactly 0 where their input is low enough


class Probe:
    """Knows the kernels that a network starts with, and the training pictures that it is looked at with.

    Made before training or resuming changes the network. The pictures are drawn from the seed, and pass undisturbed.
    """

    def __init__(self, network: Network, job: Job) -> None:
        train = np.flatnonzero(job.catalogue.splits == "train")
        self.looks = plan_looks(job.recipe.epochs, len(train), job.plan.multiply_adds)
        drawn = np.random.default_rng(mix(job.seed, 3)).permutation(len(train))[: self.looks.pictures]
        chosen = train[np.sort(drawn)]
        self.inputs = Rows(job.catalogue.inputs, chosen)
        self.targets = torch.from_numpy(np.array(job.catalogue.targets[chosen]))
        self.task = job.task
        self.network, self.device, self.recipe = network, job.device, job.recipe
        layers = dict(leaves(job.plan.layers))
        self.units = {name: layer.output_shape[0] for name, layer in layers.items() if _can_die(layer)}
        self.first = next((name for name, layer in layers.items() if isinstance(layer.operation, Conv)), "")
        named = {name: network.get_parameter(f"{name}.weight") for name, layer in layers.items() if _multiplies(layer)}
        self.kernels: dict[str, Tensor] = {name: kernel for name, kernel in named.items() if kernel.requires_grad}
        self.start: dict[str, Tensor] = {}
        if self.looks.every:
            self.start = {name: kernel.detach().clone() for name, kernel in self.kernels.items()}

    def look(self, course: NetworkCourse | None, *, epoch: int, step: int) -> NetworkCourse:
        """Give the course (None: not begun) with one more look, taken after `step` steps, in or after `epoch`."""
        course = self._begin() if course is None else course
        gradients, dead = self._pass_back()
        kernels, start = list(self.kernels.values()), list(self.start.values())
        with torch.no_grad():
            sizes = _shares(gradients, kernels)
            ways = _shares(torch._foreach_sub(kernels, start), start)
        layers = [
            dataclasses.replace(layer, gradient=(*layer.gradient, size), drift=(*layer.drift, way))
            for layer, size, way in zip(course.layers, sizes, ways, strict=True)
        ]
        units = [dataclasses.replace(unit, dead=(*unit.dead, dead[unit.name])) for unit in course.units]
        epochs = (*course.epochs, epoch)
        seen = course.kernels and add_snapshot(course.kernels, self._first_weight(), epochs)
        return NetworkCourse(
            pictures=course.pictures,
            epochs=epochs,
            steps=(*course.steps, step),
            layers=tuple(layers),
            units=tuple(units),
            kernels=seen,
        )

    def _begin(self) -> NetworkCourse:
        return NetworkCourse(
            pictures=len(self.targets),
            epochs=(),
            steps=(),
            layers=tuple(LayerCourse(name=name, gradient=(), drift=()) for name in self.kernels),
            units=tuple(UnitCourse(name=name, units=count, dead=()) for name, count in self.units.items()),
            kernels=begin_kernels(self.first, self._first_weight()) if self.first else None,
        )

    def _first_weight(self) -> Tensor:
        return self.network.get_parameter(f"{self.first}.weight")

    def _pass_back(self) -> tuple[list[Tensor], dict[str, int]]:
        """Give the gradient of the mean training loss in each kernel, and how many units of each layer are dead.

        In parts as large as the batches of training, so that no more memory is needed.
        """
        kernels = list(self.kernels.values())
        gradients = [torch.zeros_like(kernel) for kernel in kernels]
        parts = count_batches(len(self.targets), self.recipe.batch)
        with untouched(self.network), listening(self.network, self.units) as alive:
            for part in np.array_split(np.arange(len(self.targets)), parts):
                inputs, targets = torch.from_numpy(self.inputs[part]), self.targets[part]
                outputs = self.network(to_device(inputs, self.device))
                loss = self.task.loss(outputs, targets.to(self.device.kind), smoothing=self.recipe.smoothing)
                share = len(targets) / len(self.targets)
                torch._foreach_add_(gradients, torch.autograd.grad(loss, kernels), alpha=share)
        return gradients, {name: len(mask) - int(mask.sum()) for name, mask in alive.items()}


@contextmanager
def untouched(network: Network) -> Iterator[None]:
    """Let a network answer as it does in training, but without dropout, in PyTorch, and remembering nothing of it.

    Norms use the batch's own statistics: at the start they have no others, and the gradients of training pass them.
    """
    was_training, was_native = network.training, network.native
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    network.eval()
    network.native = False
    for norm in norms:
        norm.train()
        norm.track_running_stats = False
    try:
        yield
    finally:
        network.train(was_training)
        network.native = was_native
        for norm in norms:
            norm.track_running_stats = True


@contextmanager
def listening(network: Network, names: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Mark while the context lasts which channels (C,) of the named layers give anything but 0, anywhere."""
    alive: dict[str, Tensor] = {}

    def listen(name: str) -> torch.utils.hooks.RemovableHandle:
        def hook(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            speaks = output.detach().ne(0).any([axis for axis in range(output.dim()) if axis != 1])
            alive[name] = alive[name] | speaks if name in alive else speaks

        return network.get_submodule(name).register_forward_hook(hook)

    handles = [listen(name) for name in names]
    try:
        yield alive
    finally:
        for handle in handles:
            handle.remove()


def _can_die(layer: Layer) -> bool:
    return isinstance(layer.operation, Activation) and layer.operation.kind in SILENT


def _multiplies(layer: Layer) -> bool:
    return isinstance(layer.operation, Conv | Dense)


def _shares(ways: list[Tensor] | tuple[Tensor, ...], wholes: list[Tensor]) -> list[float]:
    """Norms of tensors as shares of other norms, to four digits; not-a-number where that is 0."""
    parts, norms = torch.stack(torch._foreach_norm(ways)).tolist(), torch.stack(torch._foreach_norm(wholes)).tolist()
    return [float(f"{part / norm:.4g}") if norm else math.nan for part, norm in zip(parts, norms, strict=True)]
