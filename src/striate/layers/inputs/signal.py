"""The input layer of signals: each channel normalised, what is missing set to its mean."""

import torch
from torch import Tensor

from striate.layers.inputs.layer import InputLayer
from striate.records import SignalInput


class SignalInputLayer(InputLayer):
    """(N, C, T) float, not-a-number where there is no value -> (x - mean) / std, and 0 there."""

    spec: SignalInput
    mean: Tensor
    std: Tensor

    def __init__(self, spec: SignalInput) -> None:
        super().__init__()
        self.spec = spec
        shape = (1, spec.channels, 1)
        self.register_buffer("mean", torch.tensor(spec.mean).view(shape), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(shape), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.nan_to_num((x.to(self.mean.dtype) - self.mean) / self.std)

    def extra_repr(self) -> str:
        return f"{self.spec.channels}x{self.spec.length}"
