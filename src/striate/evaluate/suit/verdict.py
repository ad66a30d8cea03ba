"""From the figures of the suit test to its verdict, in words.

The thresholds were set by hand after single runs over all sets of benchmarks/suit.py, the named ones among them: SHAKEN
was lowered from 5 to 3 because digits, at 3.4, was refused. Its figures there are no independent test of them.
"""

import math
from typing import Literal

from striate.records.suit import Agreement, Permuted, Verdict

LEAST_GAIN = 0.05  # of the metric, that the 99.9 % interval must lie above
SURPRISE = 4.0  # standard deviations by which the true order must stand out from other ones
SMOOTH = 9.0  # the same of the agreement of neighbours, against any order ...
SHAKEN = 3.0  # ... and against near ones, which leave groups of like columns together
FEW = 40  # examples, below which only smoothness can be told
ABOVE_CHANCE = 0.05  # of what is left to learn: below it nobody has learned anything ...
ERRORS = 3.3  # ... nor within so many standard errors of chance


def judge(
    *,
    n: int,
    table: bool,
    score: float,
    chance: float,
    metric: Literal["accuracy", "R2"],
    permuted: tuple[Permuted, ...],
    agreement: Agreement,
    baselines: dict[str, float],
) -> tuple[Verdict, str]:
    """Give the verdict and its reason in one sentence."""
    by_order = {each.order: each for each in permuted}
    mixed = f"{metric} {score:.3f} as it is, {by_order['any'].score:.3f} in random orders"
    if is_smooth(agreement):
        return "suited", tell_smooth(agreement)
    if by_order["any"].surprise >= SURPRISE and all(by_order[order].gain.low > LEAST_GAIN for order in ("any", "near")):
        return "suited", f"the order carries information: {mixed}"
    best = max((score, *(each.score for each in permuted), *baselines.values()))
    if not table and (n < FEW or best < chance + _margin(chance, n, metric)):
        why = f"{n} examples are too few" if n < FEW else f"no method does better than chance ({chance:.3f})"
        return "unclear", f"whether the order carries information cannot be told: {why}"
    return "unsuited", f"the order carries no information that a convolution could use: {mixed}"


def is_smooth(agreement: Agreement) -> bool:
    """Say whether neighbours agree so much more than in other orders that no network needs to be asked."""
    return agreement.surprise >= SMOOTH and agreement.shaken_surprise >= SHAKEN


def tell_smooth(agreement: Agreement) -> str:
    """Say that neighbours agree, and how much."""
    figures = f"correlation {agreement.neighbours:.2f}, in random orders {agreement.strangers:.2f}"
    return f"the order means something: neighbours agree ({figures})"


def _margin(chance: float, n: int, metric: Literal["accuracy", "R2"]) -> float:
    """Give how far above chance the best of several methods must be to have learned anything."""
    errors = ERRORS * math.sqrt(chance * (1 - chance) / n) if metric == "accuracy" else 0.0
    return max(ABOVE_CHANCE * (1 - chance), errors)
