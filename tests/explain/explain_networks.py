"""Networks and pictures that the tests of explanations share."""

from pathlib import Path

import numpy as np
import torch

from striate.checkpoint import Loaded, ModelInfo
from striate.models.network import Network, build
from striate.models.zoo import plan_network
from striate.records import ImageInput

LINES = {
    "lenet5": ("lenet5", (1, 28, 28)),
    "normed": ("conv 6 3x3 pad 1 > batchnorm > relu > maxpool 2 > conv 8 3x3 > batchnorm > relu", (3, 20, 16)),
    "residual": ("conv 6 3x3 pad 1 /2 > batchnorm > relu > residual 6 > residual 8 /2 > globalpool", (3, 24, 24)),
}


def network(line: str, shape: tuple[int, int, int], *, outputs: int = 3, seed: int = 1) -> Network:
    """A network that sees pixels as they are, in [0, 1]."""
    channels, height, width = shape
    spec = ImageInput(channels=channels, height=height, width=width, mean=(0.0,) * channels, std=(1.0,) * channels)
    return build(plan_network(line, shape, outputs=outputs), spec, seed=seed).eval()


def named(name: str, *, seed: int = 1) -> Network:
    """One of LINES, whose norms' statistics are none of the start's."""
    made = network(*LINES[name], seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for key, tensor in made.state_dict().items():
        if "running" in key:
            centre = 0.0 if "mean" in key else 1.0
            tensor.copy_(centre + 0.2 * (torch.rand(tensor.shape, generator=generator) - 0.5))
    return made


def loaded(made: Network) -> Loaded:
    classes = tuple("abcdefghij"[: made.plan.output_shape[0]])
    info = ModelInfo(
        task="classification",
        architecture=str(made.plan),
        line=made.plan.line,
        classes=classes,
        input=made.input.spec,
        recipe={},
        seed=0,
        fingerprint="",
        split_rule="",
    )
    return Loaded(network=made, info=info, path=Path("model.safetensors"))


def pictures(made: Network, n: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (n, *made.plan.input_shape), dtype=np.uint8)


def pixels(made: Network) -> torch.Tensor:
    """(1, C, H, W) in [0, 1]."""
    return torch.from_numpy(pictures(made, 1)).float() / 255
