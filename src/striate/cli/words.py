"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

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
