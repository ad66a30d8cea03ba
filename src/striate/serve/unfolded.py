"""A cell's arithmetic as the page lays it out: terms by the map they come from, the way to the pixels, what follows."""

from dataclasses import dataclass
from itertools import groupby

from striate.explain.field import receptive_field
from striate.explain.trace import PROBABILITY, trace, trace_votes
from striate.explain.wiring import wire
from striate.notation import Activation, BatchNorm, Dropout, GroupNorm
from striate.records import Field, Term, Trace, Vote, Votes
from striate.serve.look import Look

GROUPS = 6  # maps whose terms are told one by one, those that add most
TERMS = 1024  # told one by one of a group
VOTES = 24  # told one by one
POINTWISE = (Activation, BatchNorm, GroupNorm, Dropout)  # what follows a sum, cell by cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The terms that come from one map (or, where there are no maps, from one layer), and what they add up to.

    `rows` and `columns` are those of the patch; 0 where the terms lie in no grid. `low` and `high` bound the part of
    the patch that lies on the map, [low, high); `left_out` terms are in the total but not told.
    """

    source: str
    channel: int
    total: float
    rows: int
    columns: int
    low: tuple[int, ...]
    high: tuple[int, ...]
    terms: tuple[Term, ...]
    left_out: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What a layer that works cell by cell makes of the cell next."""

    layer: str
    text: str
    rule: str
    cell: tuple[int, ...]
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CellView:
    """One cell: the whole rule with its value, the groups that add most, the sum of all other groups, and the way on.

    `sum` adds up all products; `rest` those of the `others` groups that are not told. `shape` is (C, *place) of the
    layer, `sources` those of the layers read.
    """

    layer: str
    text: str
    rule: str
    cell: tuple[int, ...]
    shape: tuple[int, ...]
    constants: dict[str, float]
    terms: int
    sum: float
    value: float
    network: float
    difference: float
    groups: tuple[Group, ...]
    others: int
    rest: float
    field: Field
    then: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class VotesView:
    """What spoke for and against a class, the `others` votes that are not told summed up in `rest`.

    `rival` is the class nearest to it, `silenced` the fewest voters, largest lead first, without which the rival would
    win (or, for a class that did not win, without whose rivals' lead it would); empty where none would do.
    """

    votes: Votes
    k: int
    source_shape: tuple[int, ...]
    others: int
    rest: float
    rival: str
    margin: float
    silenced: tuple[Vote, ...]


def view_cell(look: Look, layer: str, cell: tuple[int, ...]) -> CellView:
    """Unfold a cell of a layer, or of `probability`; raises UsageError with the valid range."""
    whole = trace(look.observation, layer, cell)
    groups = _group(look, whole)
    told = groups[:GROUPS]
    shape = look.observation.maps[layer].shape[1:] if layer != PROBABILITY else look.observation.logits.shape[1:]
    return CellView(
        layer=whole.layer,
        text=whole.text,
        rule=whole.rule,
        cell=whole.cell,
        shape=tuple(shape),
        constants=whole.constants,
        terms=len(whole.terms),
        sum=sum(term.product for term in whole.terms),
        value=whole.value,
        network=whole.network,
        difference=whole.difference,
        groups=tuple(told),
        others=len(groups) - len(told),
        rest=sum(group.total for group in groups[GROUPS:]),
        field=_field(look, layer, cell),
        then=() if layer == PROBABILITY else tuple(_follow(look, layer, cell)),
    )


def view_votes(look: Look, k: int | None, classes: tuple[str, ...]) -> VotesView:
    """Say what spoke for and against class k (the answer), and what its lead over its nearest rival rests on."""
    k = look.answer if k is None else k
    votes = trace_votes(look.observation, k, classes)
    logits = look.observation.logits[0].tolist()
    rivals = sorted((j for j in range(len(classes)) if j != k), key=lambda j: -logits[j])
    rival = rivals[0] if rivals else k
    other = trace_votes(look.observation, rival, classes)
    margin = votes.total - other.total
    told = tuple(vote for vote in votes.votes if vote.total)[:VOTES]
    return VotesView(
        votes=Votes(
            label=votes.label,
            votes=told,
            bias=votes.bias,
            total=votes.total,
            probability=votes.probability,
            difference=votes.difference,
        ),
        k=k,
        source_shape=tuple(look.observation.maps[votes.votes[0].source].shape[1:]),
        others=len(votes.votes) - len(told),
        rest=sum(vote.total for vote in votes.votes[len(told) :]),
        rival=classes[rival],
        margin=margin,
        silenced=_silence(votes, other, margin),
    )


def _silence(votes: Votes, other: Votes, margin: float) -> tuple[Vote, ...]:
    """Take away the voters with the largest lead one by one until the lead is gone; () where it never is."""
    against = {vote.channel: vote.total for vote in other.votes}
    sign = 1 if margin >= 0 else -1
    leads = [
        Vote(source=vote.source, channel=vote.channel, total=vote.total - against[vote.channel]) for vote in votes.votes
    ]
    taken: list[Vote] = []
    for vote in sorted(leads, key=lambda vote: -sign * vote.total):
        if sign * vote.total <= 0:
            break
        taken.append(vote)
        margin -= vote.total
        if sign * margin < 0:
            return tuple(taken)
    return ()


def _field(look: Look, layer: str, cell: tuple[int, ...]) -> Field:
    plan = look.observation.network.plan
    if layer == PROBABILITY:
        return receptive_field(plan, plan.layers[-1].name, ())
    return receptive_field(plan, layer, cell[1:])


def _group(look: Look, whole: Trace) -> list[Group]:
    """Sort terms by the map they come from, the maps that add most first; values without a place form one group."""

    def key(term: Term) -> tuple[str, int]:
        shape = look.observation.maps[term.source].shape[2:] if term.source in look.observation.maps else (1,)
        return term.source, term.cell[0] if len(shape) else -1

    parts = groupby(sorted(whole.terms, key=key), key)
    return sorted((_sum(look, *one[0], list(one[1])) for one in parts), key=lambda group: -abs(group.total))


def _sum(look: Look, source: str, channel: int, terms: list[Term]) -> Group:
    flat = channel == -1
    total = sum(term.product for term in terms)
    if flat:
        terms = sorted(terms, key=lambda term: -abs(term.product))
    rows, columns = (0, 0) if flat else (len({t.cell[1] for t in terms}), len({t.cell[-1] for t in terms}))
    size = tuple(look.observation.maps[source].shape[2:]) if source in look.observation.maps else (1, 1)
    places = [term.cell[1:] for term in terms] if not flat else [()]
    inside = [place for place in places if all(0 <= at < n for at, n in zip(place, size, strict=False))] or places
    return Group(
        source=source,
        channel=channel,
        total=total,
        rows=rows,
        columns=columns,
        low=tuple(min(axis) for axis in zip(*inside, strict=True)),
        high=tuple(max(axis) + 1 for axis in zip(*inside, strict=True)),
        terms=tuple(terms[:TERMS]),
        left_out=max(0, len(terms) - TERMS),
    )


def _follow(look: Look, layer: str, cell: tuple[int, ...]) -> list[Step]:
    """Follow the cell through the layers after it that work cell by cell."""
    steps: list[Step] = []
    table = wire(look.observation.network.plan)
    at = layer
    while True:
        readers = [name for name, one in table.items() if at in one.sources]
        if len(readers) != 1 or not isinstance(table[readers[0]].layer.operation, POINTWISE):
            return steps
        (at,) = readers
        made = trace(look.observation, at, cell)
        steps.append(Step(layer=at, text=made.text, rule=made.rule, cell=cell, value=made.value))
