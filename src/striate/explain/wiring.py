"""Which layer reads from which: the plan's lines, skips and gates as one flat table of names."""

from dataclasses import dataclass

from striate.errors import UsageError, nearest
from striate.notation import Combination, Layer, Plan

INPUT = "input"  # what the input layer makes: the first map that a layer sees


@dataclass(frozen=True, kw_only=True, slots=True)
class Wire:
    """A layer under its dotted name in the network, and the names of the layers whose output it reads.

    A skip reads (body, other), a gate (body, its own input); every other layer reads one.
    """

    name: str
    layer: Layer
    sources: tuple[str, ...]


def wire(plan: Plan) -> dict[str, Wire]:
    """Give every layer of a plan by its dotted name, blocks and their inner layers included, in order of computation.

    >>> from striate.notation import plan
    >>> {name: wire.sources for name, wire in wire(plan("relu > skip(conv 2 3 pad 1)", (2, 8))).items()}
    {'relu1': ('input',), 'skip1.body.conv1': ('relu1',), 'skip1': ('skip1.body.conv1', 'relu1')}
    """
    table: dict[str, Wire] = {}
    _wire_line(plan.layers, "", INPUT, table)
    return table


def find(plan: Plan, name: str) -> Wire:
    """Give one layer by its dotted name; raises UsageError with the nearest names when there is none."""
    table = wire(plan)
    if name not in table:
        raise UsageError("a layer must be one of the network", got=repr(name), fix=nearest(name, list(table)))
    return table[name]


def _wire_line(layers: tuple[Layer, ...], prefix: str, source: str, table: dict[str, Wire]) -> str:
    """Enter the layers of one line that reads `source`; give the name of the last, whose output is the line's."""
    for layer in layers:
        name = prefix + layer.name
        sources: tuple[str, ...] = (source,)
        if isinstance(layer.operation, Combination) and layer.operation.kind != "frames":
            body = _wire_line(layer.body, f"{name}.body.", source, table)
            other = _wire_line(layer.shortcut, f"{name}.shortcut.", source, table)
            sources = (body,) if layer.operation.kind == "group" else (body, other)
        table[name] = Wire(name=name, layer=layer, sources=sources)
        source = name
    return source
