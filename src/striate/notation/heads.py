"""Heads: the last layer of a network, which follows from its task and is not written in the line."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from striate.errors import ShapeError
from striate.notation.operations import Conv, Pointwise, Shape, Window

STRIDES = (8, 16, 32)  # pixels between the places that look for small, middle and large objects
GEOMETRY = 3  # columns beside box and logits: x, y and stride of a place


@dataclass(frozen=True, slots=True)
class PixelHead(Pointwise):
    """One map a class by a convolution 1 wide, then (bi-, tri-)linear interpolation to `size`, that of the input.

    Source: Long, Shelhamer and Darrell 2015, arXiv:1411.4038, section 3.3 (there the interpolation is learned).
    """

    classes: int
    size: tuple[int, ...]

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 1 + len(self.size):
            raise ShapeError(
                "a network that names each pixel ends in a map",
                got=f"{'x'.join(map(str, shape))} for pixels {'x'.join(map(str, self.size))}",
                fix="leave out globalpool, flatten and dense",
            )
        return (self.classes, *self.size)

    def parameters(self, shape: Shape) -> int:
        return self.classes * (shape[0] + 1)

    def multiply_adds(self, shape: Shape) -> int:
        return self.classes * math.prod(shape)

    def window(self, shape: Shape) -> Window:
        factors = [n / size for n, size in zip(shape[1:], self.size, strict=True)]
        return tuple(1 if factor == 1 else 2 for factor in factors), tuple(factors)


@dataclass(frozen=True, slots=True)
class StepHead(Conv):
    """A vote for every class at every step of a sequence: (C, T) -> (features, T)."""

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 2:
            raise ShapeError(
                "the head of a transcription needs a sequence (C, T)",
                got="x".join(map(str, shape)),
                fix="end the line with columns, or with columns > lstm 64 both",
            )
        return Conv.output(self, shape)


@dataclass(frozen=True, slots=True)
class Tap:
    """A feature map that a head reads: the layer's name, its shape (C, H, W), pixels of the input from cell to cell."""

    layer: str
    shape: Shape
    stride: int


@dataclass(frozen=True, slots=True)
class BoxHead(Pointwise):
    """A box and a score a class at every cell of a feature pyramid, without anchors.

    Each tapped map is brought to `features` channels, takes in the coarser ones (enlarged, summed), and passes `depth`
    convolutions 3 wide that all levels share, each level with norms of its own; then a convolution 1 wide answers.
    It gives (A, 4 + K + 3) for all A cells, the finest map first: x0, y0, x1, y1 in pixels of the input, K logits, and
    the cell's own x, y and stride. Source: Lin et al. 2017, arXiv:1612.03144, section 3 (the pyramid); Tian et al.
    2019, arXiv:1904.01355, section 3.2 (shared, anchor-free); Lyu et al. 2022, arXiv:2212.07784, section 3.1 (norms).
    """

    classes: int
    features: int = 64
    depth: int = 2
    taps: tuple[Tap, ...] = ()

    def read(self, maps: Iterable[Tap]) -> "BoxHead":
        """Choose from the maps of a line in order: the last of each stride 8, 16, 32, or that of its coarsest.

        Raises ShapeError where there is no map of two dimensions.
        """
        last = {tap.stride: tap for tap in maps}
        chosen = [last[stride] for stride in STRIDES if stride in last] or [last[max(last)]] if last else []
        if not chosen:
            raise ShapeError(
                "a network that finds boxes makes maps of pictures",
                got="none whose cells lie equally far apart across and down",
                fix="begin with convolutions, such as conv 16 3x3 /2 pad 1",
            )
        return replace(self, taps=tuple(chosen))

    @property
    def places(self) -> int:
        """Count the cells of all tapped maps, A."""
        return sum(math.prod(tap.shape[1:]) for tap in self.taps)

    def output(self, shape: Shape) -> Shape:
        return self.places, 4 + self.classes + GEOMETRY

    def parameters(self, shape: Shape) -> int:
        levels, wide = len(self.taps), self.features
        laterals = sum(wide * (tap.shape[0] + 1) for tap in self.taps)
        tower = self.depth * (9 * wide * wide + 2 * wide * levels)
        return laterals + tower + (4 + self.classes) * (wide + 1) + levels

    def multiply_adds(self, shape: Shape) -> int:
        laterals = sum(self.features * math.prod(tap.shape) for tap in self.taps)
        tower = self.depth * 9 * self.features * self.features + self.features * (4 + self.classes)
        return laterals + self.places * tower

    def window(self, shape: Shape) -> Window:
        dims = len(shape) - 1
        return (1 + 2 * self.depth,) * dims, (1.0,) * dims
