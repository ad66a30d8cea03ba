"""The recipe's optimisers: which parameter is updated by which rule, at which rate, with which decay."""

import torch
from torch import Tensor, nn

from striate.layers.table import Embedding
from striate.recipe import Recipe
from striate.train.muon import Muon
from striate.train.rule import SGD, AdamW, Rule


class Optimizers:
    """One or two rules that act as one; `set_rate` sets all rates to a factor of their peaks.

    What muon does not move, the first and the last weights, norms and biases, descends with momentum; where the first
    weights are vectors of words, by AdamW.
    """

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        matrices, others, plain = _sort(network)
        decay = recipe.weight_decay
        self.parts: list[Rule] = []
        if recipe.optimizer == "muon" and matrices:
            group = {"params": matrices, "weight_decay": decay}
            self.parts.append(Muon([group], lr=recipe.matrix_rate, momentum=recipe.momentum))
        else:
            others = matrices + others
        groups = [{"params": others, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]
        groups = [group for group in groups if group["params"]]
        if recipe.optimizer == "adamw" or (recipe.optimizer == "muon" and _embeds(network)):
            self.parts.append(AdamW(groups, lr=recipe.rate))
        elif groups:
            self.parts.append(SGD(groups, lr=recipe.rate, momentum=recipe.momentum))
        for part in self.parts:
            for group in part.param_groups:
                group["peak"] = group["lr"]

    def set_rate(self, factor: float) -> None:
        """Set every learning rate to `factor` of its peak."""
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = factor * group["peak"]

    def step(self) -> None:
        """Update all parameters from their gradients, then forget these."""
        for part in self.parts:
            part.step()

    def tensors(self) -> dict[str, Tensor]:
        """Give every state tensor by a name that is the same in every process."""
        return {
            f"{i}.{j}.{key}": value
            for i, part in enumerate(self.parts)
            for j, weight in enumerate(part.weights)
            for key, value in part.state.get(weight, {}).items()
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Put state tensors back that `tensors` gave, in their parameters' layout: sums must run in the same order."""
        for name, value in tensors.items():
            owner, index, key = name.split(".", 2)
            part = self.parts[int(owner)]
            weight = part.weights[int(index)]
            laid = torch.empty_like(weight).copy_(value) if value.shape == weight.shape else value.clone()
            part.state.setdefault(weight, {})[key] = laid


def _embeds(network: nn.Module) -> bool:
    """Tell whether a network has vectors of words: most have no gradient in most steps, so their rule measures it."""
    return any(isinstance(module, Embedding) for module in network.modules())


def _sort(network: nn.Module) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Sort what is trained: hidden weight matrices, the head's and first layer's weights, and norms and biases."""
    weights = [p for p in network.parameters() if p.dim() > 1]
    ends = {id(weights[0]), id(weights[-1])}  # also where the first is frozen: the second is hidden all the same
    trained = [p for p in network.parameters() if p.requires_grad]
    plain: list[Tensor] = [p for p in trained if p.dim() <= 1]
    matrices: list[Tensor] = [p for p in trained if p.dim() > 1 and id(p) not in ends]
    others: list[Tensor] = [p for p in trained if p.dim() > 1 and id(p) in ends]
    return matrices, others, plain
