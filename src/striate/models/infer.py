"""Run a network over many examples: batches, no gradients, evaluation mode."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from striate.data.rows import Inputs
from striate.models.move import move
from striate.models.network import Network
from striate.runtime.device import Device, autocast, to_device

BATCH = 512
CELLS = 64 * 512 * 28 * 28  # values of the largest feature map that one batch may hold


def infer(
    network: Network, inputs: Inputs, device: Device, *, keep: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """Give what `keep` makes of the head's outputs (N, ...) for raw examples (N, ...), float32 on the CPU.

    Without `keep`, all of them: the logits (N, K) of a classifier.
    """
    answers = [output if keep is None else keep(output) for _, output in answer(network, inputs, device)]
    nothing = torch.zeros(0, *network.plan.output_shape)
    return torch.cat(answers) if answers else nothing if keep is None else keep(nothing)


def answer(network: Network, inputs: Inputs, device: Device) -> Iterator[tuple[slice, Tensor]]:
    """Yield the outputs of the head batch by batch, float32 on the CPU, with the examples that they belong to.

    The batch shrinks for large feature maps, so that memory stays bounded; every example is answered on its own
    statistics, so the batch does not change the answer beyond rounding.
    """
    move(network, device).eval()
    batch = max(1, min(BATCH, CELLS // max(layer.activation_bytes // 4 for layer in network.plan.layers)))
    for start in range(0, len(inputs), batch):
        part = slice(start, min(start + batch, len(inputs)))
        raw = torch.from_numpy(np.require(inputs[part], requirements=["C", "W"]))  # a copy of what cannot be shared
        with torch.inference_mode(), autocast(device):
            output = network(to_device(raw, device)).float().cpu()
        yield part, output
