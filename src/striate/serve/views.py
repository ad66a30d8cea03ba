"""Records for the page: the network's layers, its answer, and feature maps packed for the way to the browser."""

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from striate.errors import UsageError
from striate.explain.wiring import INPUT, find, wire
from striate.notation import Combination, Conv, Plan
from striate.serve.look import Look

UNITS = 120  # values without a place that one page of a layer holds
COLOURS = 3  # channels up to which a kernel is drawn as a picture
ANSWERS = 12  # classes that an answer tells, the likeliest


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerView:
    """One layer as the page's row shows it: what it is, what comes out, what it costs, and what it reads.

    `kind` is the first word of its text; `is_block` for skips, gates and groups, whose layers stand before them.
    """

    name: str
    text: str
    kind: str
    is_block: bool
    sources: tuple[str, ...]
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One class with its probability and its vote (logit)."""

    k: int
    label: str
    probability: float
    vote: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LookView:
    """What the network says of an input. `picture` holds (C, H, W) bytes in base64; `truth` is -1 where unknown."""

    id: str
    name: str
    facts: tuple[str, ...]
    truth: int
    shape: tuple[int, ...]
    picture: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One channel of a layer on show: how much it matters for the answer, its smallest and its largest value."""

    channel: int
    matter: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerMaps:
    """A page of a layer's maps, those that matter most first; units without a place in the order of their numbers.

    `cells` are signed bytes in base64, of value / `largest` x 127, channel after channel; `largest` is the largest
    absolute value of the whole layer.
    """

    name: str
    page: int
    pages: int
    shape: tuple[int, ...]
    largest: float
    shown: tuple[Shown, ...]
    cells: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeMap:
    """One map with every value: float32, little-endian, row after row, in base64; `rank` 1 matters most.

    `kernel` (C, h, w), packed likewise, is what made it, where that reads the picture's own colours; else "".
    """

    name: str
    channel: int
    channels: int
    rank: int
    shape: tuple[int, ...]
    largest: float
    low: float
    high: float
    values: str
    kernel_shape: tuple[int, ...]
    kernel: str


def list_layers(plan: Plan) -> list[LayerView]:
    """List every layer in the order of computation, the network's input first."""
    first = LayerView(
        name=INPUT,
        text="input",
        kind=INPUT,
        is_block=False,
        sources=(),
        shape=plan.input_shape,
        parameters=0,
        multiply_adds=0,
        receptive_field=(1,) * (len(plan.input_shape) - 1),
    )
    rest = [
        LayerView(
            name=name,
            text=one.layer.text,
            kind=one.layer.text.split()[0].partition("(")[0] or "group",
            is_block=isinstance(one.layer.operation, Combination),
            sources=one.sources,
            shape=one.layer.output_shape,
            parameters=one.layer.parameters,
            multiply_adds=one.layer.multiply_adds,
            receptive_field=one.layer.receptive_field,
        )
        for name, one in wire(plan).items()
    ]
    return [first, *rest]


def view_look(look: Look, classes: tuple[str, ...]) -> LookView:
    """Say what the network answers, the likeliest class first, and give the picture that it saw."""
    order = np.argsort(-look.probabilities, kind="stable")[:ANSWERS].tolist()
    logits = look.observation.logits[0].tolist()
    return LookView(
        id=look.input.id,
        name=look.input.name,
        facts=look.input.facts,
        truth=-1 if look.input.truth is None else look.input.truth,
        shape=tuple(look.picture.shape),
        picture=pack(look.pixels),
        answers=tuple(
            Answer(k=k, label=classes[k], probability=float(look.probabilities[k]), vote=logits[k]) for k in order
        ),
    )


def view_maps(look: Look, layer: str, *, page: int, count: int) -> LayerMaps:
    """Pack `count` maps of a layer, or UNITS units that have no place; raises UsageError for what does not exist."""
    values = read_layer(look, layer)
    size = count if values.ndim > 1 else UNITS
    pages = -(-len(values) // size)
    if not 0 <= page < pages:
        raise UsageError(f"pages of {layer} are numbered 0 to {pages - 1}", got=str(page), fix="choose one of them")
    matter = look.matter.get(layer, np.zeros(len(values)))
    chosen = np.argsort(-matter, kind="stable")[page * size : (page + 1) * size]
    if values.ndim == 1:
        chosen = np.sort(chosen)
    largest = float(np.abs(values).max())
    return LayerMaps(
        name=layer,
        page=page,
        pages=pages,
        shape=values.shape,
        largest=largest,
        shown=tuple(
            Shown(channel=int(c), matter=float(matter[c]), low=float(values[c].min()), high=float(values[c].max()))
            for c in chosen
        ),
        cells=pack(np.rint(values[chosen] * (127 / largest if largest else 0)).astype(np.int8)),
    )


def view_map(look: Look, layer: str, channel: int) -> WholeMap:
    """Give one map with all its values; raises UsageError for a layer or a channel that does not exist."""
    values = read_layer(look, layer)
    if not 0 <= channel < len(values):
        rule = f"maps of {layer} are numbered 0 to {len(values) - 1}"
        raise UsageError(rule, got=str(channel), fix="choose one of them")
    matter = look.matter.get(layer, np.zeros(len(values)))
    one = values[channel]
    kernel = _read_kernel(look, layer, channel)
    return WholeMap(
        name=layer,
        channel=channel,
        channels=len(values),
        rank=int((matter > matter[channel]).sum()) + 1,
        shape=one.shape,
        largest=float(np.abs(values).max()),
        low=float(one.min()),
        high=float(one.max()),
        values=pack(one.astype("<f4")),
        kernel_shape=() if kernel is None else kernel.shape,
        kernel="" if kernel is None else pack(kernel.astype("<f4")),
    )


def _read_kernel(look: Look, layer: str, channel: int) -> NDArray[np.float32] | None:
    """Give the kernel (C, h, w) of a feature of a convolution that reads a picture, None for any other map."""
    network = look.observation.network
    if layer == INPUT or not isinstance(find(network.plan, layer).layer.operation, Conv):
        return None
    weight: NDArray[np.float32] = network.get_submodule(layer).weight[channel].detach().numpy()  # type: ignore[index]
    return weight if weight.ndim == 3 and len(weight) <= COLOURS else None


def read_layer(look: Look, layer: str) -> NDArray[np.float32]:
    """Give what a layer made, (C, *spatial); raises UsageError with the nearest names for an unknown layer."""
    if layer not in look.observation.maps:
        find(look.observation.network.plan, layer)  # raises, with the nearest names
    values: NDArray[np.float32] = look.observation.maps[layer][0].numpy()
    return values


def pack(values: ArrayLike) -> str:
    """Write an array's bytes in base64."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
