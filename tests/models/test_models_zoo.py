"""The common suite of the zoo: every registered name plans at its natural size and learns. A new name needs a row."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F

from striate.models.network import build
from striate.models.zoo import ZOO, choose_line, plan_network
from striate.notation import parse
from striate.recipe import Facts
from striate.records import ImageInput


@dataclass(frozen=True, kw_only=True)
class Known:
    """One name: what it is made for, what it ends in, and a small shape at which a test can train it."""

    natural: tuple[int, int, int]
    classes: int
    parameters: int
    last: tuple[int, ...]
    small: tuple[int, int, int]
    rate: float


KNOWN = {
    "lenet5": Known(natural=(1, 28, 28), classes=10, parameters=61_706, last=(84,), small=(1, 28, 28), rate=0.003),
    "xo": Known(natural=(1, 28, 28), classes=2, parameters=6_010, last=(32,), small=(1, 9, 9), rate=0.01),
    "compact": Known(natural=(1, 28, 28), classes=10, parameters=240_466, last=(96,), small=(1, 8, 8), rate=0.003),
    "swift": Known(natural=(1, 28, 28), classes=10, parameters=75_450, last=(64, 3, 3), small=(1, 28, 28), rate=0.001),
    "thorough": Known(
        natural=(1, 28, 28), classes=10, parameters=165_010, last=(96, 3, 3), small=(1, 28, 28), rate=0.001
    ),
    "finder": Known(
        natural=(3, 256, 320), classes=2, parameters=598_290, last=(128, 8, 10), small=(3, 32, 32), rate=0.001
    ),
    "resnet18": Known(
        natural=(3, 224, 224), classes=1000, parameters=11_689_512, last=(512,), small=(3, 32, 32), rate=0.001
    ),
    "vgg11": Known(
        natural=(3, 224, 224), classes=1000, parameters=132_863_336, last=(4096,), small=(3, 32, 32), rate=0.0001
    ),
}
each_name = pytest.mark.parametrize("name", ZOO)


def test_every_name_has_a_row() -> None:
    assert set(KNOWN) == set(ZOO)


@each_name
def test_name_plans_at_its_natural_size(name: str) -> None:
    known = KNOWN[name]
    made = plan_network(name, known.natural, outputs=known.classes)
    assert made.parameters == known.parameters
    assert made.output_shape == (known.classes,)
    assert made.layers[-2].output_shape == known.last


@each_name
def test_name_stands_for_a_canonical_line(name: str) -> None:
    assert str(parse(ZOO[name])) == ZOO[name]


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small maps are computed fastest alone."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@each_name
@pytest.mark.usefixtures("one_thread")
def test_name_learns_random_pictures(name: str) -> None:
    known = KNOWN[name]
    channels, height, width = known.small
    spec = ImageInput(channels=channels, height=height, width=width, mean=(0.5,) * channels, std=(0.3,) * channels)
    network = build(plan_network(name, known.small, outputs=4), spec, seed=1)
    torch.manual_seed(1)  # of dropout too
    x, labels = torch.randint(0, 256, (8, *known.small), dtype=torch.uint8), torch.arange(8) % 4
    optimizer = torch.optim.Adam(network.parameters(), lr=known.rate)
    losses = []
    for _ in range(4):
        loss = F.cross_entropy(network.train()(x), labels)
        optimizer.zero_grad()
        loss.backward()
        assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in network.parameters())
        optimizer.step()
        with torch.inference_mode():
            losses.append(F.cross_entropy(network.eval()(x), labels).item())
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.002


@pytest.mark.parametrize(
    ("n_train", "size", "minutes", "target", "name"),
    [
        (55_000, (28, 28), None, None, "swift"),
        (55_000, (28, 28), 4, None, "swift"),
        (55_000, (28, 28), 15, None, "thorough"),
        (55_000, (28, 28), 15, 0.9, "swift"),
        (550_000, (28, 28), 15, None, "swift"),
        (55_000, (32, 40), None, 0.9, "swift"),
        (55_000, (8, 8), None, None, "compact"),
        (55_000, (64, 64), 15, None, "compact"),
        (1_500, (28, 28), 15, 0.9, "compact"),
    ],
)
def test_the_network_follows_from_data_and_limits(
    n_train: int, size: tuple[int, int], minutes: float | None, target: float | None, name: str
) -> None:
    assert choose_line(Facts(n_train=n_train, normed=True, size=size, minutes=minutes, target=target)) == name


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(16, 16), (16, 40), (40, 40), (27, 33)])
def test_whatever_is_chosen_can_be_planned(channels: int, size: tuple[int, int]) -> None:
    for minutes in (0.5, 1e5):
        line = choose_line(Facts(n_train=55_000, normed=True, size=size, minutes=minutes))
        assert plan_network(line, (channels, *size), outputs=10).output_shape == (10,)
