"""The inside of a network in the terminal: a cell and its terms, votes, a gradient, the lesson of the X."""

import math
from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Console, Group
from rich.text import Text

from striate.records import Field, Unfolding, Unit, Votes, WeightStep
from striate.records.lesson import Lesson, Rows
from striate.report.blocks import draw_map
from striate.report.console import columns, plain, say, show
from striate.report.number import count, percent

SHOWN = 12  # terms, votes or shares of one sum that are told one by one
ACROSS, CELLS = 4, 14  # pictures side by side, and their cells a side
Value = float | None


def show_cell(cell: Unfolding, console: Console) -> None:
    """Print how one cell came about: the rule, its largest terms, its constants, the value by both arithmetics."""
    trace, field = cell.trace, cell.field
    say(f"{trace.layer} {_at(trace.cell)} = {_number(trace.network)}   ({trace.text}: {trace.rule})", console, "bold")
    if field is not None:
        say(f"Of the input, {_box(field)} reach it.", console)
    rows = columns("from", ">value", ">weight", ">product")
    ranked = sorted(trace.terms, key=lambda term: -abs(_size(term.product, term.value)))
    for term in ranked[:SHOWN]:
        figures = (term.value, term.weight, term.product)
        rows.add_row(plain(f"{term.source} {_at(term.cell)}"), *map(_number, figures))
    rest = [term.product for term in ranked[SHOWN:]]
    if rest:
        rows.add_row(f"{count(len(rest))} smaller ones", "", "", _number(math.fsum(rest)), style="dim")
    for name, value in trace.constants.items():
        rows.add_row(name, _number(value), "", "", style="dim")
    show(rows, console)
    say(f"In float64 {trace.value:.9g}, the network {trace.network:.9g}: {_apart(trace.difference)}.", console)


def show_votes(votes: Votes, console: Console) -> None:
    """Print what spoke for and against a class, largest first."""
    say(f"{votes.label}: {percent(votes.probability)}, {_number(votes.total)} votes", console, "bold")
    rows = columns("feature map", ">for", ">against")
    for vote in votes.votes[:SHOWN]:
        sides = (_number(vote.total), "") if vote.total >= 0 else ("", _number(-vote.total))
        rows.add_row(plain(f"{vote.source} {vote.channel}"), *sides)
    rest = [vote.total for vote in votes.votes[SHOWN:]]
    if rest:
        rows.add_row(f"{count(len(rest))} smaller ones", _number(math.fsum(rest)), "", style="dim")
    rows.add_row("bias", _number(votes.bias), "", style="dim")
    show(rows, console)
    say(f"Added up anew in float64 it is the network's sum: {_apart(votes.difference)}.", console)


def show_step(step: WeightStep, console: Console) -> None:
    """Print the slope of the loss at one weight, the places that it comes from, and what the optimiser makes of it."""
    trace = step.gradient
    say(
        f"slope of the loss at {trace.layer}.{trace.parameter} {_at(trace.index)}: {trace.network:.6g}", console, "bold"
    )
    rows = columns("example", "place", ">came back", ">lay under", ">product")
    for share in trace.shares[:SHOWN]:
        figures = (share.returned, share.value, share.product)
        rows.add_row(str(share.example), _at(share.place), *map(_number, figures))
    others = trace.places - min(SHOWN, len(trace.shares))
    if others:
        rest = trace.value - math.fsum(share.product for share in trace.shares[:SHOWN])
        rows.add_row(f"{count(others)} more", "", "", "", _number(rest), style="dim")
    show(rows, console)
    say(f"The sum in float64 {trace.value:.9g}, autograd {trace.network:.9g}: {_apart(trace.difference)}.", console)
    say(f"A first step of {step.optimizer} would add {step.change:.4g} to the weight, {step.weight:.4g} now.", console)


def show_unit(unit: Unit, console: Console) -> None:
    """Print what a unit looks for: its kernel, an input made for it, the patches that excite it most."""
    made, colour = unit.dream, console.is_terminal
    say(f"{made.layer} {made.channel}", console, "bold")
    if unit.kernel is not None:
        say(f"It reads {unit.kernel.reads}, most of all:", console)
        maps = [
            Group(draw_map(source.weights, colour=colour), Text(f"{source.channel}: {percent(source.strength)}"))
            for source in unit.kernel.sources[:ACROSS]
        ]
        console.print(Columns(maps, padding=(0, 4)))
    say(f"An input made for it lifts its mean from {made.before:.3g} to {made.after:.3g}:", console)
    console.print(draw_map(_grey(made.picture), largest=0.5, colour=colour, widest=2 * CELLS))
    if unit.patches:
        say("What excites it most in the pictures:", console)
        patches = [
            Group(
                draw_map(_grey(one.patch, white=255), largest=0.5, colour=colour, widest=CELLS),
                Text(f"picture {one.example}: {one.value:.3g}"),
            )
            for one in unit.patches[:ACROSS]
        ]
        console.print(Columns(patches, padding=(0, 4)))


def _grey(picture: Sequence[Sequence[Sequence[float]]], *, white: float = 1.0) -> list[list[float]]:
    """(C, H, W) in [0, white] -> (H, W) in [-0.5, 0.5], the mean of the colours; grey is 0."""
    rows = zip(*picture, strict=True)  # for each row, that of every colour
    return [[math.fsum(values) / (white * len(values)) - 0.5 for values in zip(*row, strict=True)] for row in rows]


def show_lesson(lesson: Lesson, console: Console) -> None:
    """Print the teaching example: the letter, why pixels fail, and for each feature its matches, pooled, rectified."""
    colour = console.is_terminal
    say(f"A 9x9 {lesson.letter}: white is 1, black is -1.", console, "bold")
    console.print(draw_map(lesson.picture, colour=colour))
    say(f"Moved by one pixel it agrees with itself in {percent(lesson.alike)} of the pixels only.", console)
    for filtered in lesson.features:
        console.print()
        say(
            f"Feature: the {filtered.name}. At each place: sum of the products / 9; 1 fits, -1 is inverse.",
            console,
            "bold",
        )
        console.print(draw_map(filtered.feature, colour=colour))
        for what, rows in (
            ("matches", filtered.matches),
            ("the largest of each 2x2 window", filtered.pooled),
            ("of these, what is above 0", filtered.rectified),
        ):
            say(f"{what}:", console, "dim")
            console.print(Columns([_grid(rows), draw_map(rows, largest=1.0, colour=colour)], padding=(0, 4)))


def _grid(rows: Rows) -> Text:
    return Text("\n".join(" ".join(f"{value:5.2f}" for value in row) for row in rows))


def _number(value: Value) -> str:
    """Four significant digits, the same width for like sizes; nothing where there is no number."""
    return "" if value is None or math.isnan(value) else f"{value:.4g}"


def _size(product: float, value: float) -> float:
    return value if math.isnan(product) else product


def _at(cell: Sequence[int]) -> str:
    return ",".join(map(str, cell))


def _box(field: Field) -> str:
    sides = " x ".join(f"{low}..{high - 1}" for low, high in zip(field.low, field.high, strict=True))
    return f"{count(field.reached)} places within {sides}" if field.low else "all places"


def _apart(difference: float) -> str:
    return f"{difference:.1e} of what was added up lies between them" if difference else "no difference"
