"""Commands that look inside: explain, learn, architecture."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from striate.cli.output import console, print_json, show
from striate.cli.words import Json, ModelFile
from striate.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate.predict import Model


def explain(
    model: ModelFile,
    pictures: Annotated[
        list[Path] | None, typer.Argument(metavar="PICTURE...", help="Pictures, or folders of them.")
    ] = None,
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
    unit: Annotated[
        str | None,
        typer.Option(metavar="LAYER:CHANNEL", help="What a feature map looks for, and in the pictures, if any."),
    ] = None,
    label: Annotated[
        str | None, typer.Option(metavar="CLASS", help="The class to explain. [default: the answer]")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="gradcam, layercam, occlusion, integrated_gradients. [default: layercam, and gradcam where it suits]"
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="File to write. [default: explanation.html beside the model]")
    ] = None,
    json_: Json = False,
) -> None:
    """See inside: why the network answers what it does, and every number of it, unfolded and computed anew.

    Without a question: the answer, what spoke for and against it, the maps that mattered, and which pixels did, each
    map with a test that it may fail. Layers are named as `striate architecture` counts them: conv1, relu1, maxpool1,
    conv2, ..., head; --cell also knows input and probability.
    """
    from striate.explain.ask import ask_cell, ask_unit, ask_votes, list_pictures, read_pictures
    from striate.predict import load

    asked = [what for what in (cell, vote, gradient, unit) if what is not None]
    if len(asked) > 1:
        got = f"{len(asked)} of --cell, --vote, --gradient, --unit"
        raise UsageError("one question at a time", got=got, fix="give one")
    if not pictures and unit is None:
        raise UsageError("an answer is explained on a picture", got="none", fix="name one after the model, or a --unit")
    loaded, files = load(model), list_pictures(pictures or [])
    if unit is not None:
        seen = read_pictures(loaded.network, files) if files else None
        show(ask_unit(loaded, seen, unit), "inside.show_unit", as_json=json_)
        return
    fitted = read_pictures(loaded.network, files)
    if cell is not None:
        show(ask_cell(loaded, fitted, cell), "inside.show_cell", as_json=json_)
    elif vote is not None:
        show(ask_votes(loaded, fitted, vote), "inside.show_votes", as_json=json_)
    elif gradient is not None:
        if label is None:
            raise UsageError("--gradient needs the true class", got="no --label", fix="write --label CLASS")
        from striate.train.update import ask_weight

        show(ask_weight(loaded, fitted, gradient, label), "inside.show_step", as_json=json_)
    else:
        _explain(loaded, list(zip(files, fitted.numpy(), strict=True)), method, label, html, json_)


def _explain(
    model: "Model",
    pictures: "list[tuple[Path, NDArray[np.uint8]]]",
    methods: list[str] | None,
    label: str | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Explain each picture, print it, and write one HTML file about all."""
    from striate.explain.explain import explain
    from striate.records import to_json
    from striate.report.explanation import Explained, show_explanation, write_explanations
    from striate.runtime.progress import track

    all_explained = [
        Explained(
            name=str(path),
            picture=picture,
            explanation=explain(model, picture, methods=tuple(methods) if methods else None, label=label),
        )
        for path, picture in track(pictures, "explaining")
    ]
    file = html or model.path.with_name("explanation.html")
    write_explanations(all_explained, file, title=str(model.path))
    if as_json:
        explanations = [{"name": one.name, **to_json(one.explanation)} for one in all_explained]
        print_json({"model": str(model.path), "html": str(file), "explanations": explanations})
        return
    for one in all_explained:
        show_explanation(one, console())
    typer.echo(f"explanation: {file}")


def learn(
    letter: Annotated[str, typer.Argument(metavar="[X|O]", help="The letter to look at.")] = "X",
    json_: Json = False,
) -> None:
    """The teaching example: a 9x9 letter, three features, the maps of their matches, pooled and rectified."""
    from striate.explain.lesson import teach

    show(teach(letter), "inside.show_lesson", as_json=json_)


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
        print_json({"line": plan.line, "input": list(shape), **totals, "layers": to_json(plan.layers)})
    else:
        from striate.report.terminal import show_plan

        show_plan(plan, console())


def _read_shape(text: str) -> tuple[int, ...]:
    parts = text.lower().split("x")
    if not 2 <= len(parts) <= 4 or not all(re.fullmatch(r"[1-9][0-9]{0,5}", part) for part in parts):
        raise UsageError("an input is CHANNELSxSIZES", got=text, fix="write --input 3x224x224, or 1x16000 for a signal")
    return tuple(int(part) for part in parts)
