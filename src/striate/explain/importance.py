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
from striate.layers.inputs.image import expect_pictures
from striate.models.network import Network
from striate.notation import Activation, AvgPool, Combination, Dropout, MaxPool, Plan, Upsample

LEAST_CELLS = 4  # a dimension: a coarser map says hardly more than left or right
WINDOWS = 8  # that occlusion covers a picture's side with, side by side; it goes on by half a window
FLOOR = 0.001  # of a map scaled to 1, where another layer still may tell more from less
STEPS = 32  # of integrated gradients, Gauss-Legendre: enough for a completeness error of a few per cent
BATCH = 64  # pictures answered at once

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Why class `k` for `pixels` (1, C, H, W) in [0, 1], as seen at `layers` (dotted names; `input`: the pixels)?"""

    network: Network
    pixels: Tensor
    k: int
    layers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """How a map is computed, and the layers that it looks at when none is named."""

    compute: Callable[[Question], Array]
    layers: Callable[[Plan], tuple[str, ...]]


def gradcam(question: Question) -> Array:
    """Sum a layer's maps, each weighted by the mean slope of the vote along it, and keep what is positive.

    ReLU(sum_c mean(dv/dA_c) A_c). Source: Selvaraju et al. 2017, "Grad-CAM", eqs. 1 and 2. The mean is right where a
    global pool follows; where a head flattens the map, each cell has its own weights, and the test tends to fail.
    """
    return _fuse(question, lambda maps, slopes: (slopes.mean((1, 2), keepdims=True) * maps).sum(0))


def layercam(question: Question) -> Array:
    """Sum a layer's maps, each cell weighted by its own positive slope, and keep what is positive; over all layers.

    ReLU(sum_c ReLU(dv/dA_c) A_c). Source: Jiang et al. 2021, "LayerCAM", eqs. 6 and 7; a weight a cell keeps its
    meaning at early layers, whose maps are fine. There layers are joined by their maximum (eq. 8); here by `_fuse`.
    """
    return _fuse(question, lambda maps, slopes: (np.maximum(slopes, 0) * maps).sum(0))


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


def last_map(plan: Plan) -> tuple[str, ...]:
    """Name the last layer whose map has LEAST_CELLS a dimension, or the finest there is, or the input.

    Of the layers that say what was found, which are activations, blocks, and pooling after them; names without a dot.

    >>> from striate.notation import plan
    >>> last_map(plan("conv 4 5x5 > relu > maxpool 2 > dense 8 > relu", (1, 12, 12)))
    ('maxpool1',)
    """
    sides = _sides(plan)
    enough = [name for name, side in sides.items() if side >= LEAST_CELLS]
    if enough:
        return (enough[-1],)
    return (max(reversed(sides), key=lambda name: sides[name]) if sides else INPUT,)


def every_map(plan: Plan) -> tuple[str, ...]:
    """Name all such layers whose map has at least LEAST_CELLS a dimension; else `last_map`.

    >>> from striate.notation import plan
    >>> every_map(plan("conv 4 5x5 > relu > maxpool 2 > conv 4 3x3 > relu > dense 8 > relu", (1, 16, 16)))
    ('relu1', 'maxpool1', 'relu2')
    """
    return tuple(name for name, side in _sides(plan).items() if side >= LEAST_CELLS) or last_map(plan)


def the_input(_: Plan) -> tuple[str, ...]:
    """Name the input, where methods that move pixels look."""
    return (INPUT,)


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


METHODS = {
    "gradcam": Method(compute=gradcam, layers=last_map),
    "layercam": Method(compute=layercam, layers=every_map),
    "occlusion": Method(compute=occlusion, layers=the_input),
    "integrated_gradients": Method(compute=integrated_gradients, layers=the_input),
}


def average_picture(network: Network) -> Tensor:
    """(1, C, 1, 1) in [0, 1]: the mean colour of all training pictures, which stands for nothing to see."""
    return expect_pictures(network.input).mean


def _fuse(question: Question, weigh: Callable[[Array, Array], Array]) -> Array:
    """Weigh the maps (C, h, w) of each layer by their slopes into one (h, w), keep what is positive, and join layers.

    One layer's map stays as it is. Several are scaled to a maximum of 1, and joined by their geometric mean, so that a
    pixel counts where all layers see something; those that see nothing are left out.
    """
    seen = _maps_and_slopes(question)
    plan = question.network.plan
    placed = [spread(plan, name, np.maximum(weigh(*each), 0)) for name, each in zip(question.layers, seen, strict=True)]
    spoken = [one for one in placed if one.any()]
    if len(spoken) < 2:
        return spoken[0] if spoken else placed[0]
    joined: Array = np.exp(np.mean([np.log(one / one.max() + FLOOR) for one in spoken], axis=0))
    return joined


def _maps_and_slopes(question: Question) -> list[tuple[Array, Array]]:
    """Give the maps (C, h, w) of each layer, and the slope of the vote along each cell of them."""
    pixels = question.pixels.detach().requires_grad_()  # so that there are slopes even where all weights are frozen
    seen = observe(question.network, pixels, gradients=True)
    maps = [seen.maps[name] for name in question.layers]
    slopes = torch.autograd.grad(seen.logits[0, question.k], maps)
    pairs = zip(maps, slopes, strict=True)
    return [(one[0].detach().double().numpy(), slope[0].double().numpy()) for one, slope in pairs]


def _sum_channels(values: Tensor) -> Array:
    summed: Array = values.detach()[0].double().sum(0).numpy()
    return summed
