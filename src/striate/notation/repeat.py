"""The repeat of a step: how often it stands in a line, and what all but the first leave out."""

import re
from dataclasses import replace

from striate.notation.grammar import Block, Step


def read_repeat(step: Step | Block) -> tuple[int, Step | Block]:
    """Split the repeat off a step: how often, and what."""
    if isinstance(step, Block):
        return (int(step.repeat[1:]), replace(step, repeat="")) if step.repeat else (1, step)
    if len(step.words) > 1 and re.fullmatch(r"x[1-9]\d{0,5}", step.words[-1]):
        return int(step.words[-1][1:]), replace(step, words=step.words[:-1])
    return 1, step


def drop_stride(step: Step | Block) -> Step | Block:
    """Give a step without its stride, which belongs to the first of several."""
    if isinstance(step, Block) or step.words[0] not in ("conv", "depthwise", "residual", "bottleneck"):
        return step
    return replace(step, words=tuple(word for word in step.words if not word.startswith("/")))
