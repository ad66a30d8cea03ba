"""Head of a task -> torch module. A new head is one file beside this one, and one line here."""

from collections.abc import Callable
from typing import Any

from torch import nn

from striate.layers.heads.boxes import BoxPyramid
from striate.layers.heads.pixels import PixelMaps
from striate.notation.heads import BoxHead, PixelHead, StepHead

Shape = tuple[int, ...]

HEADS: dict[type, Callable[[Any, Shape], nn.Module]] = {
    BoxHead: lambda head, shape: BoxPyramid(head),
    PixelHead: lambda head, shape: PixelMaps(head, shape[0]),
    StepHead: lambda head, shape: nn.Conv1d(shape[0], head.features, 1),
}
