"""What the input layer takes off: mean and spread, measured on the training split alone."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.layers.inputs.audio import AudioInputLayer
from striate.records import AudioInput, ClipInput, ImageInput, InputSpec, SignalInput

CHUNK = 1 << 22  # values read at a time
CACHED = 1 << 17  # values that are summed while the processor's cache holds them
HEARD = 2000  # sounds whose bands are measured
Floats = NDArray[np.float64]


def measure_input(catalogue: Catalogue) -> InputSpec:
    """Give the catalogue's specification with mean and spread of its training split."""
    train = np.flatnonzero(catalogue.splits == "train")
    match catalogue.spec:
        case ImageInput() | ClipInput() as spec:
            mean, std = _measure_bytes(catalogue, train)
            return dataclasses.replace(spec, mean=_tuple(mean), std=_tuple(np.maximum(std, 1 / 255)))  # a grey step
        case SignalInput() as spec:
            mean, std = _measure(catalogue, train, lambda part: part.astype(np.float64))
            return dataclasses.replace(spec, mean=_tuple(mean), std=_tuple(np.where(std > 0, std, 1.0)))
        case AudioInput() as spec:
            layer = AudioInputLayer(dataclasses.replace(spec, mean=0.0, std=1.0))
            heard = train[:: max(1, len(train) // HEARD)][:HEARD]

            def hear(part: NDArray[np.int16]) -> Floats:
                with torch.inference_mode():
                    bands: Floats = layer(torch.from_numpy(np.array(part))).double().numpy()
                return bands

            mean, std = _measure(catalogue, heard, hear)
            return dataclasses.replace(spec, mean=float(mean[0]), std=float(max(std[0], 1e-3)))
        case spec:
            return spec


def _measure(
    catalogue: Catalogue, rows: NDArray[np.int64], look: Callable[[NDArray[Any]], Floats]
) -> tuple[Floats, Floats]:
    """Give mean and standard deviation a channel, (C,), of what `look` makes of the inputs; not-a-number left out."""
    step = max(1, CHUNK // max(1, int(np.prod(catalogue.inputs.shape[1:]))))
    total, squares, count = 0.0, 0.0, 0.0
    for start in range(0, len(rows), step):
        part = look(catalogue.inputs[rows[start : start + step]])
        axes = (0, *range(2, part.ndim))
        total = total + np.nansum(part, axis=axes)
        squares = squares + np.nansum(part**2, axis=axes)
        count = count + np.isfinite(part).sum(axis=axes)
    mean = np.asarray(total / np.maximum(count, 1))
    return mean, np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean**2, 0))


def _measure_bytes(catalogue: Catalogue, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Give mean and standard deviation a channel, (C,), of bytes as shares of 255: their sums are exact."""
    channels, *places = catalogue.inputs.shape[1:]
    size = max(1, math.prod(places))
    step = max(1, CACHED // size)
    sums, wide = np.zeros((2, channels)), np.empty((step, *places))
    for start in range(0, len(rows), step):
        part = catalogue.inputs[rows[start : start + step]]
        for channel in range(channels):
            values = wide[: len(part)]
            np.copyto(values, part[:, channel])
            flat = values.reshape(-1)
            sums[:, channel] += flat.sum(), np.einsum("i,i->", flat, flat)  # not BLAS, whose threads would take turns
    mean, squares = sums / np.array([[255.0], [255.0**2]]) / max(1, len(rows) * size)
    return mean, np.sqrt(np.maximum(squares - mean**2, 0))


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
