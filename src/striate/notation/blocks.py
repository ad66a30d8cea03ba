"""Blocks: names that stand for a stretch of notation which depends on the shape that arrives. One line a block."""

import math
from collections.abc import Callable

from striate.notation.operations import Shape
from striate.notation.words import Words, read_words

Expansion = Callable[[tuple[str, ...], Shape], str]


def _residual(words: tuple[str, ...], shape: Shape) -> str:
    """Two 3-wide convolutions beside a shortcut (He et al. 2016a, fig. 2, option B where the shape changes)."""
    found = read_words(words, numbers=1, options=("stride",))
    features, stride = found.count(0, "a number of features", "residual 64"), _stride(found)
    body = f"conv {features} 3{stride} pad 1 > batchnorm > relu > conv {features} 3 pad 1 > batchnorm"
    return f"skip({body}{_shortcut(found, features, shape)}) > relu"


def _bottleneck(words: tuple[str, ...], shape: Shape) -> str:
    """1, 3 and 1 wide convolutions, the last with 4 times the features (He et al. 2016a, fig. 5; stride as in v1.5)."""
    found = read_words(words, numbers=1, options=("stride",))
    features, stride = found.count(0, "a number of features", "bottleneck 64"), _stride(found)
    body = (
        f"conv {features} 1 > batchnorm > relu > conv {features} 3{stride} pad 1 > batchnorm > relu"
        f" > conv {4 * features} 1 > batchnorm"
    )
    return f"skip({body}{_shortcut(found, 4 * features, shape)}) > relu"


def _squeeze_excite(words: tuple[str, ...], shape: Shape) -> str:
    """Weigh every channel by what all channels say on average (Hu et al. 2018); the number is the reduction, 16."""
    found = read_words(words, numbers=1)
    reduction = found.count(0, "a reduction", "squeeze_excite 16") if found.numbers else 16
    hidden = max(1, shape[0] // reduction)
    return f"scale(globalpool > dense {hidden} > relu > dense {shape[0]} > sigmoid)"


def _stride(found: Words) -> str:
    return f" /{'x'.join(map(str, found.stride))}" if found.stride else ""


def _shortcut(found: Words, features: int, shape: Shape) -> str:
    """Nothing where the input can be added as it is, else a 1-wide convolution that makes it fit."""
    if shape[0] == features and math.prod(found.stride) == 1:
        return ""
    return f" | conv {features} 1{_stride(found)} > batchnorm"


BLOCKS: dict[str, Expansion] = {
    "residual": _residual,
    "bottleneck": _bottleneck,
    "squeeze_excite": _squeeze_excite,
}
