"""Heads that keep a map: what the tasks beyond classes and numbers end in. A head is an operation without a word."""

import math
from dataclasses import dataclass

from striate.errors import ShapeError
from striate.notation.operations import Pointwise, Shape, Window


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
