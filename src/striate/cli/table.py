"""The table of commands. A new command is one function in a file beside this one, and one line here."""

from typing import Annotated

import typer

from striate import __version__
from striate.cli.cache import cache
from striate.cli.inside import architecture, explain, learn
from striate.cli.judge import predict, test
from striate.cli.page import serve
from striate.cli.train import check, demo, report, train

COMMANDS = (demo, train, test, predict, explain, learn, serve, report, architecture, check, cache)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"striate {__version__}")
        raise typer.Exit


def striate(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train a convolutional network on your own pictures, see what it is worth, and use it.

    Start with `striate demo`, then `striate train FOLDER`, where FOLDER holds one folder of pictures a class.
    """


def make_app() -> typer.Typer:
    """Make the command line of the table."""
    made = typer.Typer(
        name="striate",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(striate)
    for command in COMMANDS:
        made.command()(command)
    return made


app = make_app()
