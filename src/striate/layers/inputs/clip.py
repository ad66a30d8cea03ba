"""The input layer of clips: frames scaled to [0, 1] and normalised, like pictures."""

import torch
from torch import Tensor

from striate.layers.inputs.layer import InputLayer
from striate.records import ClipInput


class ClipInputLayer(InputLayer):
    """(N, C, T, H, W) uint8, or float in [0, 1] -> the same, normalised."""

    spec: ClipInput
    mean: Tensor
    std: Tensor

    def __init__(self, spec: ClipInput) -> None:
        super().__init__()
        self.spec = spec
        shape = (1, spec.channels, 1, 1, 1)
        self.register_buffer("mean", torch.tensor(spec.mean).view(shape), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(shape), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype == torch.uint8:
            x = x.to(self.mean.dtype) / 255
        return (x - self.mean) / self.std

    def extra_repr(self) -> str:
        return "x".join(map(str, self.spec.shape))
