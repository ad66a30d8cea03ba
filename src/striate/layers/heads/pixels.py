"""The head of networks that name each pixel: one map a class, as large as the input."""

import torch.nn.functional as F
from torch import Generator, Tensor, nn

from striate.notation.heads import PixelHead

MODES = ("linear", "bilinear", "trilinear")


class PixelMaps(nn.Module):
    """(N, C, *coarse) -> logits (N, K, *size): each cell votes for every class, then linear interpolation."""

    def __init__(self, head: PixelHead, channels: int) -> None:
        super().__init__()
        self.size = head.size
        kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(head.size) - 1]
        self.conv = kind(channels, head.classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        votes: Tensor = self.conv(x)
        if tuple(votes.shape[2:]) == self.size:
            return votes
        return F.interpolate(votes, self.size, mode=MODES[len(self.size) - 1], align_corners=False)

    def start(self, generator: Generator) -> None:
        """Draw first weights within 1 / sqrt(C), as a dense layer's: those of a convolution would be sure at once."""
        bound = self.conv.in_channels**-0.5
        nn.init.uniform_(self.conv.weight, -bound, bound, generator=generator)

    def extra_repr(self) -> str:
        return "x".join(map(str, self.size))
