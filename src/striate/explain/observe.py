"""One pass of some pictures through a network, with what every layer made of them kept."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from striate.errors import RunError
from striate.explain.wiring import INPUT, wire
from striate.models.network import Network


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """A network in evaluation mode, and the output (N, C, *spatial) or (N, K) of every layer by its dotted name.

    `maps["input"]` is what the input layer made. Tensors carry gradients where they were asked for.
    """

    network: Network
    maps: dict[str, Tensor]

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
            network(pictures if pictures.dtype == torch.uint8 else pictures.to(next(network.parameters()).dtype))
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
    return Observation(network=network, maps=maps)


@contextmanager
def recording(network: Network, names: tuple[str, ...] = ()) -> Iterator[dict[str, Tensor]]:
    """Keep the output of every layer, or of those in `names`, while the context lasts, by its dotted name."""
    maps: dict[str, Tensor] = {}

    def keep(name: str) -> object:
        def hook(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            maps[name] = output

        return network.get_submodule(name).register_forward_hook(hook)

    handles = [keep(name) for name in names or (INPUT, *wire(network.plan))]
    try:
        yield maps
    finally:
        for handle in handles:
            handle.remove()  # type: ignore[attr-defined]


def expect_numbers(network: Network) -> None:
    """Raise RunError naming every tensor of the network that holds a not-a-number or an infinity."""
    named = [*network.named_parameters(), *network.named_buffers()]
    broken = [name for name, value in named if value.is_floating_point() and not torch.isfinite(value).all()]
    if broken:
        raise RunError(
            "weights must be finite numbers", got=f"not-a-number or infinity in {', '.join(broken)}", fix="train anew"
        )
