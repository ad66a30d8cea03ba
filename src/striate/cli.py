"""The command line: one function a command, its flags read from the signature. Computes nothing itself."""

import atexit
import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from striate import __version__
from striate.errors import StriateError, UsageError
from striate.runtime import clock

if TYPE_CHECKING:
    from rich.console import Console

FAULT = 2  # exit code: something that was typed or read cannot work
INTERRUPTED = 130  # exit code after Ctrl-C, as shells have it

TYPED_WRONG: Any = typer.BadParameter.__mro__[2]  # ClickException, under whichever name this Typer carries Click

app = typer.Typer(
    name="striate",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON record on standard output.")]
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A folder of class folders, a CSV with path and label, a folder of IDX files, .npz or .npy arrays.",
    ),
]
ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file (.safetensors), or a run folder.")]
Size = Annotated[
    str | None,
    typer.Option(metavar="HxW", help="Picture size the network sees, such as 64 or 48x64. [default: by data]"),
]
Route = Annotated[
    str, typer.Option(help="How it is computed, such as torch-nhwc-float32-2; auto: the fastest, by measurement.")
]
Seed = Annotated[int, typer.Option(min=0, help="Decides splits, first weights, order and augmentation.")]


class Form(StrEnum):
    """How predictions are printed."""

    text = "text"
    lines = "lines"
    csv = "csv"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"striate {__version__}")
        raise typer.Exit


@app.callback()
def striate(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train a convolutional network on your own pictures, see what it is worth, and use it.

    Start with `striate demo`, then `striate train FOLDER`, where FOLDER holds one folder of pictures a class.
    """


@app.command()
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
    _show(finished, "terminal.show_run", as_json=json_)
    if not json_:
        typer.echo(f"see inside: {shlex.join([sys.argv[0], 'serve', finished.run])}")


@app.command()
def train(
    data: Data,
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
    json_: Json = False,
) -> None:
    """Train a network on labelled pictures, judge it on a test split it never saw, and write a report.

    The same command on an unfinished run goes on where it was. Ctrl-C leaves a usable model.
    Recipe keys for --set: epochs, batch, optimizer, rate, schedule, smoothing, flip, shift, rotate, scale and more;
    an unknown one lists them.
    """
    from striate.recipe import read_settings
    from striate.train.run import train as train_network

    settings = read_settings([*(set_ or []), *([] if size is None else [f"size={size}"])])
    finished = train_network(
        data,
        architecture=architecture,
        run=run,
        minutes=minutes,
        epochs=epochs,
        target=target,
        seed=seed,
        route=route,
        settings=settings,
    )
    _show(finished, "terminal.show_run", as_json=json_)


@app.command()
def test(model: ModelFile, data: Data, json_: Json = False) -> None:
    """Judge a saved model on DATA: its test split, or all of it when it has none and is new to the model.

    DATA that the model was trained on is recognised, and only the test split that was set aside then is judged.
    """
    from striate.evaluate.assess import evaluate
    from striate.predict import load

    _show(evaluate(load(model), data), "terminal.show_assessment", as_json=json_)


@app.command()
def predict(
    model: ModelFile,
    inputs: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Pictures, or folders of pictures.")],
    form: Annotated[
        Form, typer.Option("--format", help="text for people, lines for JSON lines, csv for a table.")
    ] = Form.text,
    engine: Annotated[
        str,
        typer.Option(
            help="auto, torch, native, onnxruntime, openvino, openvino-bf16 or openvino-int8; auto is exact, and"
            " measures which is fastest once there are pictures enough."
        ),
    ] = "auto",
    validation: Annotated[
        str | None, typer.Option(metavar="DATA", help="Labelled data on which openvino-int8 must keep its accuracy.")
    ] = None,
    json_: Json = False,
) -> None:
    """Name the class of each picture, with probabilities."""
    from striate.predict import load
    from striate.records import to_json
    from striate.report.answers import show_answers

    if json_ and form is not Form.text:
        raise UsageError("predictions are printed in one way", got=f"--json and --format {form.value}", fix="drop one")
    loaded = load(model, engine=engine, validation=validation)
    predictions, refusals = loaded.try_predict(inputs)
    for refusal in refusals:
        typer.echo(f"refused: {refusal.name} {refusal.reason}", err=True)
    if json_:
        named = {"model": str(loaded.path), "engine": loaded.route.engine}
        record = {**named, "predictions": to_json(predictions), "refused": to_json(refusals)}
        _print_json(record)
    else:
        show_answers(predictions, loaded.info.classes, form=form.value, stream=sys.stdout)
    if refusals:
        raise typer.Exit(FAULT if not predictions else 0)


@app.command()
def serve(
    model: ModelFile,
    data: Annotated[
        str | None, typer.Option(metavar="DATA", help="Its examples. [default: what it was trained on]")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to answer at; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to answer at; 0 takes any that is free.")] = 8000,
) -> None:
    """Open a page on which every number of the model can be seen, followed and tried out."""
    from striate.serve.run import serve as serve_model

    serve_model(model, data=data, host=host, port=port)


@app.command()
def explain(
    model: ModelFile,
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Pictures.")],
    cell: Annotated[
        str | None, typer.Option(metavar="LAYER:CELL", help="Unfold one cell into its terms, such as conv2:3,4,5.")
    ] = None,
    vote: Annotated[
        str | None, typer.Option(metavar="CLASS", help="What spoke for and against a class, largest first.")
    ] = None,
    gradient: Annotated[
        str | None,
        typer.Option(metavar="TENSOR:INDEX", help="Unfold the slope of the loss, such as conv1.weight:0,0,1,1."),
    ] = None,
    label: Annotated[str | None, typer.Option(metavar="CLASS", help="The true class, for --gradient.")] = None,
    json_: Json = False,
) -> None:
    """See inside: every number of the network on a picture, unfolded, beside what the network computed.

    Layers are named as `striate architecture` counts them: conv1, relu1, maxpool1, conv2, ..., head; further names are
    input and probability.
    """
    from striate.explain.ask import ask_cell, ask_gradient, ask_votes, read_pictures
    from striate.predict import load

    asked = [what for what in (cell, vote, gradient) if what is not None]
    if len(asked) != 1:
        raise UsageError("one question at a time", got=f"{len(asked)} of --cell, --vote, --gradient", fix="give one")
    loaded = load(model)
    fitted = read_pictures(loaded.network, pictures)
    if cell is not None:
        _show(ask_cell(loaded, fitted, cell), "inside.show_cell", as_json=json_)
    elif vote is not None:
        _show(ask_votes(loaded, fitted, vote), "inside.show_votes", as_json=json_)
    elif gradient is not None:
        if label is None:
            raise UsageError("--gradient needs the true class", got="no --label", fix="write --label CLASS")
        _show(ask_gradient(loaded, fitted, gradient, label), "inside.show_gradient", as_json=json_)


@app.command()
def learn(
    letter: Annotated[str, typer.Argument(metavar="[X|O]", help="The letter to look at.")] = "X",
    json_: Json = False,
) -> None:
    """The teaching example: a 9x9 letter, three features, the maps of their matches, pooled and rectified."""
    from striate.explain.lesson import teach

    _show(teach(letter), "inside.show_lesson", as_json=json_)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A finished run folder.")],
    json_: Json = False,
) -> None:
    """Show a finished run again, and write its report.html anew."""
    from striate.report.rebuild import rebuild

    _show(rebuild(run), "terminal.show_run", as_json=json_)


@app.command()
def architecture(
    line: Annotated[str, typer.Argument(metavar="LINE", help="A zoo name or a line of the notation, in quotes.")],
    input_: Annotated[str, typer.Option("--input", metavar="CxHxW", help="Shape of one example.")] = "3x224x224",
    classes: Annotated[int | None, typer.Option(help="Add the head for so many classes. [default: no head]")] = None,
    json_: Json = False,
) -> None:
    """Print every layer with its shape, receptive field, multiply-adds, parameters and memory.

    An architecture is one line, such as "conv 16 3x3 pad 1 > relu > maxpool 2 > residual 32 /2 x2 > globalpool".
    """
    from striate.models.zoo import plan_network
    from striate.records import to_json

    shape = _read_shape(input_)
    if classes is not None and classes < 1:
        raise UsageError("classes must be at least 1", got=str(classes), fix="write --classes 10")
    plan = plan_network(line, shape, outputs=classes)
    if json_:
        totals = {"parameters": plan.parameters, "multiply_adds": plan.multiply_adds}
        _print_json({"line": plan.line, "input": list(shape), **totals, "layers": to_json(plan.layers)})
    else:
        from striate.report.terminal import show_plan

        show_plan(plan, _console())


@app.command()
def check(data: Data, seed: Seed = 0, size: Size = None, json_: Json = False) -> None:
    """Open DATA as training would: what is found, used and refused, and how it is split. Trains nothing."""
    from striate.data.open import open_data
    from striate.train.job import read_size

    _show(open_data(data, size=read_size(size), seed=seed).summary(), "terminal.show_data", as_json=json_)


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
        _fail(str(error), {"rule": error.rule, "got": error.got, "fix": error.fix})
    except TYPED_WRONG as error:
        details = {"rule": "commands and options must be those that --help lists"}
        _fail(error.format_message(), details, shown=error.show)
    except BrokenPipeError:  # the reader of our output went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        got = f"{error.strerror or error} for {error.filename or 'standard output or a file'}"
        rule, fix = "files must be readable and writable, with room on the disk", "mend that and type the command again"
        _fail(f"{rule}, got {got}; {fix}", {"rule": rule, "got": got, "fix": fix})
    except MemoryError as error:
        rule, fix = "network and pictures must fit into memory", "use a smaller network, --size or batch"
        _fail(f"{rule}, got {error or 'more'}; {fix}", {"rule": rule, "got": str(error), "fix": fix})
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted; the same command goes on from the last checkpoint, if there is one", err=True)
        sys.exit(INTERRUPTED)


def _fail(message: str, details: dict[str, str], *, shown: Callable[[], None] | None = None) -> NoReturn:
    """Say what cannot work on standard error, with --json also as the one record on standard output, and leave."""
    if shown is None:
        typer.echo(f"error: {message}", err=True)
    else:
        shown()
    if "--json" in sys.argv:
        with suppress(OSError):  # standard output itself may be what is full
            _print_json({"error": {"message": message, **details}})
            sys.stdout.flush()
    sys.exit(FAULT)


def _show(record: Any, view: str, *, as_json: bool) -> None:
    """Print a record as JSON, or let `view`, a function of a module of report, draw it in the terminal."""
    if as_json:
        from striate.records import to_json

        _print_json(to_json(record))
    else:
        module, _, draw = view.partition(".")
        getattr(import_module(f"striate.report.{module}"), draw)(record, _console())


def _print_json(record: Any) -> None:
    typer.echo(json.dumps(record, allow_nan=False))


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False)


def _read_shape(text: str) -> tuple[int, ...]:
    parts = text.lower().split("x")
    if not 2 <= len(parts) <= 4 or not all(re.fullmatch(r"[1-9][0-9]{0,5}", part) for part in parts):
        raise UsageError("an input is CHANNELSxSIZES", got=text, fix="write --input 3x224x224, or 1x16000 for a signal")
    return tuple(int(part) for part in parts)
