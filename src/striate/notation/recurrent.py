"""Layers that walk along a sequence, and what turns maps into sequences."""

from dataclasses import dataclass
from typing import Literal

from striate.errors import ShapeError
from striate.notation.operations import Pointwise, Shape, Window

RecurrentKind = Literal["rnn", "gru", "lstm"]
GATES: dict[RecurrentKind, int] = {"rnn": 1, "gru": 3, "lstm": 4}


@dataclass(frozen=True, slots=True)
class Recurrent(Pointwise):
    """A cell of `units` that walks along (C, T), there, or `both` ways side by side: its states (units, T)."""

    kind: RecurrentKind
    units: int
    both: bool = False

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 2:
            raise ShapeError(
                f"{self.kind} needs a sequence (C, T)",
                got="x".join(map(str, shape)),
                fix="columns makes one of a picture's maps, frames(...) of a clip"
                if len(shape) > 2
                else "put it first",
            )
        return (self.units * (1 + self.both), shape[1])

    def parameters(self, shape: Shape) -> int:
        return (1 + self.both) * GATES[self.kind] * self.units * (shape[0] + self.units + 2)

    def multiply_adds(self, shape: Shape) -> int:
        return (1 + self.both) * GATES[self.kind] * self.units * (shape[0] + self.units) * shape[1]

    def window(self, shape: Shape) -> Window:
        return shape[1:], (1.0,) * (len(shape) - 1)


@dataclass(frozen=True, slots=True)
class Columns(Pointwise):
    """Each column of all maps becomes one step of a sequence: (C, H, W) -> (C H, W)."""

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise ShapeError("columns needs maps (C, H, W)", got="x".join(map(str, shape)), fix="leave it out")
        return (shape[0] * shape[1], shape[2])

    def window(self, shape: Shape) -> Window:
        return shape[1:2] + (1,) * (len(shape) - 2), (1.0,) * (len(shape) - 1)
