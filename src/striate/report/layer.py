"""The architecture table: a plan as lines of text and numbers, repeated blocks told once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from striate.notation import Combination, Layer, Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRow:
    """A layer, or a run of like blocks: its notation, what comes out, how much of the input it sees, what it costs.

    `shape` is written as `6x28x28`, `receptive_field` as `5x5`, in cells of the input. Costs are for one example:
    multiply-adds, parameters, and bytes of the output in float32. Rows of depth 0 add up to the whole network;
    deeper ones are the parts of the row above them, of one block where it is repeated.
    """

    text: str
    shape: str
    receptive_field: str
    multiply_adds: int
    parameters: int
    activation_bytes: int
    depth: int


def list_rows(plan: Plan) -> list[LayerRow]:
    """List the layers of a plan in the order of computation, blocks before their parts.

    >>> from striate.notation import plan
    >>> for row in list_rows(plan("conv 4 3x3 pad 1 > skip(conv 4 3x3 pad 1 > relu) x2", (1, 8, 8))):
    ...     print("  " * row.depth + row.text, row.shape, row.receptive_field, row.parameters)
    conv 4 3x3 pad 1 4x8x8 3x3 40
    skip x2 4x8x8 7x7 296
      conv 4 3x3 pad 1 4x8x8 5x5 148
      relu 4x8x8 5x5 0
    """
    return list(_walk(plan.layers, 0, ""))


def _walk(layers: tuple[Layer, ...], depth: int, path: str) -> Iterator[LayerRow]:
    """Yield a row a run of like layers, each followed by its parts; `path` is what marks a shortcut."""
    for _, run in groupby(enumerate(layers), key=_likeness):
        alike = [layer for _, layer in run]
        yield _sum(alike, depth, path)
        yield from _walk(alike[0].body, depth + 1, "")
        yield from _walk(alike[0].shortcut, depth + 1, "| ")


def _likeness(numbered: tuple[int, Layer]) -> tuple[object, ...]:
    """What like blocks share; a plain layer is like no other, so its number goes with it."""
    number, layer = numbered
    is_block = isinstance(layer.operation, Combination)
    return (layer.text, layer.input_shape, layer.output_shape, -1 if is_block else number)


def _sum(alike: list[Layer], depth: int, path: str) -> LayerRow:
    last = alike[-1]
    return LayerRow(
        text=path + _title(last) + (f" x{len(alike)}" if len(alike) > 1 else ""),
        shape="x".join(map(str, last.output_shape)),
        receptive_field="x".join(map(str, last.receptive_field)),
        multiply_adds=sum(layer.multiply_adds for layer in alike),
        parameters=sum(layer.parameters for layer in alike),
        activation_bytes=sum(layer.activation_bytes for layer in alike),
        depth=depth,
    )


def _title(layer: Layer) -> str:
    """The layer's notation; of a block in brackets only what stands before them, since its parts follow."""
    is_block = isinstance(layer.operation, Combination)
    return (layer.text.split("(")[0] or "group") if is_block else layer.text
