"""Any cell of any layer, any vote, any probability: the terms that made it, computed anew and compared."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from striate import reference
from striate.errors import UsageError
from striate.explain.observe import Observation, to_float64
from striate.explain.unfold import Unfolded, unfold
from striate.explain.wiring import INPUT, Wire, find
from striate.layers.inputs.table import expect_normalised
from striate.notation import Flatten
from striate.records import Term, Trace, Vote, Votes

PROBABILITY = "probability"  # what the softmax makes of the votes: one more layer to ask for


def trace(observation: Observation, layer: str, cell: tuple[int, ...], *, example: int = 0) -> Trace:
    """Unfold one cell (C, *place) of a layer into what made it, in float64, beside what the network computed.

    `layer` is a dotted name of the network, `input`, or `probability`, whose cell is (class,). The values that went in
    are those that the network computed, so `difference` is this layer's own rounding.
    Raises UsageError with the valid range for a cell or an example that does not exist.
    """
    if layer == PROBABILITY:
        return _trace_probability(observation, cell, example)
    if layer == INPUT:
        return _trace_input(observation, cell, example)
    found = find(observation.network.plan, layer)
    at = check_cell(observation, layer, cell, example)
    inputs = [to_float64(observation.maps[name][example]) for name in found.sources]
    module = observation.network.get_submodule(layer)
    unfolded = unfold(found.layer.operation, module, inputs, at)
    network = float(observation.maps[layer][example][at])
    return Trace(
        layer=layer,
        text=found.layer.text,
        cell=at,
        rule=unfolded.rule,
        terms=_terms(found, unfolded),
        constants=unfolded.constants,
        value=unfolded.value,
        network=network,
        difference=_difference(unfolded, network),
    )


def trace_votes(observation: Observation, k: int, classes: tuple[str, ...], *, example: int = 0) -> Votes:
    """Say what spoke for and against class k: the products of the head, summed by feature map, largest first.

    Where a flatten or a global pool stands before the head, its maps are what is summed by.
    """
    head = observation.network.plan.layers[-1].name
    whole = trace(observation, head, (k,), example=example)
    source, channels = _voters(observation, head)
    totals = np.bincount(channels, weights=[term.product for term in whole.terms])
    votes = [Vote(source=source, channel=channel, total=float(total)) for channel, total in enumerate(totals)]
    return Votes(
        label=classes[k],
        votes=tuple(sorted(votes, key=lambda vote: -abs(vote.total))),
        bias=whole.constants.get("bias", 0.0),
        total=whole.value,
        probability=trace(observation, PROBABILITY, (k,), example=example).value,
        difference=whole.difference,
    )


def check_cell(observation: Observation, layer: str, cell: tuple[int, ...], example: int) -> tuple[int, ...]:
    """Give the cell if it exists in what the layer made of the example; raises UsageError with the range if not."""
    count, *shape = observation.maps[layer].shape
    if not 0 <= example < count:
        raise UsageError(f"examples are numbered 0 to {count - 1}", got=str(example), fix="choose one of them")
    if len(cell) != len(shape) or not all(0 <= at < n for at, n in zip(cell, shape, strict=True)):
        last = ",".join(str(n - 1) for n in shape)
        first = ",".join("0" for _ in shape)
        got = ",".join(map(str, cell)) or "none"
        raise UsageError(f"cells of {layer} run from {first} to {last}", got=got, fix="choose one of them")
    return tuple(int(at) for at in cell)


def _terms(found: Wire, unfolded: Unfolded) -> tuple[Term, ...]:
    sources = unfolded.source if unfolded.source is not None else np.zeros(len(unfolded.cells), np.int64)
    products = unfolded.values * unfolded.weights
    rows = zip(sources, unfolded.cells.tolist(), unfolded.values, unfolded.weights, products, strict=True)
    return tuple(
        Term(source=found.sources[source], cell=tuple(at), value=float(v), weight=float(w), product=float(p))
        for source, at, v, w, p in rows
    )


def _difference(unfolded: Unfolded, network: float) -> float:
    """|value - network| over the size of what was added up: rounding is a share of that."""
    products = np.nan_to_num(unfolded.values * unfolded.weights)
    size = max(float(np.abs(products).sum()), abs(unfolded.value), abs(unfolded.constants.get("bias", 0.0)))
    return abs(unfolded.value - network) / size if size else abs(unfolded.value - network)


def _voters(observation: Observation, head: str) -> tuple[str, NDArray[np.int64]]:
    """Give the layer whose maps vote, and for each value that the head reads the number of its map."""
    (source,) = find(observation.network.plan, head).sources
    shape = observation.maps[source].shape[1:]
    if source != INPUT and isinstance(find(observation.network.plan, source).layer.operation, Flatten):
        (source,) = find(observation.network.plan, source).sources
        shape = observation.maps[source].shape[1:]
    cells = math.prod(shape[1:])
    return source, np.repeat(np.arange(shape[0]), cells)


def _trace_probability(observation: Observation, cell: tuple[int, ...], example: int) -> Trace:
    head = observation.network.plan.layers[-1].name
    at = check_cell(observation, head, cell, example)
    votes = observation.maps[head][example]
    wide = to_float64(votes)
    largest = float(wide.max())
    powers = np.exp(wide - largest)
    network = float(torch.softmax(votes, 0)[at])
    value = float(reference.softmax(wide)[at])
    terms = [
        Term(source=head, cell=(i,), value=float(vote), weight=math.nan, product=float(power))
        for i, (vote, power) in enumerate(zip(wide, powers, strict=True))
    ]
    return Trace(
        layer=PROBABILITY,
        text="softmax",
        cell=at,
        rule="exp(vote - largest vote) / the sum of all such powers",
        terms=tuple(terms),
        constants={"largest": largest, "sum": float(powers.sum())},
        value=value,
        network=network,
        difference=abs(value - network) / value if value else abs(value - network),
    )


def _trace_input(observation: Observation, cell: tuple[int, ...], example: int) -> Trace:
    at = check_cell(observation, INPUT, cell, example)
    network = float(observation.maps[INPUT][example][at])
    layer = expect_normalised(observation.network.input)
    mean, std = float(layer.mean.ravel()[at[0]]), float(layer.std.ravel()[at[0]])
    pixel = float(observation.pixels[example][at])
    value = (pixel - mean) / std
    size = max(abs(pixel), abs(mean)) / std
    return Trace(
        layer=INPUT,
        text="input",
        cell=at,
        rule="(pixel - mean) / deviation, of all training pictures; pixels run from 0 to 1",
        terms=(Term(source="pixels", cell=at, value=pixel, weight=1 / std, product=pixel / std),),
        constants={"mean": mean, "deviation": std},
        value=value,
        network=network,
        difference=abs(value - network) / size if size else abs(value - network),
    )
