"""Bands and stretches of time struck out of spectrograms in training, so that no one cue is relied on."""

import torch
from torch import Tensor, nn


class Masking(nn.modules.dropout._DropoutNd):
    """(N, C, bands, frames) -> the same, with a stretch of frames and one of bands set to 0, the mean, in training.

    Each is up to `time` of all frames and `bands` of all bands long, of its own length and place in each example, drawn
    from torch's generator: a kind of dropout, and switched off with it. Source: Park et al. 2019, "SpecAugment",
    arXiv:1904.08779, section 2, with one mask of each kind.
    """

    def __init__(self) -> None:
        super().__init__(p=0.0)
        self.time, self.bands = 0.0, 0.0

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        for most, axis in ((self.bands, 2), (self.time, 3)):
            if most:
                x = x.masked_fill(_stretches(len(x), x.shape[axis], most, axis).to(x.device), 0.0)
        return x

    def extra_repr(self) -> str:
        return f"time {self.time:g}, bands {self.bands:g}"


def _stretches(n: int, size: int, most: float, axis: int) -> Tensor:
    """Draw a stretch of 0 to `most` of an axis for each of n examples: (n, 1, size, 1) or (n, 1, 1, size), bool."""
    length = torch.rand(n, 1) * most * size
    start = torch.rand(n, 1) * (size - length)
    place = torch.arange(size) + 0.5
    inside = (place >= start) & (place < start + length)  # (n, size)
    return inside[:, None, :, None] if axis == 2 else inside[:, None, None, :]
