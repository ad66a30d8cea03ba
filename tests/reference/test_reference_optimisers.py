"""The optimisers against torch.optim, step by step on the same gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from striate import reference as R

STEPS = 8


def follow_torch(make: Callable[..., torch.optim.Optimizer], grads: np.ndarray) -> list[np.ndarray]:
    parameter = torch.tensor(grads[-1], requires_grad=True)
    optimiser = make([parameter])
    path = []
    for grad in grads[:-1]:
        parameter.grad = torch.tensor(grad)
        optimiser.step()
        path.append(parameter.detach().numpy().copy())
    return path


def draw_grads() -> np.ndarray:
    """One gradient a step; the last entry is the starting point."""
    return np.random.default_rng(0).normal(size=(STEPS + 1, 3, 2))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.5, "weight_decay": 0.1, "nesterov": True},
        {"weight_decay": 0.1},
    ],
    ids=str,
)
def test_sgd_is_that_of_torch(options: dict[str, Any]) -> None:
    grads = draw_grads()
    parameter, velocity = grads[-1], np.zeros((3, 2))
    for grad, wanted in zip(grads, follow_torch(lambda p: torch.optim.SGD(p, lr=0.1, **options), grads), strict=False):
        parameter, velocity = R.sgd(parameter, grad, velocity, rate=0.1, **options)
        assert_allclose(parameter, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize(
    "options",
    [{}, {"weight_decay": 0.1}, {"betas": (0.8, 0.95), "weight_decay": 0.01}],
    ids=str,
)
@pytest.mark.parametrize("epsilon", [1e-8, 1e-2])
def test_adam_is_that_of_torch(options: dict[str, Any], decoupled: bool, epsilon: float) -> None:
    grads = draw_grads()
    kind, options = (torch.optim.AdamW if decoupled else torch.optim.Adam), {"weight_decay": 0.0, **options}
    parameter, first, second = grads[-1], np.zeros((3, 2)), np.zeros((3, 2))
    path = follow_torch(lambda p: kind(p, lr=0.1, eps=epsilon, **options), grads)
    for step, (grad, wanted) in enumerate(zip(grads, path, strict=False), start=1):
        parameter, first, second = R.adam(
            parameter, grad, first, second, step=step, rate=0.1, epsilon=epsilon, decoupled=decoupled, **options
        )
        assert_allclose(parameter, wanted, rtol=1e-12, atol=1e-12)
