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
from striate.notation import Activation, AvgPool, Combination, Dropout, MaxPool, Plan, Upsample

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
    """Cover one window after another with the mean training colour: a pixel's value is the vote that is lost.

    The mean over all windows that hold the pixel. Source: Zeiler & Fergus 2014, section 4.2; computed by Captum.
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

    Of the layers that say what was found, which are activations, blocks, and pooling after them; names without a dot.

    >>> from striate.notation import plan
    >>> last_map(plan("conv 4 5x5 > relu > maxpool 2 > dense 8 > relu", (1, 12, 12)))
    'maxpool1'
    """
    sides = _sides(plan)
    enough = [name for name, side in sides.items() if side >= LEAST_CELLS]
    if enough:
        return enough[-1]
    return max(reversed(sides), key=lambda name: sides[name]) if sides else INPUT


def finer_map(plan: Plan) -> str:
    """Name the last such layer whose map has at least twice as many cells a dimension as `last_map`; else that."""
    last, sides = last_map(plan), _sides(plan)
    finer = [name for name, side in sides.items() if side >= 2 * sides[last]]
    return finer[-1] if finer else last


def _sides(plan: Plan) -> dict[str, int]:
    """Give the shorter side of the map of each layer that says what was found, in order of computation."""
    sides: dict[str, int] = {}
    found = False
    for layer in plan.layers:
        keeps = isinstance(layer.operation, MaxPool | AvgPool | Dropout | Upsample)
        found = isinstance(layer.operation, Activation | Combination) or (found and keeps)
        if found and len(layer.output_shape) == 3:
            sides[layer.name] = min(layer.output_shape[1:])
    return sides


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
