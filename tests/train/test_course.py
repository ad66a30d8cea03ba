"""Looks into a training: they disturb nothing, cost little, survive a resume, and say what is so."""

import dataclasses
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from striate.checkpoint import load_checkpoint, save_checkpoint
from striate.data.xo_set import xo_catalogue
from striate.models.move import move
from striate.models.network import Network
from striate.records import NetworkCourse
from striate.report.course import list_warnings
from striate.runtime.device import read_route, settle
from striate.train import probe
from striate.train.job import Job, prepare
from striate.train.looks import CHEAP, DEARER, LEAST, MOST_LOOKS, SHARE, SHORT, Looks, plan_looks
from striate.train.loop import fit
from striate.train.probe import Probe, untouched
from striate.train.run import start
from striate.train.snapshot import MOST, add_snapshot, begin_kernels
from striate.train.state import State

LINE = "conv 4 3x3 pad 1 > batchnorm > relu > maxpool 2 > dropout 0.2 > skip(conv 4 3x3 pad 1 > gelu) > globalpool"
ROUTES = ("torch-nchw-float32-1", "torch-nhwc-float32-1", "native-float32-1")


def make_job(line: str = LINE, route: str = ROUTES[0], **settings: str | int | float) -> Job:
    catalogue = xo_catalogue(120, 40, 20, size=12, seed=3)
    settings = {"epochs": 3, "batch": 16, "ema": 0.9, "shift": 0.1, **settings}
    job = prepare(catalogue, architecture=line, settings=settings, seed=5, minutes=None, target=None)
    return dataclasses.replace(job, device=read_route(route, "cpu"))


def train(job: Job, folder: Path) -> State:
    return fit(start(job), job, folder=folder)


def look(job: Job, network: Network) -> NetworkCourse:
    settle(job.device, 0)
    return Probe(move(network, job.device), job).look(None, epoch=0, step=0)


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have looks of so many pictures after every so many epochs, whatever the counts say."""
    return lambda pictures, every: monkeypatch.setattr(
        probe, "plan_looks", lambda *_: Looks(pictures=pictures, every=every)
    )


@pytest.mark.parametrize("route", ROUTES)
def test_training_is_the_same_bit_for_bit_without_looks(
    route: str, tmp_path: Path, planned: Callable[..., None]
) -> None:
    job = make_job(route=route)
    if job.device.native and not start(job).native_possible:
        pytest.skip("no native kernels here")
    planned(0, 0)
    without = train(job, tmp_path / "without")
    planned(48, 1)
    looked = train(job, tmp_path / "looked")
    assert without.course.inside is None and looked.course.inside is not None
    assert looked.course.inside.epochs == (0, 1, 2, 3)
    for name in ("network", "averaged"):
        ours, theirs = (getattr(state, name).state_dict() for state in (looked, without))
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    losses = [[(row.train_loss, row.validation_loss) for row in state.course.history] for state in (looked, without)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("route", ROUTES)
def test_a_look_leaves_no_trace(route: str) -> None:
    job = make_job(route=route)
    network = move(start(job), job.device).train()
    found = Probe(network, job)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    drawn = torch.get_rng_state()
    found.look(None, epoch=0, step=0)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert torch.equal(drawn, torch.get_rng_state())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(module.training for module in network.modules())
    assert network.native == job.device.native
    assert not any(module._forward_hooks for module in network.modules())


def test_what_a_look_changed_is_put_back_after_a_fault() -> None:
    network = start(make_job()).train()
    network.native = True
    with pytest.raises(MemoryError), untouched(network):
        assert not network.native
        raise MemoryError
    assert network.native and all(module.training for module in network.modules())
    assert network.get_submodule("batchnorm1").track_running_stats


def test_norms_answer_by_the_batch_as_in_training() -> None:
    network = start(make_job(LINE.replace(" > dropout 0.2", "")))
    pictures = torch.from_numpy(xo_catalogue(16, 2, 2, size=12).inputs[:16].copy())
    with untouched(network):
        seen = network(pictures)
    assert torch.equal(seen, network.train()(pictures))


@pytest.mark.parametrize("epochs", [1, 2, 7, 30, 200, 5000])
@pytest.mark.parametrize("n_train", [2, 40, 1000, 4000, 55_000, 1_000_000])
@pytest.mark.parametrize("multiply_adds", [10, 10**6, 10**7, 10**8, 2 * 10**9])
def test_looks_cost_a_hundredth_at_most_or_next_to_nothing(epochs: int, n_train: int, multiply_adds: int) -> None:
    looks = plan_looks(epochs, n_train, multiply_adds)
    taken = [epoch for epoch in range(epochs + 1) if looks.is_due(epoch, ended=epoch == epochs)]
    pictures = len(taken) * looks.pictures
    cheap = pictures <= SHORT * LEAST and pictures * multiply_adds <= CHEAP
    assert DEARER * pictures <= SHARE * epochs * n_train or cheap
    assert len(taken) <= MOST_LOOKS
    assert not taken or (len(taken) >= 2 and looks.pictures > 0)


@pytest.mark.parametrize(
    ("epochs", "n_train", "multiply_adds", "epochs_seen"),
    [
        (11, 4000, 500_000, [0, 4, 8, 11]),  # striate demo
        (6, 55_000, 2_000_000, [0, 1, 2, 3, 4, 5, 6]),  # Fashion-MNIST
        (30, 42, 500_000, [0, 15, 30]),
        (4, 42, 2_000_000_000, []),  # ResNet-18 on a handful of pictures
    ],
)
def test_looks_come_where_they_are_paid_for(
    epochs: int, n_train: int, multiply_adds: int, epochs_seen: list[int]
) -> None:
    looks = plan_looks(epochs, n_train, multiply_adds)
    assert [epoch for epoch in range(epochs + 1) if looks.is_due(epoch, ended=epoch == epochs)] == epochs_seen


def test_gradient_and_drift_are_those_of_autograd(tmp_path: Path) -> None:
    """A network without norms and dropout, its pictures in parts of a batch: the shares follow from one whole pass."""
    job = make_job("conv 3 3x3 > relu > dense 8 > relu", epochs=2, ema=0)
    state = train(job, tmp_path)
    inside = state.course.inside
    assert inside is not None and inside.steps == (0, 8, 16)
    found, network = Probe(start(job), job), state.network
    assert len(found.targets) == inside.pictures > job.recipe.batch
    loss = torch.nn.functional.cross_entropy(
        network(torch.from_numpy(found.inputs[:])), found.targets, label_smoothing=0.1
    )
    loss.backward()
    for layer in inside.layers:
        weight, began = network.get_parameter(f"{layer.name}.weight"), found.start[layer.name]
        assert weight.grad is not None
        size, way = weight.detach().norm(), (weight.detach() - began).norm()
        assert layer.gradient[-1] == pytest.approx(float(weight.grad.norm() / size), rel=1e-3)
        assert layer.drift[0] == 0 and layer.drift[-1] == pytest.approx(float(way / began.norm()), rel=1e-3)
    assert [layer.name for layer in inside.layers] == ["conv1", "dense1", "head"]


def test_batches_of_one_are_looked_at_in_pairs() -> None:
    """A norm over a single value has no statistics."""
    job = make_job("dense 8 > batchnorm > relu", batch=1)
    assert all(math.isfinite(layer.gradient[0]) for layer in look(job, start(job)).layers)


@pytest.mark.parametrize("kind", ["relu", "gelu", "silu"])
def test_dead_units_are_counted(kind: str) -> None:
    job = make_job(f"conv 6 3x3 > {kind} > dense 5 > {kind}")
    network = start(job)
    with torch.no_grad():
        network.get_parameter("conv1.bias")[[1, 4]] = -1000
        network.get_parameter("dense1.bias").copy_(torch.tensor([9.0, 9, -1000, 9, 9]))
    course = look(job, network)
    assert [(unit.name, unit.units, unit.dead) for unit in course.units] == [
        (f"{kind}1", 6, (2,)),
        (f"{kind}2", 5, (1,)),
    ]


def test_other_activations_do_not_die() -> None:
    job = make_job("conv 4 3x3 > leaky 0.1 > sigmoid > tanh")
    assert look(job, start(job)).units == ()


def test_weights_that_are_all_0_have_no_share() -> None:
    job = make_job("conv 4 3x3 > relu")
    network = start(job)
    torch.nn.init.zeros_(network.get_parameter("conv1.weight"))
    first, head = look(job, network).layers
    assert math.isnan(first.gradient[0]) and math.isnan(first.drift[0]) and math.isfinite(head.gradient[0])


def test_sigmoids_lose_the_gradient_and_skips_keep_it() -> None:
    plain = make_job("(conv 8 3x3 pad 1 > sigmoid) x8 > globalpool")
    skips = make_job("conv 8 3x3 pad 1 > skip(conv 8 3x3 pad 1 > sigmoid) x7 > globalpool")
    courses = [look(job, start(job)).layers for job in (plain, skips)]
    without, kept = (layers[0].gradient[0] / layers[-1].gradient[0] for layers in courses)
    assert without < 1e-4 and kept > 1e-3


def test_a_training_that_ends_within_an_epoch_is_looked_at_there(tmp_path: Path) -> None:
    job = make_job(epochs=1000)
    state = fit(start(job), job, folder=tmp_path, deadline=0.0)
    assert state.course.inside is not None
    assert (state.course.inside.epochs, state.course.inside.steps) == ((0, 1), (0, 1))


def test_whitened_kernels_are_shown_once_and_not_listed_as_trained(tmp_path: Path) -> None:
    job = make_job("conv 12 3x3 > relu > globalpool", first_layer="whitened")
    inside = train(job, tmp_path).course.inside
    assert inside is not None and inside.kernels is not None
    assert [layer.name for layer in inside.layers] == ["head"]
    assert not inside.kernels.trained and [one.epoch for one in inside.kernels.snapshots] == [0]


@pytest.mark.parametrize("looks", [1, 2, 11, 12, 13, 24, 50])
def test_snapshots_stay_few_and_evenly_spread(looks: int) -> None:
    weight = torch.randn(20, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    course = begin_kernels("conv1", torch.nn.Parameter(weight))
    assert course is not None
    for last in range(looks):
        course = add_snapshot(course, weight * (last + 1), tuple(range(last + 1)))
    kept = [one.epoch for one in course.snapshots]
    assert kept[0] == 0 and kept[-1] == looks - 1 and len(kept) <= MOST
    assert len({after - before for before, after in pairwise(kept[:-1])}) <= 1
    assert len(kept) >= min(looks, MOST // 2)
    assert [one.largest for one in course.snapshots] == [
        pytest.approx((epoch + 1) * float(weight[:16].abs().max()), rel=1e-3) for epoch in kept
    ]


@pytest.mark.parametrize(
    ("shape", "kept"),
    [
        ((8, 1, 3, 3), (8, 1, 3, 3)),
        ((64, 3, 7, 7), (16, 3, 7, 7)),
        ((96, 3, 32, 20), (16, 3, 16, 16)),
        ((8, 2, 3, 3), None),
        ((8, 1, 3), None),
    ],
)
def test_kernels_are_seen_small_or_not_at_all(shape: tuple[int, ...], kept: tuple[int, ...] | None) -> None:
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    course = begin_kernels("conv1", weight)
    assert (course and course.shape) == kept
    if course is not None and shape == kept:
        (snapshot,) = add_snapshot(course, weight, (0,)).snapshots
        back = np.reshape(snapshot.values, shape) * snapshot.largest / 127
        assert np.abs(back - weight.numpy()).max() <= 0.51 * snapshot.largest / 127


def test_pictures_are_of_the_training_split_and_follow_from_the_seed() -> None:
    job = make_job()
    first, again, other = (Probe(start(job), one) for one in (job, job, dataclasses.replace(job, seed=6)))
    assert (first.inputs[:] == again.inputs[:]).all() and not (first.inputs[:] == other.inputs[:]).all()
    taught = {picture.tobytes() for picture in job.catalogue.select("train").inputs}
    assert {picture.tobytes() for picture in first.inputs} <= taught


@pytest.mark.parametrize(
    ("line", "rate", "words"),
    [
        ("(conv 8 3x3 pad 1 > sigmoid) x8 > globalpool", 0.05, "vanish on the way back"),
        ("conv 8 3x3 pad 1 > skip(conv 8 3x3 pad 1 > sigmoid) x7 > globalpool", 0.05, ""),
        ("(conv 8 3x3 pad 1 > batchnorm > sigmoid) x8 > globalpool", 0.05, ""),
        ("(conv 16 3x3 pad 1 > relu) x2 > globalpool", 4, "units of group2.body.relu1 are dead"),
        ("(conv 16 3x3 pad 1 > batchnorm > relu) x2 > globalpool", 0.1, ""),
    ],
)
def test_the_trainings_of_the_page_are_warned_of_where_they_should_be(
    line: str, rate: float, words: str, tmp_path: Path
) -> None:
    """docs/inside-training.md promises it."""
    job = make_job(line, epochs=40, batch=32, optimizer="sgd", rate=rate)
    inside = train(job, tmp_path).course.inside
    assert inside is not None
    texts = list_warnings(inside)
    assert len(texts) == bool(words) and all(words in text for text in texts)


def test_a_checkpoint_from_before_there_were_looks_goes_on(tmp_path: Path) -> None:
    job = make_job(epochs=1)
    train(job, tmp_path)
    path = tmp_path / "checkpoint" / "checkpoint.safetensors"
    tensors, document = load_checkpoint(path)
    del document["course"]["inside"]
    save_checkpoint(path, tensors, document)
    course = train(job, tmp_path).course
    assert course.stopped == "completed" and course.inside is None
