"""The interval behind every figure: a share of n examples with its 95 % interval."""

import math
from dataclasses import dataclass

Z95 = 1.959963984540054  # the normal quantile that leaves 2.5 % on each side


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A figure with its 95 % interval [low, high] and the number n of examples behind it."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{100 * self.value:.2f} % [{100 * self.low:.2f}, {100 * self.high:.2f}] (n={self.n:,})"


def share(right: int, n: int) -> Interval:
    """Give the share right / n with its Wilson score interval (Wilson 1927); n = 0 gives not-a-number in [0, 1].

    Holds its 95 % also near 0 and 1, where value +- 1.96 standard errors leaves the range.

    >>> print(share(99, 100))
    99.00 % [94.55, 99.82] (n=100)
    """
    if n == 0:
        return Interval(value=math.nan, low=0.0, high=1.0, n=0)
    p, z2 = right / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if right == 0 else max(0.0, centre - half)
    high = 1.0 if right == n else min(1.0, centre + half)
    return Interval(value=p, low=low, high=high, n=n)
