"""The same network with nothing learned: every weight kept, each in a random place of its own tensor."""

import copy
from collections.abc import Iterator

import torch
from torch import nn

from striate.models.network import Network


def shuffled(network: Network, count: int, *, seed: int = 0) -> Iterator[Network]:
    """Yield `count` networks whose weights are those of `network`, shuffled within each tensor of all layers.

    The numbers of one layer that belong to a channel (bias, scale, shift, mean, variance) move together. Drawing anew
    in this way keeps the size of every weight, where a fresh start would not; and a network whose weights are random
    already, independent and alike within each tensor, is one more draw of the same kind, which makes comparing it
    with these an exact test. Source: Adebayo et al. 2018, "Sanity Checks for Saliency Maps", section 3, all layers
    at once; there weights are drawn as at the start of training.
    """
    generator = torch.Generator().manual_seed(seed)
    other = copy.deepcopy(network).requires_grad_(False).eval()
    for _ in range(count):
        for module in other.modules():
            _shuffle(module, generator)
        yield other


@torch.no_grad()
def _shuffle(module: nn.Module, generator: torch.Generator) -> None:
    own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
    for weight in own:
        if weight.dim() > 1 and isinstance(weight, nn.Parameter):
            weight.copy_(weight.flatten()[torch.randperm(weight.numel(), generator=generator)].view_as(weight))
    vectors = [value for value in own if value.dim() == 1]
    if vectors:
        order = torch.randperm(len(vectors[0]), generator=generator)
        for vector in vectors:
            vector.copy_(vector[order])
