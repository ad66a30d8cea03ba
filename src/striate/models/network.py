"""Plan -> network: an input layer, then one child a layer of the notation, under the notation's names."""

import math

import torch
from torch import Tensor, nn

from striate.layers.combine import build_layer
from striate.layers.input import InputLayer
from striate.notation import Plan
from striate.records import InputSpec


class Network(nn.Module):
    """(N, C, H, W) pictures, uint8 or float in [0, 1] -> (N, K) logits. `network.conv2.weight` is what it says."""

    native = False  # whether our own kernels run the stages that they can

    def __init__(self, plan: Plan, spec: InputSpec) -> None:
        super().__init__()
        self.plan = plan
        self.input = InputLayer(spec)
        for layer in plan.layers:
            self.add_module(layer.name, build_layer(layer))

    @property
    def native_possible(self) -> bool:
        """Say whether our own kernels can run a stage of this network."""
        return False

    def forward(self, x: Tensor) -> Tensor:
        for part in self.children():
            x = part(x)
        return x


def build(plan: Plan, spec: InputSpec, *, seed: int = 0) -> Network:
    """Build the network of a plan with fresh weights drawn from `seed`.

    Convolutions start normal with variance 2 / fan-out (He et al. 2015, eq. 14), dense layers uniform within
    1 / sqrt(fan-in), biases 0.
    """
    if plan.input_shape != (spec.channels, spec.height, spec.width):
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
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
    return network
