"""Sounds as if through other microphones and rooms in training: some bands louder, some softer."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

KNOTS = 4  # between which the curve of loudness over the bands is straight


class Filtering(nn.modules.dropout._DropoutNd):
    """(N, bands, frames) energies -> the same, each example's bands louder or softer by up to `most` decibels.

    The loudness is drawn evenly at 4 bands that lie evenly, and goes straight between them, for each example anew, from
    torch's generator: switched off as dropout is. Source: Nam et al. 2021, "FilterAugment", arXiv:2110.03282, section
    3.1, its linear kind.
    """

    def __init__(self) -> None:
        super().__init__(p=0.0)
        self.most = 0.0

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training and self.most):
            return x
        decibels = (2 * torch.rand(len(x), 1, KNOTS) - 1) * self.most
        curve = F.interpolate(decibels, x.shape[1], mode="linear", align_corners=True)  # (N, 1, bands)
        return x * torch.exp(curve.transpose(1, 2) * (math.log(10) / 10)).to(x)

    def extra_repr(self) -> str:
        return f"{self.most:g} dB"
