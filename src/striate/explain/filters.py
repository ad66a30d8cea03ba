"""The kernels of a layer: small pictures in the first one, and later the channels that each feature reads most."""

import numpy as np
from numpy.typing import NDArray

from striate.errors import UsageError, nearest
from striate.explain.observe import expect_numbers
from striate.explain.wiring import INPUT, Wire, find, wire
from striate.layers.inputs.image import expect_pictures
from striate.models.network import Network
from striate.notation import Activation, AvgPool, BatchNorm, Conv, Dropout, MaxPool, Plan, Upsample
from striate.records import Kernel, Source

STRONGEST = 8  # channels shown of each kernel
KEEPS_CHANNELS = Activation | AvgPool | BatchNorm | Dropout | MaxPool | Upsample

Array = NDArray[np.float64]


def kernels(network: Network, layer: str) -> tuple[Kernel, ...]:
    """Give the kernels of a convolution, each with the STRONGEST channels that it reads, largest weights first.

    The weights of a layer that reads the pixels say what a feature gains as a pixel goes from 0 to 1 (they are divided
    by the input's deviation); later ones are as they are. `reads` names the layer before that made the channels: a
    convolution, a block, or `input`. Raises UsageError for a layer without kernels, RunError for weights that hold a
    not-a-number.
    """
    expect_numbers(network)
    found = find(network.plan, layer)
    if not isinstance(found.layer.operation, Conv):
        convolutions = [name for name, one in wire(network.plan).items() if isinstance(one.layer.operation, Conv)]
        raise UsageError("kernels belong to a convolution", got=layer, fix=nearest(layer, convolutions))
    conv, reads = found.layer.operation, _maker(network.plan, found)
    weights = network.get_submodule(layer).weight.detach().double().numpy()  # type: ignore[operator]
    wide = weights.shape[1]
    if found.sources == (INPUT,):
        weights = weights / expect_pictures(network.input).std.double().numpy()  # (F, C, h, w) / (1, C, 1, 1)
    firsts = [feature // (conv.features // conv.groups) * wide for feature in range(conv.features)]
    return tuple(
        Kernel(layer=layer, feature=feature, reads=reads, sources=_sources(kernel, first))
        for feature, (kernel, first) in enumerate(zip(weights, firsts, strict=True))
    )


def _maker(plan: Plan, found: Wire) -> str:
    """Name the layer that made the channels which a layer reads, past all that keeps them apart."""
    table = wire(plan)
    (name,) = found.sources
    while name != INPUT and isinstance(table[name].layer.operation, KEEPS_CHANNELS):
        (name,) = table[name].sources
    return name


def _sources(kernel: Array, first: int) -> tuple[Source, ...]:
    """(C, h, w) -> the channels with the largest sums of absolute weights; `first` is the number of channel 0."""
    sizes = np.abs(kernel).reshape(len(kernel), -1).sum(1)
    strengths = sizes / sizes.sum() if sizes.any() else sizes
    return tuple(
        Source(
            channel=int(first + channel),
            strength=float(strengths[channel]),
            total=float(kernel[channel].sum()),
            weights=tuple(map(tuple, kernel[channel].tolist())),
        )
        for channel in np.argsort(-strengths, kind="stable")[:STRONGEST]
    )
