"""Commands that use a trained model: test it, or let it answer."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from striate.cli.output import FAULT, print_json, show
from striate.cli.words import Data, Format, Group, Images, Json, Labels, ModelFile
from striate.errors import UsageError


class Form(StrEnum):
    """How predictions are printed."""

    text = "text"
    lines = "lines"
    csv = "csv"


def test(
    model: ModelFile,
    data: Data,
    format: Format = None,
    labels: Labels = None,
    images: Images = None,
    group: Group = None,
    json_: Json = False,
) -> None:
    """Judge a saved model on DATA: its test split, or all of it when it has none and is new to the model.

    DATA that the model was trained on is recognised, and only the test split that was set aside then is judged.
    """
    from striate.evaluate.assess import evaluate
    from striate.predict import load

    assessment = evaluate(load(model), data, format=format, labels=labels, images=images, group=group)
    show(assessment, "terminal.show_assessment", as_json=json_)


def predict(
    model: ModelFile,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Files, or folders of them; of texts also the texts themselves."),
    ],
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
        print_json(record)
    else:
        show_answers(predictions, loaded.info.classes, task=loaded.info.task, form=form.value, stream=sys.stdout)
    if refusals:
        raise typer.Exit(FAULT if not predictions else 0)
