"""One pass of some pictures through a network, with what every layer made of them kept."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from striate.errors import RunError
from striate.explain.wiring import INPUT, wire
from striate.models.network import Network


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """A network in evaluation mode, and the output (N, C, *spatial) or (N, K) of every layer by its dotted name.

    `pixels` (N, C, H, W) in [0, 1] is what came in, fitted; `maps["input"]` what the input layer made of it. Tensors
    carry gradients where they were asked for.
    """

    network: Network
    pixels: Tensor
    maps: dict[str, Tensor]

    def detach(self) -> "Observation":
        """Give the same numbers without the graph that gradients need."""
        return replace(self, maps={name: values.detach() for name, values in self.maps.items()})

    @property
    def logits(self) -> Tensor:
        """(N, K)."""
        return self.maps[self.network.plan.layers[-1].name]


def observe(network: Network, pictures: Tensor, *, precise: bool = False, gradients: bool = False) -> Observation:
    """Pass pictures (N, C, H, W), uint8 or in [0, 1], through a network on PyTorch's own arithmetic, in float32.

    `precise` computes in float64, on a copy. `gradients` keeps the graph, so that maps can be differentiated.
    Raises RunError naming the first layer whose weights, or whose output, hold a not-a-number.
    """
    expect_numbers(network)
    if precise:
        network = copy.deepcopy(network).double()
    was_training, was_native = network.training, network.native
    network.eval()
    network.native = False
    try:
        with recording(network) as maps, torch.set_grad_enabled(gradients):
            network(pictures.to(next(network.parameters()).dtype) if pictures.is_floating_point() else pictures)
    finally:
        network.train(was_training)
        network.native = was_native
    for name, values in maps.items():
        if not torch.isfinite(values).all():
            raise RunError(
                "every layer must make finite numbers",
                got=f"a not-a-number or infinity out of {name}",
                fix="look at the weights before it; train with a lower rate, or clip=1",
            )
    pixels = network.input.fit(pictures).double() / 255 if pictures.dtype == torch.uint8 else pictures.detach()
    return Observation(network=network, pixels=pixels, maps=maps)


@contextmanager
def recording(network: Network) -> Iterator[dict[str, Tensor]]:
    """Keep the output of every layer while the context lasts, by its dotted name."""
    maps: dict[str, Tensor] = {}

    def keep(name: str) -> object:
        def hook(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            maps[name] = output

        return network.get_submodule(name).register_forward_hook(hook)

    handles = [keep(name) for name in (INPUT, *wire(network.plan))]
    try:
        yield maps
    finally:
        for handle in handles:
            handle.remove()  # type: ignore[attr-defined]


def to_float64(tensor: Tensor) -> NDArray[np.float64]:
    """Give a tensor of any device as the reference takes it."""
    wide: NDArray[np.float64] = tensor.detach().cpu().double().numpy()
    return wide


def expect_numbers(network: Network) -> None:
    """Raise RunError naming every tensor of the network that holds a not-a-number or an infinity."""
    named = [*network.named_parameters(), *network.named_buffers()]
    broken = [name for name, value in named if value.is_floating_point() and not torch.isfinite(value).all()]
    if broken:
        raise RunError(
            "weights must be finite numbers", got=f"not-a-number or infinity in {', '.join(broken)}", fix="train anew"
        )
