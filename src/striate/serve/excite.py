"""The parts of pictures that excite a feature map most: a stand-in until `explain` finds them itself."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.explain.field import receptive_field
from striate.explain.observe import observe
from striate.models.network import Network
from striate.serve.gallery import Gallery
from striate.serve.views import pack

COST = 2e10  # multiply-adds that a search may take: about a second
MOST, LEAST = 512, 16  # pictures that are searched
BATCH = 32
FOUND = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Patch:
    """The part of an example that reaches the cell of a map with the largest value: (C, h, w) bytes in base64.

    `cell` is (C, *place), `low` and `high` bound the part in the picture, [low, high).
    """

    example: int
    label: str
    value: float
    cell: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    shape: tuple[int, ...]
    picture: str


def find_patches(network: Network, gallery: Gallery, layer: str, channel: int) -> tuple[Patch, ...]:
    """Find the FOUND examples in whose pictures a map of a layer reaches its largest values, one place an example.

    Validation pictures are searched, or any where there are none. Raises UsageError for an unknown map.
    """
    indices = _choose(network, gallery)
    found: list[tuple[float, int, tuple[int, ...]]] = []
    for start in range(0, len(indices), BATCH):
        part = indices[start : start + BATCH]
        maps = observe(network, torch.from_numpy(np.array(gallery.catalogue.pictures[part]))).maps
        if layer not in maps or not 0 <= channel < maps[layer].shape[1]:
            raise UsageError("a map must be one of a layer", got=f"{layer} {channel}", fix="choose one on the page")
        values = maps[layer][:, channel]
        flat = values.reshape(len(part), -1)
        best = flat.argmax(1)
        for index, at, value in zip(part.tolist(), best.tolist(), flat.max(1).values.tolist(), strict=True):
            found.append((value, index, tuple(int(n) for n in np.unravel_index(at, values.shape[1:]))))
    found.sort(key=lambda one: (-one[0], one[1]))
    return tuple(_cut(network, gallery, layer, channel, one) for one in found[:FOUND])


def _choose(network: Network, gallery: Gallery) -> NDArray[np.int64]:
    count = int(min(MOST, max(LEAST, COST / network.plan.multiply_adds)))
    held = np.flatnonzero(gallery.catalogue.splits == "validation")
    return (held if len(held) else np.arange(len(gallery.catalogue.names)))[:count]


def _cut(
    network: Network, gallery: Gallery, layer: str, channel: int, found: tuple[float, int, tuple[int, ...]]
) -> Patch:
    value, index, place = found
    field = receptive_field(network.plan, layer, place)
    (top, left), (bottom, right) = field.low, field.high
    pixels = np.asarray(gallery.catalogue.pictures[index])[:, top:bottom, left:right]
    return Patch(
        example=index,
        label=gallery.catalogue.classes[int(gallery.catalogue.labels[index])],
        value=value,
        cell=(channel, *place),
        low=field.low,
        high=field.high,
        shape=pixels.shape,
        picture=pack(pixels),
    )
