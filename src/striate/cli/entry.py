"""Where a command line begins and ends: whatever was typed or read that cannot work becomes one message."""

import atexit
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

import typer

from striate.cli.output import FAULT, fail
from striate.cli.table import app
from striate.errors import StriateError
from striate.runtime import clock

INTERRUPTED = 130  # exit code after Ctrl-C, as shells have it

TYPED_WRONG: Any = typer.BadParameter.__mro__[2]  # ClickException, under whichever name this Typer carries Click


def start() -> NoReturn:
    """Run the command line and leave at once: taking apart what PyTorch has loaded would cost up to a second more."""
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    with suppress(OSError):  # a reader that went away, a full disk: said already
        sys.stdout.flush()
        sys.stderr.flush()
    atexit._run_exitfuncs()
    os._exit(code if isinstance(code, int) else FAULT)


def main() -> None:
    """Run the command line; whatever was typed or read that cannot work becomes one message and exit code 2."""
    clock.begin()
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except StriateError as error:
        fail(str(error), {"rule": error.rule, "got": error.got, "fix": error.fix})
    except TYPED_WRONG as error:
        details = {"rule": "commands and options must be those that --help lists"}
        fail(error.format_message(), details, shown=error.show)
    except BrokenPipeError:  # the reader of our output went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        got = f"{error.strerror or error} for {error.filename or 'standard output or a file'}"
        rule, fix = "files must be readable and writable, with room on the disk", "mend that and type the command again"
        fail(f"{rule}, got {got}; {fix}", {"rule": rule, "got": got, "fix": fix})
    except MemoryError as error:
        rule, fix = "network and pictures must fit into memory", "use a smaller network, --size or batch"
        fail(f"{rule}, got {error or 'more'}; {fix}", {"rule": rule, "got": str(error), "fix": fix})
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted; the same command goes on from the last checkpoint, if there is one", err=True)
        sys.exit(INTERRUPTED)
