"""Heads: the last layer of a network, which follows from its task and is not written in the line."""

import math
from dataclasses import dataclass

from striate.errors import ShapeError
from striate.notation.operations import Conv, Pointwise, Shape, Window


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
