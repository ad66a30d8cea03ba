"""What a unit looks for: the patches of given pictures that excite it most, cut to exactly what it sees."""

import numpy as np
import torch
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.explain.field import receptive_field
from striate.explain.observe import expect_numbers, recording
from striate.explain.wiring import find
from striate.models.network import Network
from striate.records import Excitement

CELLS = 64 * 256 * 28 * 28  # values of the largest feature map that one batch may hold
BATCH = 256


def exciting_patches(
    network: Network, pictures: NDArray[np.uint8], layer: str, channel: int, *, count: int = 9
) -> tuple[Excitement, ...]:
    """Give the `count` patches of `pictures` (N, C, H, W) that excite a channel of a layer most, one a picture.

    Each is cut to the receptive field of its cell, at the size of the network's input; of equal ones the first. One
    batch of pictures and `count` results are held at a time. Raises UsageError for a layer or channel that is not
    there, RunError for weights that hold a not-a-number.
    """
    check_channel(network, layer, channel)
    expect_numbers(network)
    largest = max(one.activation_bytes // 4 for one in network.plan.layers)
    batch = max(1, min(BATCH, CELLS // largest))
    values, cells = np.zeros(0, np.float32), np.zeros(0, np.int64)
    examples = np.zeros(0, np.int64)
    for start in range(0, len(pictures), batch):
        best, at = _strongest(network, pictures[start : start + batch], layer, channel)
        values, cells = np.concatenate([values, best]), np.concatenate([cells, at])
        examples = np.concatenate([examples, np.arange(start, start + len(best))])
        kept = np.argsort(-values, kind="stable")[:count]
        values, cells, examples = values[kept], cells[kept], examples[kept]
    shape = find(network.plan, layer).layer.output_shape[1:]
    return tuple(
        _cut(
            network,
            pictures[example],
            layer,
            int(example),
            np.unravel_index(cell, shape) if shape else (),
            float(value),
        )
        for value, cell, example in zip(values, cells, examples, strict=True)
    )


def check_channel(network: Network, layer: str, channel: int) -> None:
    """Raise UsageError, with the valid range, unless the layer has this channel."""
    last = find(network.plan, layer).layer.output_shape[0] - 1
    if not 0 <= channel <= last:
        raise UsageError(f"channels of {layer} run from 0 to {last}", got=str(channel), fix="choose one of them")


@torch.inference_mode()
def _strongest(
    network: Network, pictures: NDArray[np.uint8], layer: str, channel: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(N, C, H, W) -> the largest value (N,) of the channel in each picture, and its cell (N,) counted row by row."""
    network.eval()
    with recording(network, (layer,)) as maps:
        network(torch.from_numpy(np.ascontiguousarray(pictures)))
    best = maps[layer][:, channel].flatten(1).max(1) if maps[layer].dim() > 2 else maps[layer][:, channel, None].max(1)
    return best.values.numpy(), best.indices.numpy()


def _cut(
    network: Network, picture: NDArray[np.uint8], layer: str, example: int, cell: tuple[np.integer, ...], value: float
) -> Excitement:
    place = tuple(map(int, cell))
    field = receptive_field(network.plan, layer, place)
    fitted = network.input.fit(torch.from_numpy(np.ascontiguousarray(picture))[None])[0]  # (C, H, W)
    box = tuple(slice(low, high) for low, high in zip(field.low, field.high, strict=True))
    patch = fitted[(slice(None), *box)].tolist()
    return Excitement(
        example=example,
        cell=place,
        value=value,
        low=field.low,
        high=field.high,
        patch=tuple(tuple(map(tuple, one)) for one in patch),
    )
