"""Every refusal says the rule, what was received, what to do, and points at the words that it is about."""

import re
from dataclasses import dataclass

import pytest

from striate.errors import NotationError
from striate.kinds import Modality
from striate.notation import parse, plan

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Bad:
    """A line, the words under the caret, and fragments of the message; `shape` is what it was planned for."""

    line: str
    caret: str
    says: tuple[str, ...]
    shape: Shape = (3, 32, 32)
    modality: Modality | None = None


END = " "  # the caret stands one behind the last character
BAD = [
    # the grammar
    Bad("", END, ("a layer must stand here", "the end of the line", "such as conv 16 3x3")),
    Bad("relu >", END, ("a layer must stand here", "the end of the line")),
    Bad("relu > > relu", ">", ("a layer must stand here", "'>'")),
    Bad("relu | relu", "|", ("brackets must match", "'|'", "remove it")),
    Bad("relu )", ")", ("brackets must match", "nothing opened", "remove it")),
    Bad("(relu", END, ("brackets must match", "the end of the line", "close the bracket")),
    Bad("scale(relu | relu)", "|", ("brackets must match", "'|'")),
    Bad("conv 4 3x3 (relu)", "(", ("brackets follow > or one of skip, scale", "'3x3' before '('", "write >")),
    Bad("(relu) y2", "y2", ("only a repeat may follow a bracket", "y2", "x2 for twice")),
    Bad("(relu) x0", "x0", ("only a repeat may follow a bracket",)),
    Bad("()", ")", ("a layer must stand here",)),
    Bad("(" * 42, "(", ("brackets nest at most 40 deep",)),
    # names
    Bad("cnov 16 3x3 > relu", "cnov 16 3x3", ("a layer must be known", "'cnov'", "did you mean conv?")),
    Bad("relu > Maxpool 2", "Maxpool 2", ("did you mean maxpool",)),
    Bad("relu > lenet x2", "lenet x2", ("a registered name takes no words", "write (lenet) x2")),
    # words
    Bad("conv", "conv", ("conv needs a number of features", "0 number(s)", "write conv 16 3x3")),
    Bad("conv 16", "conv 16", ("conv needs a kernel size", "write conv 16 3x3")),
    Bad("conv 0 3x3", "conv 0 3x3", ("a number of features of conv must be a whole number >= 1", "0")),
    Bad("conv 1.5 3x3", "conv 1.5 3x3", ("whole number", "1.5")),
    Bad("relu > conv 4 3x3 paddd 1", "conv 4 3x3 paddd 1", ("does not know this word", "paddd", "did you mean pad?")),
    Bad("relu 5", "relu 5", ("relu does not know this word", "relu takes no words")),
    Bad("conv 4 3 pad", "conv 4 3 pad", ("pad of conv needs a size", "nothing")),
    Bad("conv 4 3 /0", "conv 4 3 /0", ("sizes of conv must be >= 1",)),
    Bad("conv 4 3 pad 1 pad 2", "conv 4 3 pad 1 pad 2", ("each word of conv may stand once", "pad twice")),
    Bad("conv 4 3 5", "conv 4 3 5", ("may stand once", "kernel twice")),
    Bad("conv 4 3 bias nobias", "conv 4 3 bias nobias", ("exclude each other", "bias nobias", "remove one")),
    Bad("dense 4 nobias bias", "dense 4 nobias bias", ("exclude each other",)),
    Bad("globalpool max avg", "globalpool max avg", ("exclude each other", "max avg")),
    Bad("upsample 2 nearest bilinear", "upsample 2 nearest bilinear", ("exclude each other",)),
    Bad("conv 4 3 groups 1x3", "conv 4 3 groups 1x3", ("groups of conv needs a size", "1x3", "a number such as 2")),
    Bad("conv 99999999 3", "conv 99999999 3", ("at most 10,000,000",)),
    Bad("dropout 1", "dropout 1", ("0 <= rate < 1", "dropout 0.5")),
    Bad("maxpool", "maxpool", ("maxpool needs a window size", "write maxpool 2")),
    Bad("residual", "residual", ("residual needs a number of features", "residual 64")),
    # shapes
    Bad("conv 4 3x3x3", "conv 4 3x3x3", ("one a dimension", "3x3x3 on 2-dimensional data", "write 3 or 3x3")),
    Bad("conv 4 3 groups 2", "conv 4 3 groups 2", ("groups must divide", "3 channels", "use groups 1")),
    Bad("groupnorm 2", "groupnorm 2", ("groups must divide", "use groupnorm 1")),
    Bad("dense 4 > maxpool 2", "maxpool 2", ("maxpool needs a map", "a flat row of 4 values", "before dense")),
    Bad("globalpool > globalpool", "globalpool", ("globalpool needs a map", "a flat row of 3 values")),
    Bad("flatten > edge", "edge", ("edge needs a map",)),
    Bad("maxpool 2 pad 2", "maxpool 2 pad 2", ("pad < window", "pad=2, window=2", "use pad 1 or less")),
    Bad("maxpool 2 /1 pad 3 dilate 4", "maxpool 2 /1 pad 3 dilate 4", ("each window must touch the map",), (1, 2)),
    Bad("skip(conv 4 3 pad 1)", "skip(conv 4 3 pad 1)", ("skip adds two equal shapes", "3x32x32 beside 4x32x32")),
    Bad("skip(relu | conv 4 1) > relu", "skip(relu | conv 4 1)", ("equal shapes", "4x32x32 beside 3x32x32")),
    Bad("relu > scale(dense 7) x2", "scale(dense 7) x2", ("scale multiplies", "3x32x32 times 7", "dense 3")),
    Bad("relu x3 > dense 5 x30000", "dense 5 x30000", ("at most 20,000 layers", "repeat less")),
    Bad("(upsample 10000000) x3", "upsample 10000000", ("at most", "upsample or stride less")),
    # the numbers of words
    Bad("embed", "embed", ("embed needs a number of features", "write embed 64"), (50, 9)),
    Bad("embed 8", "embed 8", ("vocabulary x length", "3x32x32")),
    Bad("embed 8", "embed 8", ("the vocabulary 2 at least", "1x9"), (1, 9)),
    Bad("embed 8 > relu > embed 4", "embed 4", ("embed comes first", "layer 3", "to the front"), (50, 9)),
    Bad("conv 4 3 > embed 4", "embed 4", ("embed comes first", "layer 2"), (50, 9)),
    Bad("skip(embed 50)", "skip(embed 50)", ("skip takes maps", "embed before skip(...)"), (50, 9)),
    Bad("conv 8 3 > relu", "conv 8 3", ("embed on texts", "conv 8 3 on data of kind text"), (50, 9), "text"),
    Bad("lenet > dense 2", "lenet", ("the first layer is embed on texts", "write embed 64 > relu"), (50, 9), "text"),
    Bad("embed 8 > relu", "embed 8", ("nothing else", "of kind signal", "remove it"), (50, 9), "signal"),
    # blocks are pointed at as they were typed
    Bad("relu > bottleneck 8 /2x2x2", "bottleneck 8 /2x2x2", ("2x2x2 on 2-dimensional data",)),
    Bad("dense 5 > squeeze_excite", "squeeze_excite", ("globalpool needs a map",)),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.line[:30] or "empty")
def test_bad_line_is_explained_and_pointed_at(bad: Bad) -> None:
    with pytest.raises(NotationError) as raised:
        plan(bad.line, bad.shape, names={"lenet": "relu"}, modality=bad.modality)
    message, line, caret = str(raised.value).split("\n")
    assert line == f"  {bad.line}"
    for fragment in bad.says:
        assert fragment in message
    assert "; " in message  # what to do
    assert set(caret) == {" ", "^"}
    start, end = caret.index("^"), len(caret)
    assert f"{line} "[start:end] == bad.caret


def test_caret_points_at_the_later_of_two_equal_layers() -> None:
    with pytest.raises(NotationError) as raised:
        plan("globalpool > relu\t> globalpool", (1, 4, 4))
    _, line, caret = str(raised.value).split("\n")
    assert caret.index("^") == line.rindex("globalpool")
    assert "\t" not in line  # else the caret would stand elsewhere on a terminal


def test_line_is_not_too_long() -> None:
    with pytest.raises(NotationError, match=r"at most 20,000 characters, got 20,001; repeat with x2"):
        parse("x" * 20_001)


# (line, shape for which it vanishes, what the message says of the place)
VANISHING = [
    ("maxpool 2 > maxpool 2 > maxpool 2", (1, 4, 4), "a 2x2 window on a 1x1 map"),
    (
        "conv 6 5x5 > relu > maxpool 2 > conv 16 5x5 > relu > maxpool 2 > dense 9",
        (1, 8, 8),
        "a 5x5 window on a 2x2 map",
    ),
    ("conv 4 7 dilate 3", (1, 10), "a 19 window on a 10 map"),
    ("conv 4 3 > (maxpool 2 > relu) x4", (2, 9, 9, 9), "a 2x2x2 window on a 1x1x1 map"),
    ("conv 4 3 /2 > skip(conv 4 3 pad 1 > relu) > avgpool 3", (3, 5, 40), "a 3x3 window on a 2x19 map"),
    ("upsample 2 > conv 1 9", (1, 3, 3), "a 9x9 window on a 6x6 map"),
    ("maxpool 3 /2 ceil > conv 2 4", (1, 4, 4), "a 4x4 window on a 2x2 map"),
]


@pytest.mark.parametrize(("line", "shape", "place"), VANISHING, ids=lambda value: str(value)[:30])
def test_least_size_is_accepted_and_one_less_refused(line: str, shape: Shape, place: str) -> None:
    with pytest.raises(NotationError) as raised:
        plan(line, shape)
    assert place in str(raised.value)
    hint = re.search(r"or raise the input size to at least ([\dx]+)\n", str(raised.value))
    assert hint is not None
    least = [int(size) for size in hint[1].split("x")]
    assert len(least) == len(shape) - 1
    assert plan(line, (shape[0], *least)).layers
    with pytest.raises(NotationError, match="must fit into the padded map"):
        plan(line, (shape[0], *(size - 1 for size in least)))


def test_no_size_is_promised_where_none_helps() -> None:
    with pytest.raises(NotationError) as raised:
        plan("conv 4 3 > globalpool > dense 3 > conv 1 2", (1, 2, 2))
    assert "raise the input size" not in str(raised.value)
