"""The slope of the loss at one weight, unfolded into the sum over examples and places that it is."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate import reference
from striate.errors import UsageError, nearest
from striate.explain.observe import Observation, observe, to_float64
from striate.explain.wiring import find
from striate.models.network import Network
from striate.notation import BatchNorm, Conv, GroupNorm
from striate.records import GradientTrace, Share
from striate.reference.window import lay_grid, take_patches
from striate.tasks import classification

SHOWN = 1000  # shares of one gradient that are told one by one, the largest

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Backward:
    """One pass forward and backward: the loss of some examples, and its slope at every layer's output and weight.

    `returned[name]` (N, C, *spatial) is the slope of the loss at the output of a layer; `loss` in nats.
    """

    observation: Observation
    loss: float
    returned: dict[str, Tensor]
    gradients: dict[str, Tensor]


def pass_back(network: Network, pictures: Tensor, labels: Tensor, *, precise: bool = False) -> Backward:
    """Carry the mean loss of pictures (N, C, H, W) with labels (N,) back through a network, as it answers.

    In evaluation mode: norms use the statistics of training, dropout lets everything pass. `precise` as in `observe`.
    """
    observation = observe(network, pictures, precise=precise, gradients=True)
    loss = classification.loss(observation.logits, labels)
    named = {name: value for name, value in observation.network.named_parameters() if value.requires_grad}
    maps = {name: value for name, value in observation.maps.items() if value.requires_grad}
    wanted = [*maps.values(), *named.values()]
    slopes = torch.autograd.grad(loss, wanted, allow_unused=True)
    filled = [torch.zeros_like(of) if slope is None else slope for slope, of in zip(slopes, wanted, strict=True)]
    return Backward(
        observation=observation,
        loss=float(loss.detach()),
        returned=dict(zip(maps, filled[: len(maps)], strict=True)),
        gradients=dict(zip(named, filled[len(maps) :], strict=True)),
    )


def trace_gradient(back: Backward, layer: str, parameter: str, index: tuple[int, ...]) -> GradientTrace:
    """Unfold the slope of the loss at one weight: over all examples and places, what came back x what lay under it.

    `parameter` is weight or bias of `layer`, `index` the place in it. Raises UsageError for one that does not exist.
    """
    observation = back.observation
    operation = find(observation.network.plan, layer).layer.operation
    full = f"{layer}.{parameter}"
    if full not in back.gradients:
        own = [name for name in back.gradients if name.startswith(f"{layer}.")]
        fix = nearest(full, own or list(back.gradients))
        raise UsageError("a gradient belongs to a trained tensor", got=full, fix=fix)
    whole = back.gradients[full]
    if len(index) != whole.dim() or not all(0 <= at < n for at, n in zip(index, whole.shape, strict=True)):
        last = ",".join(str(n - 1) for n in whole.shape)
        got = ",".join(map(str, index)) or "none"
        raise UsageError(f"indices of {full} run up to {last}", got=got, fix="choose one of them")
    returned = to_float64(back.returned[layer])[:, index[0]]  # (N, *out)
    under = np.ones_like(returned)
    if parameter == "weight":
        x = to_float64(observation.maps[find(observation.network.plan, layer).sources[0]])
        under = _under(operation, observation.network.get_submodule(layer), x, index)
    products = returned * under
    flat = products.reshape(-1)
    shown = np.argsort(-np.abs(flat), kind="stable")[:SHOWN]
    places = [tuple(map(int, np.unravel_index(at, products.shape))) for at in shown]
    value, network = float(products.sum()), float(whole[index])
    size = float(np.abs(products).sum())
    return GradientTrace(
        layer=layer,
        parameter=parameter,
        index=index,
        shares=tuple(
            Share(
                example=at[0],
                place=at[1:],
                returned=float(returned[at]),
                value=float(under[at]),
                product=float(products[at]),
            )
            for at in places
        ),
        places=flat.size,
        by_example=tuple(products.reshape(len(products), -1).sum(1).tolist()),
        value=value,
        network=network,
        difference=abs(value - network) / size if size else abs(value - network),
    )


def _under(operation: object, module: torch.nn.Module, x: Array, index: tuple[int, ...]) -> Array:
    """Give what lay under the weight at `index`, for each example and place of the output: (N, *out)."""
    if isinstance(operation, Conv):
        feature, channel, *tap = index
        first = feature // (operation.features // operation.groups) * (x.shape[1] // operation.groups)
        grid = lay_grid(
            x.shape[2:],
            operation.kernel,
            stride=operation.stride,
            padding=operation.pad,
            dilation=operation.dilate,
        )
        patches = take_patches(x[:, first + channel, None], grid)  # (N, 1, *out, *k)
        under: Array = patches.reshape(*patches.shape[: x.ndim], -1)[:, 0, ..., np.ravel_multi_index(tap, grid.size)]
        return under
    if isinstance(operation, BatchNorm | GroupNorm):
        return _normalised(operation, module, x)[:, index[0]]
    return x.reshape(len(x), -1)[:, index[1]]  # dense


def _normalised(operation: BatchNorm | GroupNorm, module: torch.nn.Module, x: Array) -> Array:
    """(N, C, *spatial) before scale and shift."""
    ones, zeros = np.ones(x.shape[1]), np.zeros(x.shape[1])
    epsilon = float(module.eps)  # type: ignore[arg-type]
    if isinstance(operation, GroupNorm):
        return reference.groupnorm(x, ones, zeros, groups=operation.groups, epsilon=epsilon)
    mean, variance = to_float64(module.running_mean), to_float64(module.running_var)  # type: ignore[arg-type]
    return reference.batchnorm(x, ones, zeros, mean=mean, variance=variance, epsilon=epsilon)
