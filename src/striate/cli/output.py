"""What commands print: one record as JSON or as report draws it, or one error, and how they end."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

FAULT = 2  # exit code: something that was typed or read cannot work


def show(record: Any, view: str, *, as_json: bool) -> None:
    """Print a record as JSON, or let `view`, a function of a module of report, draw it in the terminal."""
    if as_json:
        from striate.records import to_json

        print_json(to_json(record))
    else:
        module, _, draw = view.partition(".")
        getattr(import_module(f"striate.report.{module}"), draw)(record, console())


def print_json(record: Any) -> None:
    typer.echo(json.dumps(record, allow_nan=False))


def console() -> "Console":
    from rich.console import Console

    return Console(highlight=False)


def fail(message: str, details: dict[str, str], *, shown: Callable[[], None] | None = None) -> NoReturn:
    """Say what cannot work on standard error, with --json also as the one record on standard output, and leave."""
    if shown is None:
        visible = "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in message)
        typer.echo(f"error: {visible}", err=True)
    else:
        shown()
    if "--json" in sys.argv:
        with suppress(OSError):  # standard output itself may be what is full
            print_json({"error": {"message": message, **details}})
            sys.stdout.flush()
    sys.exit(FAULT)
