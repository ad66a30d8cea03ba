"""The table of layer names: which operation each name's words stand for. A new layer is one line here."""

from collections.abc import Callable

from striate.errors import ShapeError, UsageError
from striate.notation.operations import (
    Activation,
    ActivationKind,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Embed,
    FilterKind,
    FixedFilter,
    Flatten,
    GlobalPool,
    GroupNorm,
    MaxPool,
    Operation,
    Upsample,
)
from striate.notation.recurrent import Columns, Recurrent, RecurrentKind
from striate.notation.words import Words, read_words

Reader = Callable[[tuple[str, ...]], Operation]


def _only(words: Words) -> str:
    """Give the one flag of a layer whose flags exclude each other, "" where none was written."""
    if len(words.flags) > 1:
        raise UsageError(f"these words of {words.name} exclude each other", got=" ".join(words.flags), fix="remove one")
    return words.flags[0] if words.flags else ""


def _bias(words: Words) -> bool | None:
    return {"bias": True, "nobias": False}.get(_only(words))


def _read_conv(words: tuple[str, ...]) -> Conv:
    found = read_words(
        words, numbers=1, options=("kernel", "stride", "pad", "dilate", "groups"), flags=("bias", "nobias")
    )
    features = found.count(0, "a number of features", "conv 16 3x3")
    return _conv(found, features, example="conv 16 3x3")


def _read_depthwise(words: tuple[str, ...]) -> Conv:
    found = read_words(words, numbers=0, options=("kernel", "stride", "pad", "dilate"), flags=("bias", "nobias"))
    return _conv(found, 0, example="depthwise 3x3")


def _conv(found: Words, features: int, *, example: str) -> Conv:
    if not found.kernel:
        raise ShapeError(f"{found.name} needs a kernel size", got="none", fix=f"write {example}")
    options = found.options
    pad, dilate, groups = options.get("pad", (0,)), options.get("dilate", (1,)), options.get("groups", (1,))[0]
    return Conv(features, found.kernel, found.stride or (1,), pad, dilate, groups, _bias(found))


def _read_maxpool(words: tuple[str, ...]) -> MaxPool:
    found = read_words(words, numbers=0, options=("kernel", "stride", "pad", "dilate"), flags=("ceil",))
    size = _window(found)
    pad, dilate = found.options.get("pad", (0,)), found.options.get("dilate", (1,))
    return MaxPool(size, found.stride, pad, dilate, "ceil" in found.flags)


def _read_avgpool(words: tuple[str, ...]) -> AvgPool:
    found = read_words(words, numbers=0, options=("kernel", "stride", "pad"), flags=("ceil", "count_padding"))
    pad = found.options.get("pad", (0,))
    return AvgPool(_window(found), found.stride, pad, "ceil" in found.flags, "count_padding" in found.flags)


def _window(found: Words) -> tuple[int, ...]:
    if not found.kernel:
        raise ShapeError(f"{found.name} needs a window size", got="none", fix=f"write {found.name} 2")
    return found.kernel


def _read_globalpool(words: tuple[str, ...]) -> GlobalPool:
    found = read_words(words, numbers=0, flags=("avg", "max"))
    return GlobalPool("max" if _only(found) == "max" else "avg")


def _read_activation(words: tuple[str, ...]) -> Activation:
    found = read_words(words, numbers=1 if words[0] == "leaky" else 0)
    kinds: dict[str, ActivationKind] = {k: k for k in ("relu", "leaky", "sigmoid", "tanh", "gelu", "silu")}
    return Activation(kinds[words[0]], found.numbers[0] if found.numbers else 0.01)


def _read_filter(words: tuple[str, ...]) -> FixedFilter:
    read_words(words, numbers=0)
    kinds: dict[str, FilterKind] = {k: k for k in ("edge", "blur", "sharpen")}
    return FixedFilter(kinds[words[0]])


def _read_dense(words: tuple[str, ...]) -> Dense:
    found = read_words(words, numbers=1, flags=("bias", "nobias"))
    return Dense(found.count(0, "a number of units", "dense 120"), _bias(found))


def _read_dropout(words: tuple[str, ...]) -> Dropout:
    found = read_words(words, numbers=1)
    rate = found.numbers[0] if found.numbers else 0.5
    if not 0 <= rate < 1:
        raise ShapeError("0 <= rate < 1 must hold for dropout", got=f"{rate:g}", fix="write dropout 0.5")
    return Dropout(rate)


def _read_embed(words: tuple[str, ...]) -> Embed:
    return Embed(read_words(words, numbers=1).count(0, "a number of features", "embed 64"))


def _read_groupnorm(words: tuple[str, ...]) -> GroupNorm:
    return GroupNorm(read_words(words, numbers=1).count(0, "a number of groups", "groupnorm 8"))


def _read_upsample(words: tuple[str, ...]) -> Upsample:
    found = read_words(words, numbers=1, flags=("nearest", "bilinear"))
    return Upsample(found.count(0, "a factor", "upsample 2"), "bilinear" if _only(found) == "bilinear" else "nearest")


def _read_bare(operation: Operation) -> Callable[[tuple[str, ...]], Operation]:
    def read(words: tuple[str, ...]) -> Operation:
        read_words(words, numbers=0)
        return operation

    return read


def _read_recurrent(words: tuple[str, ...]) -> Recurrent:
    found = read_words(words, numbers=1, flags=("both",))
    kinds: dict[str, RecurrentKind] = {k: k for k in ("rnn", "gru", "lstm")}
    units = found.count(0, "a number of units", f"{words[0]} 64")
    return Recurrent(kinds[words[0]], units, both="both" in found.flags)


OPERATIONS: dict[str, Reader] = {
    "conv": _read_conv,
    "depthwise": _read_depthwise,
    "relu": _read_activation,
    "leaky": _read_activation,
    "sigmoid": _read_activation,
    "tanh": _read_activation,
    "gelu": _read_activation,
    "silu": _read_activation,
    "maxpool": _read_maxpool,
    "avgpool": _read_avgpool,
    "globalpool": _read_globalpool,
    "batchnorm": _read_bare(BatchNorm()),
    "groupnorm": _read_groupnorm,
    "dropout": _read_dropout,
    "embed": _read_embed,
    "dense": _read_dense,
    "flatten": _read_bare(Flatten()),
    "upsample": _read_upsample,
    "columns": _read_bare(Columns()),
    "rnn": _read_recurrent,
    "gru": _read_recurrent,
    "lstm": _read_recurrent,
    "edge": _read_filter,
    "blur": _read_filter,
    "sharpen": _read_filter,
}
