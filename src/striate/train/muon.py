"""Muon: momentum whose matrices are made orthogonal, so that every direction learns at the same speed."""

import torch
from torch import Tensor

from striate.train.rule import Group, Rule

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic whose iteration pulls singular values towards 1
ITERATIONS = 5


def orthogonalise(matrix: Tensor) -> Tensor:
    """Give the nearest semi-orthogonal matrix (rows, columns), roughly: singular values end between 0.7 and 1.2.

    Newton-Schulz iteration with the quintic of Jordan et al. 2024, "Muon: an optimizer for hidden layers".
    """
    a, b, c = COEFFICIENTS
    x: Tensor = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)  # a x + (b gram + c gram^2) x
    return x.T if tall else x


class Muon(Rule):
    """Nesterov momentum, orthogonalised: for weights of convolutions (F, C * kernel) and dense layers (O, I).

    Each step moves a weight by `lr` times the norm that it started with, so that one rate suits every shape (our
    departure from the source, which scales by the shape). Weight decay is decoupled. Settings: lr, momentum,
    weight_decay.
    """

    def update(self, weights: list[Tensor], grads: list[Tensor], group: Group) -> None:
        """Move each weight in all directions of its momentum alike."""
        for weight, grad, known in zip(weights, grads, self.remembered("velocity", weights), strict=True):
            state = self.state[weight]
            if "norm" not in state:
                state["norm"] = weight.norm()
            velocity = known.mul_(group["momentum"]).add_(grad)
            ahead = grad + group["momentum"] * velocity
            update = orthogonalise(ahead.flatten(1)).view_as(weight)
            weight.mul_(1 - group["lr"] * group["weight_decay"])
            weight.add_(update * (state["norm"] / (update.norm() + 1e-7)), alpha=-group["lr"])
