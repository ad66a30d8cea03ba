"""Run a network over many pictures: batches, no gradients, evaluation mode."""

import numpy as np
import torch

from striate.models.move import move
from striate.models.network import Network
from striate.runtime.device import Device, autocast, to_device

BATCH = 512
CELLS = 64 * 512 * 28 * 28  # values of the largest feature map that one batch may hold


def infer(network: Network, pictures: np.ndarray, device: Device) -> torch.Tensor:
    """Give the logits of uint8 pictures (N, C, H, W): (N, K) float32 on the CPU.

    The batch shrinks for large feature maps, so that memory stays bounded; every picture is answered on its own
    statistics, so the batch does not change the answer beyond rounding.
    """
    move(network, device).eval()
    batch = max(1, min(BATCH, CELLS // max(layer.activation_bytes // 4 for layer in network.plan.layers)))
    answers = []
    with torch.inference_mode(), autocast(device):
        for start in range(0, len(pictures), batch):
            part = torch.from_numpy(np.ascontiguousarray(pictures[start : start + batch]))
            answers.append(network(to_device(part, device)).float().cpu())
    outputs = network.plan.output_shape[0]
    return torch.cat(answers) if answers else torch.zeros(0, outputs)
