"""Which parameter is updated by which rule."""

import subprocess
import sys

import pytest
import torch

from striate.models.network import Network, build
from striate.models.zoo import plan_network
from striate.recipe import Recipe, change
from striate.records import ImageInput
from striate.train.muon import orthogonalise
from striate.train.optimizer import Optimizers
from striate.train.rule import SGD, AdamW, Rule

RECIPE = Recipe(name="test", epochs=1, batch=8)


def small_network(line: str = "conv 8 3x3 > batchnorm > relu > conv 16 3x3 > relu > globalpool") -> Network:
    spec = ImageInput(channels=1, height=9, width=9, mean=(0.5,), std=(0.5,))
    return build(plan_network(line, (1, 9, 9), outputs=2), spec)


@pytest.mark.parametrize("shape", [(8, 8), (4, 32), (32, 4), (1, 16)])
def test_orthogonalise_brings_all_singular_values_near_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrix))
    assert values.min() > 0.5 and values.max() < 1.3


@pytest.mark.parametrize("optimizer", ["muon", "sgd", "adamw"])
def test_every_parameter_is_updated_once(optimizer: str) -> None:
    network = small_network()
    recipe = change(RECIPE, {"optimizer": optimizer})
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimizers = Optimizers(network, recipe)
    held = [p for part in optimizers.parts for group in part.param_groups for p in group["params"]]
    assert len(held) == len({id(p) for p in held}) == len(before)
    x = torch.rand(8, 1, 9, 9, generator=torch.Generator().manual_seed(1))
    torch.nn.functional.cross_entropy(network(x), torch.arange(8) % 2).backward()
    optimizers.step()
    moved = {name for name, p in network.named_parameters() if not torch.equal(p, before[name])}
    assert moved == set(before)


def test_norms_and_biases_do_not_decay() -> None:
    network = small_network()
    optimizers = Optimizers(network, change(RECIPE, {"weight_decay": 0.1}))
    for part in optimizers.parts:
        for group in part.param_groups:
            for p in group["params"]:
                assert (group["weight_decay"] == 0) == (p.dim() <= 1)


def test_rate_is_a_factor_of_the_peak() -> None:
    optimizers = Optimizers(small_network(), RECIPE)
    optimizers.set_rate(0.5)
    optimizers.set_rate(0.25)
    rates = {group["lr"] for part in optimizers.parts for group in part.param_groups}
    assert rates == {0.25 * RECIPE.rate, 0.25 * RECIPE.matrix_rate}


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", ["momentum", "plain", "adamw"])
def test_rules_are_those_of_torch_bit_for_bit(name: str, decay: float) -> None:
    def make(weights: list[torch.Tensor], ours: bool) -> "Rule | torch.optim.Optimizer":
        groups = [{"params": weights, "weight_decay": decay}]
        if name == "adamw":
            return AdamW(groups, lr=0.01) if ours else torch.optim.AdamW(groups, lr=0.01)
        momentum = 0.9 if name == "momentum" else 0.0
        if ours:
            return SGD(groups, lr=0.1, momentum=momentum)
        return torch.optim.SGD(groups, lr=0.1, momentum=momentum, nesterov=momentum > 0)

    generator = torch.Generator().manual_seed(0)
    first = [torch.randn(shape, generator=generator) for shape in ((3, 4), (5,))]
    pairs = [[torch.nn.Parameter(weight.clone()) for weight in first] for _ in range(2)]
    rules = [make(weights, ours) for weights, ours in zip(pairs, (True, False), strict=True)]
    for _ in range(5):
        for own, other in zip(*pairs, strict=True):
            own.grad = torch.randn(own.shape, generator=generator)
            other.grad = own.grad.clone()
        for rule in rules:
            rule.step()
        assert all(torch.equal(own, other) for own, other in zip(*pairs, strict=True))


@pytest.mark.parametrize("optimizer", ["muon", "sgd", "adamw"])
def test_state_survives_saving(optimizer: str) -> None:
    recipe = change(RECIPE, {"optimizer": optimizer})
    x = torch.rand(8, 1, 9, 9, generator=torch.Generator().manual_seed(1))

    def steps(network: Network, optimizers: Optimizers, count: int) -> None:
        for _ in range(count):
            torch.nn.functional.cross_entropy(network(x), torch.arange(8) % 2).backward()
            optimizers.step()

    whole, halved = small_network(), small_network()
    steps(whole, Optimizers(whole, recipe), 4)
    first = Optimizers(halved, recipe)
    steps(halved, first, 2)
    second = Optimizers(halved, recipe)
    second.restore({name: value.clone() for name, value in first.tensors().items()})
    steps(halved, second, 2)
    for a, b in zip(whole.parameters(), halved.parameters(), strict=True):
        assert torch.equal(a, b)


def test_training_leaves_the_compiler_of_torch_unimported() -> None:
    code = """
import sys
from striate.data.xo_set import xo_catalogue
from striate.train.job import prepare
from striate.train.run import start
from striate.train.trial import Trial
job = prepare(xo_catalogue(40, 20, 20), architecture="xo", settings={}, seed=0, minutes=None, target=None)
Trial(start(job), job).step(job.device)
print("torch._dynamo" in sys.modules, "torch._inductor" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
