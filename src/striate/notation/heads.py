"""Heads: the last layer of a network, which follows from its task and is not written in the line."""

from dataclasses import dataclass

from striate.errors import ShapeError
from striate.notation.operations import Conv, Shape


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
