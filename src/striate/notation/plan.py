"""A parsed line and an input shape -> the frozen plan: every layer with its shape, receptive field and costs."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from striate.errors import NotationError, StriateError, UsageError, nearest
from striate.kinds import Modality
from striate.notation.blocks import BLOCKS
from striate.notation.grammar import Architecture, Block, BlockKind, Span, Step, mark, parse
from striate.notation.heads import BoxHead, Tap
from striate.notation.operations import AvgPool, Conv, Dense, Embed, MaxPool, Operation, Shape
from striate.notation.recurrent import Columns
from striate.notation.repeat import drop_stride, read_repeat
from striate.notation.table import OPERATIONS

MOST_LAYERS = 20_000
LARGEST_INPUT = 4_096  # the search for the least input size that a line accepts ends here
LARGEST = 10**15  # no layer may make more values, no two neighbouring cells look farther apart
BYTES = 4  # of one float32 value


@dataclass(frozen=True, slots=True)
class Combination:
    """What a block of layers does with its input: pass it on, add it, multiply by it, go over its frames."""

    kind: BlockKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One resolved layer; a block has its layers in `body` and `shortcut`, and its costs are their sums.

    `reach` is how far one cell sees, in cells of the network's input a dimension (with fractions after upsampling;
    `receptive_field` is whole), `step` the distance between the fields of neighbouring cells. Costs are for one
    example; `activation_bytes` is its output in float32.
    """

    name: str
    text: str
    operation: Operation | Combination
    input_shape: Shape
    output_shape: Shape
    reach: tuple[float, ...]
    step: tuple[float, ...]
    multiply_adds: int
    parameters: int
    activation_bytes: int
    body: tuple["Layer", ...] = ()
    shortcut: tuple["Layer", ...] = ()

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """The most cells of the input that one cell sees a dimension."""
        return tuple(math.ceil(reach - 1e-9) for reach in self.reach)  # sums of thirds may end just above a whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A whole network for one input shape; `str` prints the line as typed, `line` has every name written out."""

    architecture: Architecture
    line: str
    input_shape: Shape
    layers: tuple[Layer, ...]

    def __str__(self) -> str:
        return str(self.architecture)

    @property
    def output_shape(self) -> Shape:
        return self.layers[-1].output_shape

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def activation_bytes(self) -> int:
        return sum(layer.activation_bytes for layer in self.layers)


def plan(
    architecture: str | Architecture,
    input_shape: Shape,
    *,
    outputs: int | Operation | None = None,
    names: Mapping[str, str] | None = None,
    modality: Modality | None = None,
) -> Plan:
    """Resolve an architecture for inputs of shape (C, *spatial).

    `outputs` adds the task's head: a layer, or a dense layer of that many units. `names` are the registered names and
    the lines they stand for. With `modality`, a line for texts must begin with embed, and no other may. Raises
    NotationError with a caret under the layer that does not fit, the shape that arrived there, and what would fit.

    >>> lenet = plan("conv 6 5x5 pad 2 > relu > maxpool 2 > conv 16 5x5 > relu > maxpool 2 > dense 120 > relu"
    ...              " > dense 84 > relu", (1, 28, 28), outputs=10)
    >>> lenet.parameters, lenet.output_shape
    (61706, (10,))
    """
    tree = parse(architecture) if isinstance(architecture, str) else architecture
    written_out = replace(tree, steps=_write_out(tree.steps, names or {}, tree.text or str(tree)))
    try:
        layers = _plan_whole(written_out, input_shape, outputs, modality)
    except NotationError as error:
        raise _with_least_size(error, written_out, input_shape) from None
    return Plan(architecture=tree, line=str(written_out), input_shape=input_shape, layers=layers)


def leaves(layers: tuple[Layer, ...]) -> Iterator[tuple[str, Layer]]:
    """Yield every layer that is no block, in the order of computation, with its dotted name in the network."""
    for layer in layers:
        if isinstance(layer.operation, Combination):
            for part, inner in (("body", layer.body), ("shortcut", layer.shortcut)):
                yield from ((f"{layer.name}.{part}.{name}", leaf) for name, leaf in leaves(inner))
        else:
            yield layer.name, layer


def _write_out(steps: tuple[Step | Block, ...], names: Mapping[str, str], text: str) -> tuple[Step | Block, ...]:
    """Replace registered names by the lines that they stand for."""
    written: list[Step | Block] = []
    for step in steps:
        if isinstance(step, Block):
            body, shortcut = _write_out(step.body, names, text), _write_out(step.shortcut, names, text)
            written.append(replace(step, body=body, shortcut=shortcut))
        elif step.words[0] in OPERATIONS or step.words[0] in BLOCKS:
            written.append(step)
        elif step.words[0] in names and len(step.words) == 1:
            inner = parse(names[step.words[0]]).steps
            written.extend(_at(part, step.span) for part in _write_out(inner, names, text))
        else:
            raise mark(text, step.span, _unknown(step, names))
    return tuple(written)


def _at(step: Step | Block, span: Span) -> Step | Block:
    """The same step, said to stand where the name stood."""
    if isinstance(step, Step):
        return replace(step, span=span)
    body, shortcut = (tuple(_at(part, span) for part in line) for line in (step.body, step.shortcut))
    return replace(step, body=body, shortcut=shortcut, span=span)


def _unknown(step: Step, names: Mapping[str, str]) -> UsageError:
    if step.words[0] in names:
        return UsageError(
            "a registered name takes no words", got=str(step), fix=f"write ({step.words[0]}) x2 to repeat"
        )
    known = [*OPERATIONS, *BLOCKS, *names]
    return UsageError("a layer must be known", got=repr(step.words[0]), fix=nearest(step.words[0], known))


def _plan_whole(
    tree: Architecture, input_shape: Shape, outputs: int | Operation | None, modality: Modality | None = None
) -> tuple[Layer, ...]:
    planner = _Planner(tree.text or str(tree), modality)
    dims = len(input_shape) - 1
    layers = planner.line(tree.steps, _Arrival(input_shape, (1.0,) * dims, (1.0,) * dims))
    if outputs is None:
        return layers
    operation = Dense(outputs) if isinstance(outputs, int) else outputs
    if isinstance(operation, BoxHead):
        operation = operation.read(_list_maps(layers))
    words = ("dense", str(outputs)) if isinstance(outputs, int) else ("head",)
    head = planner.layer(Step(words), operation, _leave(layers), "head")
    return (*layers, head)


def _list_maps(layers: tuple[Layer, ...]) -> Iterator[Tap]:
    """Yield the maps of pictures that a line makes, one a layer, where cells lie equally far apart across and down."""
    for layer in layers:
        if len(layer.output_shape) == 3 and layer.step[0] == layer.step[1] == int(layer.step[0]):
            yield Tap(layer.name, layer.output_shape, int(layer.step[0]))


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What arrives at a layer: a shape, and how much of the input each of its cells has seen."""

    shape: Shape
    reach: tuple[float, ...]
    step: tuple[float, ...]


def _leave(layers: tuple[Layer, ...]) -> _Arrival:
    return _Arrival(layers[-1].output_shape, layers[-1].reach, layers[-1].step)


class _Planner:
    """Walks the tree of one line and resolves step after step."""

    def __init__(self, text: str, modality: Modality | None) -> None:
        self.text, self.modality = text, modality
        self.count = 0
        self.placed = 0  # layers that are no blocks

    def line(self, steps: tuple[Step | Block, ...], arrival: _Arrival) -> tuple[Layer, ...]:
        layers: list[Layer] = []
        taken: Counter[str] = Counter()
        unrolled = list(self.unroll(steps))
        for step, following in zip(unrolled, [*unrolled[1:], None], strict=True):
            kind = step.kind if isinstance(step, Block) else step.words[0]
            taken[kind] += 1
            try:
                layer = self.resolve(step, following, arrival, f"{kind}{taken[kind]}")
            except NotationError:
                raise
            except StriateError as error:
                raise mark(self.text, step.span, error) from None
            layers.append(layer)
            arrival = _leave((layer,))
        return tuple(layers)

    def unroll(self, steps: tuple[Step | Block, ...]) -> Iterator[Step | Block]:
        """Yield every step as often as its repeat says; a stride belongs to the first of them."""
        for step in steps:
            times, once = read_repeat(step)
            for turn in range(times):
                self.count += 1
                if self.count > MOST_LAYERS:
                    error = UsageError(f"a network has at most {MOST_LAYERS:,} layers", got="more", fix="repeat less")
                    raise mark(self.text, step.span, error)
                yield once if turn == 0 else drop_stride(once)

    def resolve(self, step: Step | Block, following: Step | Block | None, arrival: _Arrival, name: str) -> Layer:
        if isinstance(step, Block):
            return self.block(step, arrival, name)
        kind = step.words[0]
        if kind in BLOCKS:
            inner = _at_all(parse(BLOCKS[kind](step.words, arrival.shape)).steps, step.span)
            return self.block(Block("group", inner, span=step.span), arrival, name, text=str(step))
        normed = isinstance(following, Step) and following.words[0] == "batchnorm"
        operation = _settle(OPERATIONS[kind](step.words), arrival.shape, bias=not normed)
        return self.layer(step, operation, arrival, name)

    def layer(self, step: Step, operation: Operation, arrival: _Arrival, name: str) -> Layer:
        self.check_first(step, operation)
        self.placed += 1
        output = operation.output(arrival.shape)
        size, stride = operation.window(arrival.shape)
        if isinstance(operation, Columns):  # the rows are gone, what is left is seen along the columns
            arrival = _Arrival(arrival.shape, arrival.reach[1:], arrival.step[1:])
            size, stride = size[1:], stride[1:]
        steps = arrival.step[: len(size)]
        reach = tuple(r + (k - 1) * s for r, k, s in zip(arrival.reach, size, steps, strict=False))
        apart = tuple(s * n for s, n in zip(steps, stride, strict=True))
        _expect_sane(output, apart)
        return Layer(
            name=name,
            text=str(step),
            operation=operation,
            input_shape=arrival.shape,
            output_shape=output,
            reach=reach or arrival.reach,
            step=apart or arrival.step,
            multiply_adds=operation.multiply_adds(arrival.shape),
            parameters=operation.parameters(arrival.shape),
            activation_bytes=BYTES * math.prod(output),
        )

    def check_first(self, step: Step, operation: Operation) -> None:
        """Only the first layer reads numbers of words; on texts it must, as nothing else can."""
        embeds, texts = isinstance(operation, Embed), self.modality == "text"
        if embeds and self.placed:
            fix = "move it to the front, or remove it"
            raise UsageError(
                "embed comes first: it reads the numbers of words", got=f"layer {self.placed + 1}", fix=fix
            )
        if not self.placed and self.modality is not None and embeds != texts:
            rule = "the first layer is embed on texts, and on nothing else"
            fix = f"write embed 64 > {step}" if texts else "remove it"
            raise UsageError(rule, got=f"{step} on data of kind {self.modality}", fix=fix)

    def block(self, block: Block, arrival: _Arrival, name: str, text: str = "") -> Layer:
        bare = self.placed == 0
        if block.kind == "frames":
            return self.frames(block, arrival, name)
        body = self.line(block.body, arrival)
        if bare and block.kind != "group" and isinstance(next(leaves(body))[1].operation, Embed):
            fix = f"write embed before {block.kind}(...)"
            raise UsageError(f"{block.kind} takes maps, and embed makes the first one", got="embed inside", fix=fix)
        shortcut = self.line(block.shortcut, arrival) if block.shortcut else ()
        kind = block.kind
        self.check(block, arrival.shape, body, shortcut)
        parts = (*body, *shortcut)
        leave = _leave(body)
        other = _leave(shortcut) if shortcut else arrival
        reach = leave.reach if kind == "group" else tuple(map(max, leave.reach, other.reach))
        output = arrival.shape if kind == "scale" else leave.shape
        return Layer(
            name=name,
            text=text or str(block),
            operation=Combination(kind),
            input_shape=arrival.shape,
            output_shape=output,
            reach=reach,
            step=arrival.step if kind == "scale" else leave.step,
            multiply_adds=sum(part.multiply_adds for part in parts),
            parameters=sum(part.parameters for part in parts),
            activation_bytes=sum(part.activation_bytes for part in parts)
            + (0 if kind == "group" else BYTES * math.prod(output)),
            body=body,
            shortcut=shortcut,
        )

    def frames(self, block: Block, arrival: _Arrival, name: str) -> Layer:
        """A line over every frame (C, H, W) of a clip (C, T, H, W), which must end flat: (F, T)."""
        if len(arrival.shape) != 4:
            raise UsageError("frames(...) needs a clip (C, T, H, W)", got=_text(arrival.shape), fix="leave frames out")
        channels, length, *size = arrival.shape
        body = self.line(block.body, _Arrival((channels, *size), arrival.reach[1:], arrival.step[1:]))
        output = (math.prod(body[-1].output_shape), length)
        return Layer(
            name=name,
            text=str(block),
            operation=Combination("frames"),
            input_shape=arrival.shape,
            output_shape=output,
            reach=arrival.reach[:1],
            step=arrival.step[:1],
            multiply_adds=length * sum(part.multiply_adds for part in body),
            parameters=sum(part.parameters for part in body),
            activation_bytes=length * sum(part.activation_bytes for part in body),
            body=body,
        )

    def check(self, block: Block, arrived: Shape, body: tuple[Layer, ...], shortcut: tuple[Layer, ...]) -> None:
        """What is added or multiplied must have one shape (scale also takes one value a channel)."""
        made = body[-1].output_shape
        other = shortcut[-1].output_shape if shortcut else arrived
        if block.kind == "skip" and made != other:
            raise UsageError(
                "skip adds two equal shapes",
                got=f"{_text(other)} beside {_text(made)}",
                fix="keep features, size and stride, or give the shortcut a layer: skip(a | conv 64 1x1 /2)",
            )
        if block.kind == "scale" and made not in (arrived, arrived[:1]):
            raise UsageError(
                "scale multiplies by the same shape or one value a channel",
                got=f"{_text(arrived)} times {_text(made)}",
                fix=f"end the brackets with dense {arrived[0]}",
            )


def _expect_sane(output: Shape, step: tuple[float, ...]) -> None:
    """Refuse what no machine can hold, before its numbers leave the range of floats."""
    if math.prod(output) > LARGEST or max(step, default=0) > LARGEST:
        raise UsageError(
            f"a layer makes at most {LARGEST:,} values, their fields at most as far apart",
            got=f"{_text(output)}, step {max(step, default=0):g}",
            fix="upsample or stride less",
        )


def _at_all(steps: tuple[Step | Block, ...], span: Span) -> tuple[Step | Block, ...]:
    return tuple(_at(step, span) for step in steps)


def _settle(operation: Operation, shape: Shape, *, bias: bool) -> Operation:
    """Write out what the words left open: sizes a dimension, and no bias where batchnorm follows and has its own."""
    if isinstance(operation, Conv):
        return replace(operation, bias=bias if operation.bias is None else operation.bias).resolve(shape)
    if isinstance(operation, MaxPool | AvgPool):
        return operation.resolve(shape)
    if isinstance(operation, Dense) and operation.bias is None:
        return replace(operation, bias=bias)
    return operation


def _with_least_size(error: NotationError, tree: Architecture, shape: Shape) -> NotationError:
    """Add the least input size that the line accepts, where a larger input is the cure."""
    dims = len(shape) - 1

    def accepts(n: int) -> bool:
        try:
            return bool(_plan_whole(tree, (shape[0], *(max(n, size) for size in shape[1:])), None))
        except NotationError:
            return False

    if "must fit into" not in error.rule or not accepts(LARGEST_INPUT):
        return error
    low, high = 0, LARGEST_INPUT  # refused, accepted
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if accepts(middle) else (middle, high)
    least = "x".join([str(high)] * dims)
    head, _, lines = str(error).partition("\n")
    error.args = (f"{head}, or raise the input size to at least {least}\n{lines}",)
    return error


def _text(shape: Shape) -> str:
    return "x".join(map(str, shape))
