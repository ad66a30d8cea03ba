"""The report of a run: one HTML file that needs nothing else, to read, print, send and keep."""

import json
import os
import shlex
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from markupsafe import Markup

from striate.errors import RunError
from striate.notation import Plan
from striate.records import JSON, Baseline, ImageInput, Interval, NetworkCourse, Run
from striate.report import confusion, course, figure, number, sentence
from striate.report.faces.table import FACES
from striate.report.layer import list_rows
from striate.report.picture import PREFIX, kernel_uri
from striate.report.words import NOUNS
from striate.runtime.files import write_atomically

if TYPE_CHECKING:
    from jinja2 import Template

IN_MEMORY = "arrays in memory"  # the source of data that lies in no file
REFUSALS = 200  # named in the report; catalogue.csv names them all


def write_report(
    run: Run, path: str | os.PathLike[str], *, plan: Plan, inside: NetworkCourse | None = None, command: str = ""
) -> None:
    """Write the report of `run` to `path`, whole or not at all; same records, same bytes.

    `plan` is the plan of its architecture, `inside` what the training did in the network (None: not looked at),
    `command` how to run it again (default: source, architecture and seed).
    Raises RunError where the file cannot be written.
    """
    face, noun = FACES[run.task], NOUNS[run.data.modality]
    html = _read_template().render(
        run=run,
        face=face,
        noun=noun,
        nouns=f"{noun}s",
        counted="Boxes" if run.task == "detection" else f"{noun}s".capitalize(),
        title=PurePath(run.run).name or run.run,
        plan=plan,
        rows=list_rows(plan),
        refusals=run.ledger.refusals[:REFUSALS],
        figures=_draw_figures(run) | _draw_inside(inside),
        inside=inside,
        recipe=_flatten(run.recipe),
        command=command or _command(run),
    )
    try:
        write_atomically(Path(path), html)
    except OSError as error:
        raise RunError(
            "a report needs a folder that can be written and has room",
            got=f"{path}: {error.strerror or error}",
            fix="choose another, or make room",
        ) from error


@cache
def _read_template() -> "Template":
    """Load the template: all text is escaped, an unknown name is an error, style and figures are our own markup."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("striate.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    formats = (number.count, number.scaled, number.percent, number.bounded, number.decimal, number.duration)
    environment.filters |= {write.__name__: write for write in formats}
    environment.globals |= {
        "css": Markup(files("striate.report").joinpath("report.css").read_text("utf-8")),  # our own file
        "confusion": confusion,
        "course": course,
        "sentence": sentence,
        "is_embedded": _is_embedded,
        "kernel_uri": kernel_uri,
    }
    return environment.get_template("report.html.jinja")


def _draw_figures(run: Run) -> dict[str, Markup]:
    """Draw the figures as markup that needs no escaping: Matplotlib has escaped the text in it."""
    face = FACES[run.task]
    bars: list[tuple[str, Interval | Baseline]] = [("the network", run.test.headline), *sentence.named(run.baselines)]
    drawn = {"bars": figure.draw_bars(bars, face.MEASURED), **face.draw(run.test)}
    if run.history:
        drawn["losses"] = figure.draw_losses(run.history, run.best_epoch)
        drawn["score"] = figure.draw_score(run.history, run.best_epoch, run.metric)
    return {name: Markup(svg) for name, svg in drawn.items()}


def _draw_inside(inside: NetworkCourse | None) -> dict[str, Markup]:
    if inside is None:
        return {}
    return {"gradients": Markup(figure.draw_gradients(inside)), "drift": Markup(figure.draw_drift(inside))}


def _is_embedded(picture: str) -> bool:
    """Only pictures that the file itself holds are shown; a record may be a stranger's."""
    return picture.startswith(PREFIX)


def _flatten(settings: dict[str, JSON], prefix: str = "") -> list[tuple[str, str]]:
    """List all settings with their values as text, nested ones with dotted names."""
    pairs = []
    for key, value in settings.items():
        if isinstance(value, dict):
            pairs += _flatten(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            pairs.append((f"{prefix}{key}", text))
    return pairs


def _command(run: Run) -> str:
    """The command that does it again: every choice written out, so that no later default can change it.

    Empty where there is none: for arrays in memory, and where a time budget cut training short.
    """
    route = ["--route", run.machine.route] if run.machine.route else []
    if run.data.format == "xo":
        return shlex.join(["striate", "demo", "--seed", str(run.seed), *route])
    if run.data.source == IN_MEMORY or run.stopped == "minutes":
        return ""
    words = ["striate", "train", run.data.source, "--architecture", run.line]
    words += ["--size", f"{run.input.height}x{run.input.width}"] if isinstance(run.input, ImageInput) else []
    words += ["--seed", str(run.seed)]
    words += ["--epochs", str(run.recipe.get("epochs", len(run.history)))]
    words += ["--target", str(run.target)] if run.target is not None else []
    words += route
    for key, value in run.recipe.items():
        if key not in ("name", "epochs"):
            words += ["--set", f"{key}={_typed(value)}"]
    return shlex.join(words)


def _typed(value: JSON) -> str:
    """A setting as one types it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
