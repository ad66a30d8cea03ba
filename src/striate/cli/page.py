"""The command that opens the page of a model."""

from typing import Annotated

import typer

from striate.cli.words import ModelFile


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
