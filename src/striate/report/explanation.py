"""Explanations in the terminal and as one HTML file: answer, votes, the maps of each layer, which pixels spoke."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from rich.columns import Columns
from rich.console import Console, Group
from rich.text import Text

from striate.errors import RunError
from striate.records import Explanation, Importance, SeenLayer, Votes
from striate.report import number
from striate.report.blocks import draw_map
from striate.report.console import columns, plain, say, show
from striate.report.number import percent
from striate.report.overlay import map_uri, overlay_uri
from striate.report.picture import data_uri
from striate.runtime.files import write_atomically

ANSWERS = 5  # classes told in the terminal
VOTERS = 4  # maps told for, and against
ACROSS, CELLS = 4, 14  # maps of a layer in the terminal, and their cells a side
NAMES = {
    "gradcam": "Grad-CAM",
    "layercam": "LayerCAM",
    "occlusion": "occlusion",
    "integrated_gradients": "integrated gradients",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """A picture by name, as the network sees it (C, H, W) uint8, and why it was answered so."""

    name: str
    picture: NDArray[np.uint8]
    explanation: Explanation


def show_explanation(explained: Explained, console: Console) -> None:
    """Print the essentials: the answer, what spoke for and against it, a few maps of each size, tested maps of why."""
    found = explained.explanation
    say(f"{explained.name}: {found.label}, {percent(found.probability)}", console, "bold")
    ranked = sorted(found.probabilities.items(), key=lambda pair: -pair[1])[1:ANSWERS]
    say("then " + ", ".join(f"{label} {percent(chance)}" for label, chance in ranked), console)
    console.print()
    for votes in found.votes:
        say(tell_votes(votes), console)
    for layer in pick_layers(found.layers):
        console.print()
        say(f"{layer.name}  {'x'.join(map(str, layer.shape))}  {layer.text}", console, "bold")
        console.print(_draw_layer(layer, colour=console.is_terminal))
    _show_importances(found, console)


def tell_votes(votes: Votes) -> str:
    """Say in a line which maps speak most for and against a class."""
    sides = {
        "for": [vote for vote in votes.votes if vote.total > 0],
        "against": [vote for vote in votes.votes if vote.total < 0],
    }
    told = [
        f"{side} " + ", ".join(f"{vote.source} {vote.channel} ({vote.total:+.3g})" for vote in some[:VOTERS])
        for side, some in sides.items()
        if some
    ]
    return f"{votes.label}, {votes.total:.3g} votes: {'; '.join(told)}"


def pick_layers(layers: Sequence[SeenLayer]) -> list[SeenLayer]:
    """Pick the last layer of each size of map, from which the next size is made; blocks stand for their parts."""
    mapped = [layer for layer in layers if len(layer.shape) == 3 and "." not in layer.name]
    return [
        one
        for one, following in zip(mapped, [*mapped[1:], None], strict=True)
        if following is None or following.shape[1:] != one.shape[1:]
    ]


def tell_importance(importance: Importance) -> str:
    """Say how a map was made and whether it stood its tests."""
    verdict = "" if importance.faithfulness.verdict == "passed" else "not to be believed: "
    name = NAMES.get(importance.method, importance.method)
    return (
        f"{name} at {', '.join(importance.layers)}, for {importance.label}: {verdict}{importance.faithfulness.reason}"
    )


def write_explanations(all_explained: Sequence[Explained], path: Path, *, title: str) -> None:
    """Write one HTML file that needs nothing else, whole or not at all; raises RunError where it cannot be written."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": number.percent, "count": number.count}
    environment.globals |= {
        "data_uri": data_uri,
        "map_uri": map_uri,
        "overlay_uri": overlay_uri,
        "tell_votes": tell_votes,
        "tell_importance": tell_importance,
    }
    folder = files("striate.report")
    css = Markup(folder.joinpath("report.css").read_text("utf-8"))  # our own file
    template = environment.from_string(folder.joinpath("explanation.html.jinja").read_text("utf-8"))
    try:
        write_atomically(path, template.render(title=title, css=css, explained=all_explained))
    except OSError as error:
        got = f"{path}: {error.strerror or error}"
        fix = "choose another, or make room"
        raise RunError("a file needs a folder that can be written and has room", got=got, fix=fix) from error


def _draw_layer(layer: SeenLayer, *, colour: bool) -> Columns:
    """Draw the maps that matter most, side by side, on the layer's own scale."""
    largest = max(abs(layer.low), abs(layer.high))
    return Columns(
        [
            Group(
                draw_map(channel.map, largest=largest, colour=colour, widest=CELLS),
                Text(f"map {channel.index}", style="dim"),
            )
            for channel in layer.channels[:ACROSS]
        ],
        padding=(0, 2),
    )


def _show_importances(found: Explanation, console: Console) -> None:
    for importance in found.importances:
        console.print()
        say(tell_importance(importance), console, "bold")
        if importance.faithfulness.verdict == "passed":
            console.print(draw_map(importance.map, colour=console.is_terminal, widest=2 * CELLS))
    rows = columns("map", ">probability as its pixels go", ">as they come back", ">random maps")
    for importance in found.importances:
        told = importance.faithfulness
        if told.deletion:
            rows.add_row(
                plain(NAMES.get(importance.method, importance.method)),
                percent(float(np.mean(told.deletion))),
                percent(float(np.mean(told.insertion))),
                f"{sum(gain < told.gain for gain in told.random_gains)} of {len(told.random_gains)} do worse",
            )
    if rows.row_count:
        show(rows, console)
