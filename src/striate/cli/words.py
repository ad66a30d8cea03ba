"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON record on standard output.")]
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A folder of class folders, a table with path and label (CSV, Parquet, JSON lines), IDX files, .npz or"
        " .npy arrays; or an archive (.zip, .tar.gz) or address (https://, s3://) of one.",
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
Task = Annotated[
    str | None,
    typer.Option(
        help="What to learn: classification, multilabel, regression, segmentation, detection or transcription."
        " [default: what the labels look like]"
    ),
]
Format = Annotated[
    str | None,
    typer.Option(help="What DATA is, such as folders, csv or idx, where that is ambiguous. [default: by its content]"),
]
Labels = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The column or array of labels; several columns as a,b. [default: usual names]"),
]
Images = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The column of paths or texts, or the array of pictures. [default: usual names]"),
]
Group = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The column whose values (a patient, a speaker) must each stay in one split."),
]
