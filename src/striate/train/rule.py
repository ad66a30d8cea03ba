"""Rules of update: what an optimiser is here, and the two that torch has too, bit for bit.

Why not torch.optim: its first use imports torch's compiler, 1.4 s of every command that trains, for nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

Group = dict[str, Any]
BETAS = (0.9, 0.999)  # AdamW: how much of the moments each step keeps
EPSILON = 1e-8


class Rule:
    """Weights in groups with settings (`params`, `lr`, ...), and what the rule remembers of each weight by name."""

    def __init__(self, groups: Iterable[Mapping[str, Any]], **settings: Any) -> None:
        self.param_groups: list[Group] = [{**settings, **group} for group in groups]
        self.state: dict[Tensor, dict[str, Tensor]] = {}

    @property
    def weights(self) -> list[Tensor]:
        """All weights in order; their numbers are the names of their states in a checkpoint."""
        return [weight for group in self.param_groups for weight in group["params"]]

    @torch.no_grad()
    def step(self) -> None:
        """Update every weight that has a gradient, then forget the gradient."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                self.update(weights, [weight.grad for weight in weights], group)
            for weight in weights:
                weight.grad = None

    def update(self, weights: list[Tensor], grads: list[Tensor], group: Group) -> None:
        """Update weights of one group in place from their gradients, of the same shapes."""
        raise NotImplementedError

    def remembered(self, key: str, weights: list[Tensor]) -> list[Tensor]:
        """Give what is remembered of each weight under `key`, at first zeros like it."""
        states = [self.state.setdefault(weight, {}) for weight in weights]
        for state, weight in zip(states, weights, strict=True):
            if key not in state:
                state[key] = torch.zeros_like(weight)
        return [state[key] for state in states]


class SGD(Rule):
    """Nesterov momentum, as `reference.sgd`; with `momentum` 0 plain descent. Settings: lr, momentum, weight_decay."""

    def update(self, weights: list[Tensor], grads: list[Tensor], group: Group) -> None:
        """Move weights against the gradient and the gradients before it."""
        if group["weight_decay"]:
            grads = list(torch._foreach_add(grads, weights, alpha=group["weight_decay"]))
        if group["momentum"]:
            velocities = self.remembered("momentum_buffer", weights)
            torch._foreach_mul_(velocities, group["momentum"])
            torch._foreach_add_(velocities, grads)
            grads = list(torch._foreach_add(grads, velocities, alpha=group["momentum"]))
        torch._foreach_add_(weights, grads, alpha=-group["lr"])


class AdamW(Rule):
    """Adam with decoupled weight decay, as `reference.adam`. Settings: lr, weight_decay."""

    def update(self, weights: list[Tensor], grads: list[Tensor], group: Group) -> None:
        """Move each weight by its mean gradient, measured in the gradient's usual size."""
        means, squares = self.remembered("exp_avg", weights), self.remembered("exp_avg_sq", weights)
        for weight, grad, mean, square in zip(weights, grads, means, squares, strict=True):
            count = self.state[weight].setdefault("step", torch.zeros(())).add_(1).item()
            weight.mul_(1 - group["lr"] * group["weight_decay"])
            mean.lerp_(grad, 1 - BETAS[0])
            square.mul_(BETAS[1]).addcmul_(grad, grad, value=1 - BETAS[1])
            size = (square.sqrt() / (1 - BETAS[1] ** count) ** 0.5).add_(EPSILON)
            weight.addcdiv_(mean, size, value=-group["lr"] / (1 - BETAS[0] ** count))
