"""Plan -> network: an input layer, then one child a layer of the notation, under the notation's names."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from striate.kernels.library import library
from striate.kernels.program import is_native
from striate.layers.combine import build_layer
from striate.layers.heads.boxes import BoxPyramid
from striate.layers.heads.pixels import PixelMaps
from striate.layers.inputs.layer import InputLayer
from striate.layers.inputs.table import make_input_layer
from striate.layers.native import NativeLine
from striate.layers.table import Embedding
from striate.notation import Layer, Plan
from striate.notation.heads import BoxHead
from striate.records import InputSpec

Stage = tuple[str, Callable[[Any], Tensor]]  # the name of a stage's last layer, and what computes it
EMBEDDED = 0.1  # standard deviation of a fresh vector's numbers


class Network(nn.Module):
    """Raw examples (N, ...), such as pictures (N, C, H, W) uint8 or float in [0, 1], -> the head's (N, K).
    `network.conv2.weight` is what it says.

    With `native` set, stretches of layers run on the native kernels; parameters, names and values are the same. A head
    with `taps` reads the maps of those layers rather than what arrives.
    """

    native = False  # whether our own kernels run the stages that they can

    def __init__(self, plan: Plan, spec: InputSpec) -> None:
        super().__init__()
        self.plan = plan
        head = plan.layers[-1].operation
        self.taps = tuple(tap.layer for tap in head.taps) if isinstance(head, BoxHead) else ()
        self._known_stages: list[Stage] | None = None
        self.input: InputLayer = make_input_layer(spec)
        for layer in plan.layers:
            self.add_module(layer.name, build_layer(layer))

    @property
    def native_possible(self) -> bool:
        """Say whether the kernels are there and know some layer with weights."""
        return library() is not None and any(is_native(layer) and layer.parameters for layer in self.plan.layers)

    @property
    def native_shortens(self) -> bool:
        """Say whether the kernels compute any layer otherwise in bfloat16 than in float32."""
        return any(isinstance(stage, NativeLine) and stage.shortens for _, stage in self._stages())

    def forward(self, x: Tensor) -> Tensor:
        stages = self._stages() if self.native else list(self.named_children())[1:]
        kept: dict[str, Tensor] = {}
        x = self.input(x)
        for name, stage in stages:
            x = stage([kept[tap] for tap in self.taps] if self.taps and name == self.plan.layers[-1].name else x)
            if name in self.taps:
                kept[name] = x
        return x

    def _stages(self) -> list[Stage]:
        """Give neighbouring layers that the kernels know as one stage, up to a tap at most; every other as itself."""
        if self._known_stages is None:
            stages: list[Stage] = []
            for layers in self._stretches():
                if is_native(layers[0]) and any(layer.parameters for layer in layers):
                    stages.append((layers[-1].name, NativeLine(self, layers)))
                else:
                    stages += [(layer.name, self.get_submodule(layer.name)) for layer in layers]
            self._known_stages = stages
        return self._known_stages

    def _stretches(self) -> Iterator[list[Layer]]:
        """Yield neighbouring layers that are all native or all not, and of which only the last may be tapped."""
        stretch: list[Layer] = []
        for layer in self.plan.layers:
            if stretch and (stretch[-1].name in self.taps or is_native(layer) != is_native(stretch[-1])):
                yield stretch
                stretch = []
            stretch.append(layer)
        yield stretch


def build(plan: Plan, spec: InputSpec, *, seed: int = 0) -> Network:
    """Build the network of a plan with fresh weights drawn from `seed`.

    Convolutions start normal with variance 2 / fan-out (He et al. 2015, eq. 14), dense layers uniform within
    1 / sqrt(fan-in), biases 0, vectors of words normal with deviation EMBEDDED; a head that has a start of its own
    takes that.
    """
    if plan.input_shape != spec.shape:
        raise ValueError(f"plan is for {plan.input_shape}, input specification gives {spec}")
    generator = torch.Generator().manual_seed(seed)
    network = Network(plan, spec)
    for module in network.modules():
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            fan_out = module.out_channels // module.groups * math.prod(module.kernel_size)  # torch's forgets the groups
            nn.init.normal_(module.weight, 0, math.sqrt(2) / math.sqrt(fan_out), generator=generator)
        elif isinstance(module, nn.Linear):
            bound = module.in_features**-0.5
            nn.init.uniform_(module.weight, -bound, bound, generator=generator)
        elif isinstance(module, Embedding):
            nn.init.normal_(module.weight, 0, EMBEDDED, generator=generator)
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
    for module in network.modules():
        if isinstance(module, PixelMaps | BoxPyramid):
            module.start(generator)
    return network
