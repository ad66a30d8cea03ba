"""Networks and pictures that the tests of engines share."""

import numpy as np
import torch

from striate.models.network import Network, build
from striate.models.zoo import plan_network
from striate.records import ImageInput
from striate.runtime.device import Device

CPU = Device(kind="cpu", precision="float32", threads=1)
LINES = {
    "lenet5": ("lenet5", (1, 28, 28)),
    "compact": ("compact", (1, 16, 12)),
    "residual": ("conv 8 3 pad 1 > batchnorm > relu > residual 16 /2 > squeeze_excite 4 > globalpool", (3, 16, 16)),
    "mobile": (
        "conv 8 3 pad 1 /2 > batchnorm > relu > skip(conv 24 1 > batchnorm > relu > depthwise 3 pad 1 > batchnorm"
        " > relu > conv 8 1 > batchnorm) > globalpool",
        (3, 16, 16),
    ),
    "normed head": ("conv 4 3 > groupnorm 2 > silu > dense 8 > batchnorm > gelu", (1, 9, 9)),
}


def network(name: str, *, outputs: int = 5) -> Network:
    """A network whose weights and running statistics are none of the start's."""
    line, shape = LINES[name]
    channels, height, width = shape
    spec = ImageInput(channels=channels, height=height, width=width, mean=(0.4,) * channels, std=(0.3,) * channels)
    made = build(plan_network(line, shape, outputs=outputs), spec, seed=1)
    generator = torch.Generator().manual_seed(2)
    for key, tensor in made.state_dict().items():
        if tensor.is_floating_point() and ("running" in key or "norm" in key or "bias" in key):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.3)
    return made.eval()


def pictures(made: Network, n: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (n, *made.plan.input_shape), dtype=np.uint8)
