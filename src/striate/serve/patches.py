"""The parts of a model's own examples that excite a feature map most, packed to be drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from striate.explain.seeks import exciting_patches
from striate.models.network import Network
from striate.records import Excitement
from striate.serve.gallery import Gallery
from striate.serve.views import pack

COST = 2e10  # multiply-adds that a search may take: about a second
MOST, LEAST = 512, 16  # pictures that are searched
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
    pictures = np.asarray(gallery.catalogue.inputs[indices])
    found = exciting_patches(network, pictures, layer, channel, count=FOUND)
    return tuple(_pack(gallery, int(indices[one.example]), channel, one) for one in found)


def _choose(network: Network, gallery: Gallery) -> NDArray[np.int64]:
    count = int(min(MOST, max(LEAST, COST / network.plan.multiply_adds)))
    held = np.flatnonzero(gallery.catalogue.splits == "validation")
    return (held if len(held) else np.arange(len(gallery.catalogue.names)))[:count]


def _pack(gallery: Gallery, example: int, channel: int, found: Excitement) -> Patch:
    pixels = np.array(found.patch, np.uint8)
    return Patch(
        example=example,
        label=gallery.catalogue.classes[int(gallery.catalogue.targets[example])],
        value=found.value,
        cell=(channel, *found.cell),
        low=found.low,
        high=found.high,
        shape=pixels.shape,
        picture=pack(pixels),
    )
