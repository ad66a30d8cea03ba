"""Records of the inside of a network: one cell and the terms that made it, one gradient and its sum."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One value that went into a cell, the weight it was given, and what that adds.

    `cell` (C, *place) lies in the layer `source`; a place outside of the map is padding, whose value is 0. `weight` and
    `product` are not-a-number where the cell is no weighted sum (an activation that bends, the divisor of a softmax).
    """

    source: str
    cell: tuple[int, ...]
    value: float
    weight: float
    product: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """How one cell of one layer came about, computed anew in float64, and what the network computed.

    `rule` says in words how `terms` and `constants` make `value`; `difference` is |value - network| as a share of the
    size of what was added up, so that a sum near 0 of large terms is not blamed for their rounding.
    """

    layer: str
    text: str
    cell: tuple[int, ...]
    rule: str
    terms: tuple[Term, ...]
    constants: dict[str, float]
    value: float
    network: float
    difference: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """Which cells of the network's input can reach one cell: a box [low, high) a dimension, and how many inside it do.

    `reached` is below the box's size where dilated or strided windows leave gaps.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]
    reached: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfolding:
    """A cell and what of the input reaches it; `field` is None for probabilities, which all of it does."""

    trace: Trace
    field: Field | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    """What one feature map (or one unit) of the layer before says for a class: the sum of its products."""

    source: str
    channel: int
    total: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Votes:
    """Everything that spoke for and against one class: `total` = bias + the sum of all votes, largest first.

    `probability` is the softmax of all totals; `difference` as in Trace.
    """

    label: str
    votes: tuple[Vote, ...]
    bias: float
    total: float
    probability: float
    difference: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What one place of one example adds to a gradient: what came back there, times what lay under the weight."""

    example: int
    place: tuple[int, ...]
    returned: float
    value: float
    product: float


@dataclass(frozen=True, kw_only=True, slots=True)
class GradientTrace:
    """The slope of the loss at one weight as the sum over examples and places that it is.

    `shares` are the largest `len(shares)` of `places`; `by_example` sums over all places of each example; `value` is
    the whole sum in float64, `network` what PyTorch's autograd gives.
    """

    layer: str
    parameter: str
    index: tuple[int, ...]
    shares: tuple[Share, ...]
    places: int
    by_example: tuple[float, ...]
    value: float
    network: float
    difference: float


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightStep:
    """The slope of the loss at one weight, and what a first step of the recipe's optimiser would add to the weight.

    `optimizer` names the rule. Rules that look at the whole tensor (muon) or at all gradients (clip) are given them.
    """

    gradient: GradientTrace
    weight: float
    change: float
    optimizer: str
