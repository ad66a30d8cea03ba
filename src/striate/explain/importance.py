"""Which pixels spoke for a class: one function a method, and one line in the table.

Every method answers one Question with a map (H, W) at the size of the input, larger where more speaks for the class.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.explain.observe import observe
from striate.explain.place import spread
from striate.explain.wiring import INPUT
from striate.models.network import Network
from striate.notation import Plan

LEAST_CELLS = 4  # a dimension: a coarser map says hardly more than left or right
WINDOWS = 8  # that occlusion covers a picture's side with, side by side; it goes on by half a window
STEPS = 32  # of integrated gradients, Gauss-Legendre: enough for a completeness error of a few per cent
BATCH = 64  # pictures answered at once

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Why class `k` for `pixels` (1, C, H, W) in [0, 1], as seen at a layer (dotted name; `input` for the pixels)?"""

    network: Network
    pixels: Tensor
    k: int
    layer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """How a map is computed, and the layer that it looks at when none is named."""

    compute: Callable[[Question], Array]
    layer: Callable[[Plan], str]


def gradcam(question: Question) -> Array:
    """Sum a layer's maps, each weighted by the mean slope of the vote along it, and keep what is positive.

    ReLU(sum_c mean(dv/dA_c) A_c). Source: Selvaraju et al. 2017, "Grad-CAM", eqs. 1 and 2; placed by `spread`.
    """
    maps, slopes = _maps_and_slopes(question)
    weights = slopes.mean((1, 2), keepdims=True)  # (C, 1, 1)
    return spread(question.network.plan, question.layer, np.maximum((weights * maps).sum(0), 0))


def layercam(question: Question) -> Array:
    """Sum a layer's maps, each cell weighted by its own positive slope, and keep what is positive.

    ReLU(sum_c ReLU(dv/dA_c) A_c). Source: Jiang et al. 2021, "LayerCAM", eqs. 6 and 7: a weight a cell keeps its
    meaning at earlier layers, whose maps are finer.
    """
    maps, slopes = _maps_and_slopes(question)
    return spread(question.network.plan, question.layer, np.maximum((np.maximum(slopes, 0) * maps).sum(0), 0))


def occlusion(question: Question) -> Array:
    """Cover one window after another with the mean of the training pictures; a pixel's value is the vote lost, on average.

    The mean over the windows that hold the pixel. Source: Zeiler & Fergus 2014, section 4.2; computed by Captum.
    """
    from captum.attr import Occlusion

    channels, *size = question.pixels.shape[1:]
    window = [max(1, -(-n // WINDOWS)) for n in size]
    lost = Occlusion(question.network).attribute(
        question.pixels,
        sliding_window_shapes=(channels, *window),
        strides=(channels, *[max(1, n // 2) for n in window]),
        baselines=average_picture(question.network),
        target=question.k,
        perturbations_per_eval=BATCH,
    )
    return _sum_channels(lost) / channels


def integrated_gradients(question: Question) -> Array:
    """Sum the slopes of the vote on the straight way from the mean picture to this one, times the way.

    (x - x0) * integral of dv/dx; all pixels sum to vote(x) - vote(x0). Source: Sundararajan et al. 2017, section 3;
    computed by Captum.
    """
    from captum.attr import IntegratedGradients

    shares = IntegratedGradients(question.network).attribute(
        question.pixels,
        baselines=average_picture(question.network),
        target=question.k,
        n_steps=STEPS,
        internal_batch_size=BATCH,
    )
    return _sum_channels(shares)


def last_map(plan: Plan) -> str:
    """Name the last layer whose map has LEAST_CELLS a dimension, or the finest there is, or the input.

    Blocks count as one layer; names without a dot.
    """
    sized = [(min(layer.output_shape[1:]), layer.name) for layer in plan.layers if len(layer.output_shape) == 3]
    enough = [name for cells, name in sized if cells >= LEAST_CELLS]
    if enough:
        return enough[-1]
    return max(reversed(sized), key=lambda row: row[0])[1] if sized else INPUT


def finer_map(plan: Plan) -> str:
    """Name the last layer whose map has at least twice as many cells a dimension as that of `last_map`; else that."""
    last = last_map(plan)
    sides = {layer.name: layer.output_shape[1:] for layer in plan.layers if len(layer.output_shape) == 3}
    finer = [name for name, side in sides.items() if min(side) >= 2 * min(sides[last])]
    return finer[-1] if finer else last


def the_input(_: Plan) -> str:
    """Name the input, where methods that move pixels look."""
    return INPUT


METHODS = {
    "gradcam": Method(compute=gradcam, layer=last_map),
    "layercam": Method(compute=layercam, layer=finer_map),
    "occlusion": Method(compute=occlusion, layer=the_input),
    "integrated_gradients": Method(compute=integrated_gradients, layer=the_input),
}


def average_picture(network: Network) -> Tensor:
    """(1, C, 1, 1) in [0, 1]: the mean colour of all training pictures, which stands for nothing to see."""
    return network.input.mean


def _maps_and_slopes(question: Question) -> tuple[Array, Array]:
    """Give a layer's maps (C, h, w), and the slope of the vote along each cell of them."""
    pixels = question.pixels.detach().requires_grad_()  # so that there are slopes even where all weights are frozen
    seen = observe(question.network, pixels, gradients=True)
    maps = seen.maps[question.layer]
    (slopes,) = torch.autograd.grad(seen.logits[0, question.k], maps)
    return maps[0].detach().double().numpy(), slopes[0].double().numpy()


def _sum_channels(values: Tensor) -> Array:
    summed: Array = values.detach()[0].double().sum(0).numpy()
    return summed
