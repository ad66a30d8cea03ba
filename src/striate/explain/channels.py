"""How much each channel of a layer matters for an answer, and its map in a size to look at."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from striate.explain.observe import Observation
from striate.records import Channel

LARGEST = 64  # cells a side of a map that is shown

Array = NDArray[np.float64]


def slopes(observation: Observation, k: int) -> dict[str, Tensor]:
    """Give the slope of the vote for class k along every value of every layer that it depends on, (C, *spatial)."""
    maps = {name: values for name, values in observation.maps.items() if values.requires_grad}
    found = torch.autograd.grad(observation.logits[0, k], list(maps.values()), allow_unused=True)
    return {name: slope[0] for name, slope in zip(maps, found, strict=True) if slope is not None}


def weigh_channels(values: Tensor, slope: Tensor) -> Array:
    """(C, *spatial) and its slopes -> (C,): slope x value, summed over each map; what the vote loses without it.

    Exact for the layer before a linear head, where they sum to the vote less its bias; to first order before that.
    Source: Selvaraju et al. 2017, eq. 1, times the map; Molchanov et al. 2017, eq. 8, without the absolute value.
    """
    weighed: Array = (values * slope).detach().double().reshape(len(values), -1).sum(1).numpy()
    return weighed


def top_channels(values: Tensor, importance: Array, count: int) -> tuple[Channel, ...]:
    """Give the `count` channels of one layer's output (C, *spatial) that matter most, for or against."""
    order = np.argsort(-np.abs(importance), kind="stable")[:count]
    chosen = shrink(values.detach()[torch.from_numpy(order)])
    return tuple(
        Channel(index=int(index), importance=float(importance[index]), map=tuple(map(tuple, one.tolist())))
        for index, one in zip(order, chosen, strict=True)
    )


def shrink(values: Tensor) -> Tensor:
    """(C, H, W), (C, T) or (C,) -> (C, h, w) of at most LARGEST cells a side, each the mean of those it stands for."""
    flat = values.float().reshape(len(values), -1, values.shape[-1] if values.dim() > 1 else 1)  # (C, H, W)
    height, width = (min(n, LARGEST) for n in flat.shape[1:])
    return F.adaptive_avg_pool2d(flat, (height, width))
