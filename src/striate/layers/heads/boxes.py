"""The head of networks that find objects: a feature pyramid, and at each of its cells a box and a score a class."""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from striate.notation.heads import BoxHead

PRIOR = 0.01  # the score that every class begins with at every cell: nearly all of them are background
SMALL = 0.01  # standard deviation of the first weights of the answers
LARGEST = 6.0  # of an answer: a side lies at most exp(6) = 403 strides away, and no first guess overflows


class BoxPyramid(nn.Module):
    """Feature maps (N, C_i, H_i, W_i), the finest first -> (N, A, 4 + K + 3), as `notation.BoxHead` says.

    A box reaches from its cell's centre by stride * scale * exp(answer) to each side; `scale` is one number a level.
    """

    places: Tensor

    def __init__(self, head: BoxHead) -> None:
        super().__init__()
        wide, levels = head.features, range(len(head.taps))
        self.head = head
        self.lateral = nn.ModuleList(nn.Conv2d(tap.shape[0], wide, 1) for tap in head.taps)
        self.tower = nn.ModuleList(nn.Conv2d(wide, wide, 3, padding=1, bias=False) for _ in range(head.depth))
        self.norm = nn.ModuleList(nn.BatchNorm2d(wide) for _ in levels for _ in range(head.depth))
        self.scale = nn.Parameter(torch.ones(len(head.taps)))
        self.answer = nn.Conv2d(wide, 4 + head.classes, 1)
        self.register_buffer("places", list_places(head), persistent=False)

    def forward(self, maps: list[Tensor]) -> Tensor:
        answers = [self._answer(x, level) for level, x in enumerate(self._merge(maps))]
        answer = torch.cat(answers, dim=1)  # (N, A, 4 + K)
        x, y, stride = self.places.unbind(1)
        scale = torch.cat([part.expand(rows.shape[1]) for part, rows in zip(self.scale, answers, strict=True)])
        reach = answer[..., :4].clamp(max=LARGEST).exp() * (stride * scale)[:, None]
        sign = reach.new_tensor([-1.0, -1.0, 1.0, 1.0])
        boxes = torch.stack([x, y, x, y], dim=1) + sign * reach
        return torch.cat([boxes, answer[..., 4:], self.places.expand(len(boxes), -1, -1)], dim=2)

    def _merge(self, maps: list[Tensor]) -> list[Tensor]:
        """Bring maps to one number of channels and add the coarser to the finer ones."""
        merged: list[Tensor] = []
        for lateral, x in zip(reversed(self.lateral), reversed(maps), strict=True):
            x = lateral(x)
            merged.append(x + F.interpolate(merged[-1], x.shape[2:], mode="nearest") if merged else x)
        return merged[::-1]

    def _answer(self, x: Tensor, level: int) -> Tensor:
        """(N, D, H, W) -> (N, H * W, 4 + K), as wide as the weights."""
        for i, conv in enumerate(self.tower):
            x = F.relu(self.norm[level * len(self.tower) + i](conv(x)))
        answer: Tensor = self.answer(x).permute(0, 2, 3, 1).flatten(1, 2)
        return answer.to(self.places.dtype)

    def start(self, generator: Generator) -> None:
        """Begin with boxes two strides wide and scores of PRIOR (Lin et al. 2017, arXiv:1708.02002, section 4.1)."""
        nn.init.normal_(self.answer.weight, 0, SMALL, generator=generator)
        assert self.answer.bias is not None
        nn.init.zeros_(self.answer.bias)
        with torch.no_grad():
            self.answer.bias[4:] = torch.logit(torch.tensor(PRIOR))

    def extra_repr(self) -> str:
        return f"{self.head.classes} classes at {self.head.places:,} places"


def list_places(head: BoxHead) -> Tensor:
    """Give x, y and stride of every cell in pixels of the input: (A, 3), the finest map first, row by row."""
    parts = []
    for tap in head.taps:
        height, width = tap.shape[1:]
        y, x = ((torch.arange(n) + 0.5) * tap.stride for n in (height, width))
        rows, columns = y[:, None].expand(height, width), x.expand(height, width)
        parts.append(torch.stack([columns, rows, torch.full_like(rows, tap.stride)], dim=2).reshape(-1, 3))
    return torch.cat(parts)
