"""Commands that train, or look at what training would see or has left: demo, train, report, check."""

import dataclasses
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from striate.cli.output import show
from striate.cli.words import Data, Format, Group, Images, Json, Labels, Route, Seed, Size, Task
from striate.errors import UsageError


def demo(
    run: Annotated[Path | None, typer.Option(help="Folder to write. [default: a new one under runs/]")] = None,
    seed: Seed = 0,
    route: Route = "auto",
    json_: Json = False,
) -> None:
    """Train on X's and O's that are shifted, shrunken, rotated and deformed; judge on 2,000 others; write a report."""
    from striate.data.xo_set import xo_catalogue
    from striate.train.run import train as train_network

    finished = train_network(xo_catalogue(seed=seed), architecture="xo", run=run, seed=seed, route=route)
    show(finished, "terminal.show_run", as_json=json_)
    if not json_:
        typer.echo(f"see inside: {shlex.join([sys.argv[0], 'serve', finished.run])}")


def train(
    data: Data,
    task: Task = None,
    format: Format = None,
    labels: Labels = None,
    images: Images = None,
    group: Group = None,
    allow_refused: Annotated[
        bool, typer.Option("--allow-refused", help="Train although more than 5 % of the examples are refused.")
    ] = False,
    architecture: Annotated[
        str | None,
        typer.Option(
            "--architecture",
            "-a",
            help='A zoo name or a line such as "conv 16 3x3 > relu > maxpool 2". [default: by data and limits]',
        ),
    ] = None,
    run: Annotated[Path | None, typer.Option(help="Folder to write. [default: a new one under runs/]")] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Time for everything, evaluation and report included. [default: no limit]")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training data. [default: by the recipe]")] = None,
    target: Annotated[
        float | None, typer.Option(help="Stop at this validation accuracy, such as 0.95. [default: off]")
    ] = None,
    seed: Seed = 0,
    route: Route = "auto",
    size: Size = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the recipe, such as rate=0.05.")
    ] = None,
    allow_unsuited: Annotated[
        bool, typer.Option("--allow-unsuited", help="Train on numbers even where their order carries no information.")
    ] = False,
    json_: Json = False,
) -> None:
    """Train a network on labelled examples, judge it on a test split it never saw, and write a report.

    What DATA is, and what its labels are for, is told by its content and printed; `striate check DATA` says it
    beforehand, with every file that is refused and why.
    The same command on an unfinished run goes on where it was. Ctrl-C leaves a usable model.
    Recipe keys for --set: epochs, batch, optimizer, rate, schedule, smoothing, flip, shift, rotate, scale and more;
    an unknown one lists them.
    """
    from striate.data.open import open_data
    from striate.data.tolerance import expect_few_refused
    from striate.runtime.allocator import set_up_allocator
    from striate.train.job import read_size
    from striate.train.run import train as train_network

    settings = _read_settings([*(set_ or []), *([] if size is None else [f"size={size}"])])
    set_up_allocator()  # before there are pictures in memory
    catalogue = open_data(
        data,
        task=task,  # type: ignore[arg-type]  # open_data names those that are known
        format=format,
        labels=labels,
        images=images,
        group=group,
        size=read_size(settings.pop("size", None)),
        seed=seed,
    )
    if not allow_refused:
        expect_few_refused(catalogue.source, catalogue.ledger)
    finished = train_network(
        catalogue,
        architecture=architecture,
        run=run,
        minutes=minutes,
        epochs=epochs,
        target=target,
        seed=seed,
        route=route,
        settings=settings,
        allow_unsuited=allow_unsuited,
    )
    show(finished, "terminal.show_run", as_json=json_)


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A finished run folder.")],
    json_: Json = False,
) -> None:
    """Show a finished run again, and write its report.html anew."""
    from striate.report.rebuild import rebuild

    show(rebuild(run), "terminal.show_run", as_json=json_)


def check(
    data: Data,
    task: Task = None,
    format: Format = None,
    labels: Labels = None,
    images: Images = None,
    group: Group = None,
    seed: Seed = 0,
    size: Size = None,
    suit: Annotated[
        bool, typer.Option("--suit", help="Test whether order carries information; always done for plain numbers.")
    ] = False,
    json_: Json = False,
) -> None:
    """Open DATA as training would: what is found, used and refused, and how it is split. Trains no network of yours.

    Tables and arrays of numbers, and with --suit any pictures or signals, are tested for whether a CNN suits them.
    --json gives the whole ledger: every refused example by name with its reason, and everything done to others.
    """
    from striate.data.open import open_data
    from striate.evaluate.suit.expect import is_doubtful, try_catalogue
    from striate.train.job import read_size

    catalogue = open_data(
        data,
        task=task,  # type: ignore[arg-type]  # open_data names those that are known
        format=format,
        labels=labels,
        images=images,
        group=group,
        size=read_size(size),
        seed=seed,
    )
    summary = catalogue.summary()
    if suit or is_doubtful(catalogue):
        summary = dataclasses.replace(summary, suit=try_catalogue(catalogue, seed=seed))
    show(summary, "terminal.show_data", as_json=json_)


def _read_settings(pairs: list[str]) -> dict[str, str]:
    settings: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError("a setting is KEY=VALUE", got=pair, fix=f"write --set {pair}=...")
        if key in settings:
            raise UsageError("each setting may be given once", got=f"{key} twice", fix="remove one")
        settings[key.strip()] = value.strip()
    return settings
