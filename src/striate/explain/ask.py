"""Questions as they are typed: `conv2:3,4,5` for a cell, a class for its votes."""

from pathlib import Path

import torch
from torch import Tensor

from striate.checkpoint import Loaded
from striate.data.walk import list_files
from striate.errors import DataError, UsageError
from striate.explain.dream import dream
from striate.explain.explain import find_class, read_picture
from striate.explain.field import receptive_field
from striate.explain.filters import kernels
from striate.explain.observe import observe
from striate.explain.seeks import exciting_patches
from striate.explain.trace import PROBABILITY, trace, trace_votes
from striate.explain.wiring import find
from striate.models.network import Network
from striate.notation import Conv
from striate.records import Unfolding, Unit, Votes


def ask_cell(model: Loaded, pictures: Tensor, address: str) -> Unfolding:
    """Unfold the cell at `LAYER:CHANNEL,ROW,COLUMN` that the network makes of the first picture."""
    layer, cell = read_address(address, "--cell conv1:0,4,5")
    found = trace(observe(model.network, pictures[:1]), layer, cell)
    field = None if layer == PROBABILITY else receptive_field(model.network.plan, layer, cell[1:])
    return Unfolding(trace=found, field=field)


def ask_votes(model: Loaded, pictures: Tensor, label: str) -> Votes:
    """Say what spoke for and against a class in the first picture."""
    k = find_class(label, model.info.classes)
    return trace_votes(observe(model.network, pictures[:1]), k, model.info.classes)


def ask_unit(model: Loaded, pictures: Tensor | None, address: str) -> Unit:
    """Say what the channel at `LAYER:CHANNEL` looks for, and which patches of the pictures, if any, excite it most."""
    layer, at = read_address(address, "--unit conv2:3")
    if len(at) != 1:
        raise UsageError("a unit is LAYER:CHANNEL", got=repr(address), fix=f"write {layer}:{at[0]}")
    imagined = dream(model.network, layer, at[0])
    has_kernel = isinstance(find(model.network.plan, layer).layer.operation, Conv)
    found = () if pictures is None else exciting_patches(model.network, pictures.numpy(), layer, at[0])
    kernel = kernels(model.network, layer)[at[0]] if has_kernel else None
    return Unit(dream=imagined, kernel=kernel, patches=found)


def read_address(text: str, example: str) -> tuple[str, tuple[int, ...]]:
    """Split `NAME:1,2,3` into a name and whole numbers; raises UsageError for anything else.

    >>> read_address("conv2:3,4,5", "")
    ('conv2', (3, 4, 5))
    """
    name, colon, numbers = text.partition(":")
    parts = numbers.split(",")
    if not name or not colon or not all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        raise UsageError("a place is NAME:NUMBERS", got=repr(text), fix=f"write {example}")
    return name, tuple(int(part) for part in parts)


def list_pictures(paths: list[Path]) -> list[Path]:
    """Name the files, and all below the folders; raises DataError for a folder with none, or one that is closed."""
    files: list[Path] = []
    for path in paths:
        found, refusals = list_files(path) if path.is_dir() else ([path], [])
        if refusals or not found:
            why = f"{refusals[0].name}, which {refusals[0].reason}" if refusals else f"{path} with none"
            raise DataError("a folder must hold pictures that can be read", got=why, fix="give another, or files")
        files += found
    return files


def read_pictures(network: Network, files: list[Path]) -> Tensor:
    """Decode files and fit them to the network's input: (N, C, H, W) uint8; raises DataError naming what is refused."""
    return torch.cat([network.input.fit(torch.tensor(read_picture(file))[None]) for file in files])
