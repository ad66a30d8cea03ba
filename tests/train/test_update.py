"""One step of the recipe's optimiser, seen from outside: it is the step that training takes."""

import pytest
import torch
from torch import Tensor

from striate.errors import ShapeError, UsageError
from striate.models.network import Network, build
from striate.models.zoo import plan_network
from striate.recipe import Recipe, change
from striate.records import ImageInput
from striate.train.optimizer import Optimizers
from striate.train.update import trace_update

RECIPE = Recipe(name="test", epochs=1, batch=8)
LINE = "conv 8 3x3 > batchnorm > relu > conv 16 3x3 > relu > globalpool"


def make() -> tuple[Network, dict[str, Tensor]]:
    """A network, and a gradient for each of its parameters."""
    spec = ImageInput(channels=1, height=9, width=9, mean=(0.5,), std=(0.5,))
    network = build(plan_network(LINE, (1, 9, 9), outputs=2), spec)
    draw = torch.Generator().manual_seed(1)
    return network, {name: torch.randn(p.shape, generator=draw) for name, p in network.named_parameters()}


@pytest.mark.parametrize("settings", [{}, {"clip": 0.5}, {"weight_decay": 0.1}], ids=str)
@pytest.mark.parametrize("optimizer", ["muon", "sgd", "adamw"])
def test_the_step_is_the_one_that_training_takes(optimizer: str, settings: dict[str, float]) -> None:
    recipe = change(RECIPE, {"optimizer": optimizer, **settings})
    network, gradients = make()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    update = trace_update(network, recipe, gradients)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(weight.grad is None for weight in network.parameters())
    for name, weight in network.named_parameters():
        weight.grad = gradients[name].clone()
    optimizers = Optimizers(network, recipe)
    if recipe.clip:
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
    optimizers.step()
    assert update.keys() == dict(network.named_parameters()).keys()
    for name, weight in network.named_parameters():
        assert torch.equal(weight.detach() - before[name], update[name]), name


def test_plain_descent_is_rate_times_gradient() -> None:
    network, gradients = make()
    update = trace_update(network, change(RECIPE, {"optimizer": "sgd", "momentum": 0, "rate": 0.25}), gradients)
    for name, gradient in gradients.items():
        torch.testing.assert_close(update[name], -0.25 * gradient, atol=1e-6, rtol=0)  # the weights round the sum


def test_muon_moves_a_hidden_weight_by_its_share_whatever_the_gradient() -> None:
    network, gradients = make()
    for size in (1e-4, 1.0):
        update = trace_update(network, RECIPE, {name: size * gradient for name, gradient in gradients.items()})
        share = update["conv2.weight"].norm() / network.get_parameter("conv2.weight").detach().norm()
        assert float(share) == pytest.approx(RECIPE.matrix_rate, rel=1e-3)


def test_what_has_no_gradient_or_is_frozen_stays() -> None:
    network, gradients = make()
    network.get_parameter("conv1.weight").requires_grad_(False)
    del gradients["head.bias"]
    update = trace_update(network, RECIPE, gradients)
    still = {name for name, value in update.items() if not value.any()}
    assert still == {"conv1.weight", "head.bias"}


def test_other_names_and_shapes_are_refused() -> None:
    network, gradients = make()
    with pytest.raises(UsageError, match=r"'conv2.weigth'.*conv2.weight"):
        trace_update(network, RECIPE, {"conv2.weigth": gradients["conv2.weight"]})
    with pytest.raises(ShapeError, match=r"\(2,\) for conv2.weight"):
        trace_update(network, RECIPE, {"conv2.weight": torch.zeros(2)})
