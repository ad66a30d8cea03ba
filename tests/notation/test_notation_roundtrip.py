"""Text -> architecture -> text and text -> plan -> text are exact, and no text does anything worse than be refused.

Lines are made by grammar: WORDS draws the words of every layer name; `fitting` draws lines that suit a shape.
"""

from collections.abc import Callable
from datetime import timedelta
from math import gcd

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import NotationError
from striate.models.zoo import ZOO
from striate.notation import BatchNorm, leaves, parse, plan
from striate.notation.blocks import BLOCKS
from striate.notation.table import OPERATIONS

Words = st.SearchStrategy[str]
quick = settings(derandomize=True, deadline=timedelta(seconds=3), max_examples=150)

# ---- the words of every layer, in any order that the notation allows

COUNT = st.integers(1, 9999).map(str)
SIZE = st.lists(st.integers(1, 11), min_size=1, max_size=3).map(lambda sizes: "x".join(map(str, sizes)))
PAD = st.lists(st.integers(0, 5), min_size=1, max_size=3).map(lambda sizes: "pad " + "x".join(map(str, sizes)))
STRIDE = SIZE.map(lambda size: f"/{size}")
DILATE = SIZE.map(lambda size: f"dilate {size}")
GROUPS = COUNT.map(lambda count: f"groups {count}")
BIAS = st.sampled_from(["bias", "nobias"])


def words(*first: Words, some: tuple[Words, ...] = ()) -> Words:
    """The words in `first`, then any of `some` in any order."""

    @st.composite
    def draw_words(draw: st.DrawFn) -> str:
        head = [draw(part) for part in first]
        tail = [draw(part) for part in draw(st.permutations(some)) if draw(st.booleans())]
        return " ".join([*head, *tail])

    return draw_words()


def flags(*names: str) -> tuple[Words, ...]:
    return tuple(map(st.just, names))


WORDS: dict[str, Words] = {
    "conv": words(COUNT, SIZE, some=(STRIDE, PAD, DILATE, GROUPS, BIAS)),
    "depthwise": words(SIZE, some=(STRIDE, PAD, DILATE, BIAS)),
    "leaky": words(some=(st.sampled_from(["0.1", "0.2", "1"]),)),
    "maxpool": words(SIZE, some=(STRIDE, PAD, DILATE, *flags("ceil"))),
    "avgpool": words(SIZE, some=(STRIDE, PAD, *flags("ceil", "count_padding"))),
    "globalpool": words(some=(st.sampled_from(["avg", "max"]),)),
    "groupnorm": words(COUNT),
    "dropout": words(some=(st.sampled_from(["0", "0.25", "0.5", "0.999"]),)),
    "dense": words(COUNT, some=(BIAS,)),
    "embed": words(COUNT),
    "upsample": words(COUNT, some=(st.sampled_from(["nearest", "bilinear"]),)),
    "rnn": words(COUNT, some=flags("both")),
    "gru": words(COUNT, some=flags("both")),
    "lstm": words(COUNT, some=flags("both")),
    "residual": words(COUNT, some=(STRIDE,)),
    "bottleneck": words(COUNT, some=(STRIDE,)),
    "squeeze_excite": words(some=(COUNT,)),
} | dict.fromkeys(
    ("relu", "sigmoid", "tanh", "gelu", "silu", "batchnorm", "flatten", "columns", "edge", "blur", "sharpen"),
    words(),
)
REPEAT = st.sampled_from(["", "", "", " x1", " x2", " x17"])


def test_words_covers_every_layer_and_block() -> None:
    assert set(WORDS) == {*OPERATIONS, *BLOCKS}


@pytest.mark.parametrize("name", OPERATIONS)
@settings(quick, max_examples=25)
@given(data=st.data())
def test_words_of_the_grammar_are_understood(name: str, data: st.DataObject) -> None:
    step = tuple(f"{name} {data.draw(WORDS[name])}".split())
    assert OPERATIONS[name](step) == OPERATIONS[name](step)


def step(name: str) -> Words:
    return st.tuples(WORDS[name], REPEAT).map(lambda pair: f"{name} {pair[0]}".strip() + pair[1])


def bracketed(line: Words, *kinds: str) -> Words:
    plain = st.tuples(st.sampled_from(["", "skip", "scale", *kinds]), line, REPEAT).map(
        lambda t: f"{t[0]}({t[1]}){t[2]}"
    )
    shortcut = st.tuples(line, line, REPEAT).map(lambda t: f"skip({t[0]} | {t[1]}){t[2]}")
    return plain | shortcut


LINE = st.recursive(
    st.sampled_from(sorted(WORDS)).flatmap(step),
    lambda inner: bracketed(inner, "frames") | st.lists(inner, min_size=1, max_size=4).map(" > ".join),
    max_leaves=12,
)


@quick
@given(LINE)
def test_text_to_architecture_to_text_is_exact(line: str) -> None:
    tree = parse(line)
    assert str(tree) == line
    assert parse(str(tree)) == tree


@quick
@given(LINE, st.lists(st.sampled_from(["", " ", "  ", "\t", "\n "]), min_size=8, max_size=8))
def test_white_space_is_free(line: str, spaces: list[str]) -> None:
    messy = line
    for sign, (left, right) in zip("()>|", zip(spaces[::2], spaces[1::2], strict=True), strict=True):
        messy = messy.replace(f" {sign} ", sign).replace(sign, left + sign + right)
    assert str(parse(messy)) == line


# ---- lines that fit a shape

ODD = st.sampled_from([1, 3, 5])


def keeping(channels: int) -> dict[str, Words]:
    """Layers that give back the shape they get, whatever its spatial dimensions, and need a map."""
    divisors = st.sampled_from([g for g in range(1, channels + 1) if channels % g == 0])
    same = ODD.flatmap(lambda k: st.sampled_from([1, 2, 3]).map(lambda d: f"{k} pad {d * (k // 2)} dilate {d}"))
    table = {
        "conv": st.tuples(same, divisors).map(lambda t: f"{channels} {t[0]} groups {t[1]}"),
        "depthwise": st.tuples(same, BIAS).map(" ".join),
        "leaky": WORDS["leaky"],
        "maxpool": st.sampled_from(["3 /1 pad 1", "5 pad 2 /1"]),
        "avgpool": st.sampled_from(["3 /1 pad 1", "5 pad 2 count_padding /1"]),
        "groupnorm": divisors.map(str),
        "dropout": WORDS["dropout"],
        "residual": st.just(str(channels)),
        "squeeze_excite": WORDS["squeeze_excite"],
    } | dict.fromkeys(("relu", "sigmoid", "tanh", "gelu", "silu", "batchnorm", "edge", "blur", "sharpen"), st.just(""))
    return table | ({"bottleneck": st.just(str(channels // 4))} if channels % 4 == 0 else {})


@st.composite
def shape_keeping_line(draw: st.DrawFn, channels: int, depth: int = 2) -> str:
    table = keeping(channels)
    steps = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.integers(0, 3)) == 0:
            inner = shape_keeping_line(channels, depth - 1)
            steps.append(draw(bracketed(inner)).replace("x17", "x3"))
        else:
            name = draw(st.sampled_from(sorted(table)))
            steps.append(f"{name} {draw(table[name])}".strip() + draw(REPEAT).replace("x17", "x3"))
    return " > ".join(steps)


CHANGING: tuple[Callable[[int], str], ...] = (  # steps that make `c` channels of any map
    lambda c: f"conv {c} 3 /2 pad 1",
    lambda c: f"conv {c} 5 pad 2 > maxpool 2 pad 1 ceil",
    lambda c: f"residual {c} /2 x2",
    lambda c: f"bottleneck {c} /2 > conv {c} 1",
    lambda c: f"skip(conv {c} 3 /2 pad 1 > relu | conv {c} 1 /2)",
    lambda c: f"upsample 2 bilinear > conv {c} 4 /3 pad 2",
    lambda c: f"conv {c} 1 bias > avgpool 3 /2 pad 2 count_padding",
)
START = "embed 4"
ENDS = ("", " > flatten", " > globalpool", " > globalpool max > dense 7 > relu", " > dense 9 nobias > batchnorm")


@st.composite
def fitting(draw: st.DrawFn) -> tuple[str, tuple[int, ...]]:
    """A line, and a shape that it accepts."""
    shape = tuple(draw(st.lists(st.integers(1, 12), min_size=2, max_size=4)))
    channels, parts = shape[0], []
    if len(shape) == 2 and channels > 1 and draw(st.booleans()):
        channels, parts = 4, [START]
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            parts.append(draw(shape_keeping_line(channels)))
        else:
            channels = draw(st.integers(1, 12))
            parts.append(draw(st.sampled_from(CHANGING))(channels))
    return " > ".join(parts) + draw(st.sampled_from(ENDS)), shape


@quick
@given(fitting())
def test_text_to_plan_to_text_is_exact(line_and_shape: tuple[str, tuple[int, ...]]) -> None:
    line, shape = line_and_shape
    made = plan(line, shape, outputs=10)
    assert str(made) == line
    assert plan(str(made), shape, outputs=10) == made
    assert plan(made.line, shape, outputs=10).layers == made.layers
    assert made.output_shape == (10,)


@quick
@given(fitting())
def test_layers_hang_together(line_and_shape: tuple[str, tuple[int, ...]]) -> None:
    line, shape = line_and_shape
    made = plan(line, shape)
    arrived = shape
    for layer in made.layers:
        assert layer.input_shape == arrived
        arrived = layer.output_shape
        assert all(size >= 1 for size in arrived)
    inner = [leaf for _, leaf in leaves(made.layers)]
    assert made.parameters == sum(leaf.parameters for leaf in inner)
    assert made.multiply_adds == sum(leaf.multiply_adds for leaf in inner)
    names = [name for name, _ in leaves(made.layers)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ZOO)
def test_registered_name_is_printed_as_typed_and_written_out(name: str) -> None:
    shapes = {"textcnn": (90, 12), "signalfcn": (3, 40), "cliprnn": (3, 8, 64, 64), "clipnet": (3, 8, 64, 64)}
    shape = shapes.get(name, (3, 64, 64))
    made = plan(f"({name})", shape, names=ZOO)
    assert str(made) == f"({name})"
    assert made.line == f"({parse(ZOO[name])})"
    assert plan(made.line, shape).layers == made.layers
    assert made.parameters == plan(ZOO[name], shape).parameters


SEQUENTIAL = {"columns", "rnn", "gru", "lstm"}  # need sequences, or make them: tests/layers has lines of them


def test_fitting_lines_reach_every_kind_of_layer() -> None:
    """The strategy is only worth something if it draws all of them; dense, flatten and upsample stand in ENDS etc."""
    drawn = (
        {*keeping(4)}
        | {word for change in CHANGING for word in change(4).split()}
        | {*" ".join([START, *ENDS]).split()}
    )
    assert {*OPERATIONS, *BLOCKS} - SEQUENTIAL <= drawn
    assert plan(CHANGING[0](4) + ENDS[-1], (4, 8)).layers[-1].operation == BatchNorm()
    assert gcd(*(plan(change(6), (2, 9, 9)).output_shape[0] for change in CHANGING)) == 6


# ---- text of any kind

VOCABULARY = [
    *WORDS,
    *"()>|",
    "skip(",
    "scale(",
    "frames(",
    "x2",
    "x0",
    "x999999",
    "3x3",
    "5",
    "0",
    "/2",
    "/0",
    "pad",
    "dilate",
]
VOCABULARY += [
    "frames(",
    "groups",
    "ceil",
    "bias",
    "nobias",
    "max",
    "-1",
    "1e9",
    "9" * 30,
    "0.5",
    "lenet5",
    "é",
    "٣",
    "\x00",
    "x",
]
SCRAPS = st.lists(st.sampled_from(VOCABULARY), max_size=25).map(" ".join)
LETTERS = st.text("()>|/ x0123456789.convmaxpoldegrsuikt\n\t", max_size=60)
CHOPPED = st.tuples(LINE, st.integers(0, 80), st.sampled_from(VOCABULARY)).map(lambda t: t[0][: t[1]] + t[2])


@settings(quick, max_examples=400)
@given(SCRAPS | LETTERS | CHOPPED | st.text(max_size=40), st.sampled_from([(1, 9), (3, 16, 16), (4, 5, 6, 7), (8,)]))
def test_any_text_is_planned_or_refused(text: str, shape: tuple[int, ...]) -> None:
    try:
        made = plan(text, shape, names=ZOO)
    except NotationError as error:
        assert len(str(error).split("\n")) == 3  # the rule, the line, the caret
    else:
        assert plan(str(made), shape, names=ZOO) == made


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 6_000 + "relu" + ")" * 6_000,
        "relu > " * 2_800 + "relu",
        "skip(" * 4_000,
        "x" * 100_000,
        "(" * 30 + "relu" + ") x99999" * 30,
        "(upsample 10000000) x60 > globalpool",  # 10 to the power of 420 cells
        "(conv 1 1 /10000000) x60",  # fields as far apart
        "conv 9999999 9999999 pad 9999999 > (conv 9999999 1) x9000",
        "residual 8 x999999",
        "conv 4 1" + "0" * 5_000,
    ],
    ids=lambda text: text[:24],
)
@settings(quick, max_examples=1)
@given(st.none())
def test_hostile_lines_are_answered_within_the_deadline(text: str, _: None) -> None:
    try:
        plan(text, (1, 8, 8))
    except NotationError:
        return
    assert text.startswith("relu > ")
