"""What the recipe's optimiser makes of a gradient: the first step it would take, weight by weight."""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from striate.checkpoint import Loaded
from striate.errors import ModelFileError, ShapeError, UsageError, nearest
from striate.explain.ask import read_address
from striate.explain.explain import find_class
from striate.explain.gradient import pass_back, trace_gradient
from striate.recipe import Recipe
from striate.records import WeightStep, from_json
from striate.train.optimizer import Optimizers


def ask_weight(model: Loaded, pictures: Tensor, address: str, label: str) -> WeightStep:
    """Unfold the slope of the mean loss of all pictures, were they of class `label`, at `LAYER.PARAMETER:INDEX`.

    `pictures` (N, C, H, W) uint8. Raises UsageError for what does not exist, ModelFileError for a foreign recipe.
    """
    full, index = read_address(address, "--gradient conv1.weight:0,0,1,1")
    layer, _, parameter = full.rpartition(".")
    labels = torch.full((len(pictures),), find_class(label, model.info.classes))
    back = pass_back(model.network, pictures, labels)
    gradient = trace_gradient(back, layer, parameter, index)
    recipe = _read_recipe(model)
    change = trace_update(model.network, recipe, back.gradients)[full]
    return WeightStep(
        gradient=gradient,
        weight=float(model.network.get_parameter(full).detach()[index]),
        change=float(change[index]),
        optimizer=recipe.optimizer,
    )


def _read_recipe(model: Loaded) -> Recipe:
    try:
        return from_json(Recipe, model.info.recipe)
    except TypeError as error:
        fix = "train it anew with this version"
        raise ModelFileError("a model's recipe must be one of this version", got=str(error), fix=fix) from None


def trace_update(network: nn.Module, recipe: Recipe, gradients: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give, by name, what one step adds to every parameter: new - old, of the parameter's shape; 0 where nothing moves.

    The step is a first one, so no momentum comes from before, at the peak of the learning rate, with the recipe's
    weight decay and, as in the loop, the norm of all gradients cut to its `clip`. A parameter without a gradient stays.
    The network is as it was. Raises UsageError for a name that is no parameter, ShapeError for another shape.
    """
    copied = copy.deepcopy(network)
    named = dict(copied.named_parameters())
    for name, gradient in gradients.items():
        _check(name, gradient, named)
    for name, weight in named.items():
        weight.grad = gradients[name].detach().clone() if name in gradients and weight.requires_grad else None
    before = {name: weight.detach().clone() for name, weight in named.items()}
    optimizers = Optimizers(copied, recipe)
    if recipe.clip:
        nn.utils.clip_grad_norm_(copied.parameters(), recipe.clip)
    optimizers.step()
    with torch.no_grad():
        return {name: weight - before[name] for name, weight in named.items()}


def _check(name: str, gradient: Tensor, named: Mapping[str, Tensor]) -> None:
    if name not in named:
        fix = nearest(name, list(named))
        raise UsageError("a gradient belongs to a parameter of the network", got=repr(name), fix=fix)
    if gradient.shape != named[name].shape:
        raise ShapeError(
            "a gradient has its parameter's shape",
            got=f"{tuple(gradient.shape)} for {name} of {tuple(named[name].shape)}",
            fix="give what autograd gives",
        )
