"""A target ends training when validation says so with some confidence, within an epoch too, and not before."""

import math
from pathlib import Path

import pytest

from striate.data.xo_set import xo_catalogue
from striate.train.job import Job, prepare
from striate.train.loop import fit
from striate.train.run import start
from striate.train.state import State
from striate.train.target import CHECKS, is_due, is_reached

LINE = "conv 9 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu > conv 8 3x3 > batchnorm > relu > globalpool max"


@pytest.mark.parametrize("per_epoch", [1, 2, 3, 4, 7, 430])
def test_looks_are_spread_over_the_epoch_and_fall_on_its_end(per_epoch: int) -> None:
    looks = [step for step in range(1, 3 * per_epoch + 1) if is_due(step, per_epoch)]
    assert len(looks) == 3 * min(CHECKS, per_epoch)
    assert {per_epoch, 2 * per_epoch, 3 * per_epoch} <= set(looks)


@pytest.mark.parametrize(
    ("accuracy", "n", "reached"),
    [(0.91, 1000, True), (0.905, 1000, False), (0.905, 10_000, True), (0.95, 18, False), (1.0, 20, True)],
)
def test_fewer_pictures_must_show_more(accuracy: float, n: int, reached: bool) -> None:
    assert is_reached(0.9, accuracy, n) == reached


def run(target: float, folder: Path, **settings: str | float) -> tuple[Job, State]:
    settings = {"epochs": 4, "batch": 16, "first_layer": "whitened", **settings}
    catalogue = xo_catalogue(320, 100, 20, size=12, seed=3)
    job = prepare(catalogue, architecture=LINE, settings=settings, seed=5, minutes=None, target=target)
    return job, fit(start(job), job, folder=folder)


def test_training_ends_within_an_epoch_and_keeps_what_reached_the_target(tmp_path: Path) -> None:
    _, state = run(0.05, tmp_path)
    assert state.course.stopped == "target"
    assert state.course.step == math.ceil(20 / CHECKS)
    assert len(state.course.history) == 1
    assert is_reached(0.05, state.course.best_accuracy, 100)


def test_a_target_out_of_reach_lets_training_complete(tmp_path: Path) -> None:
    _, state = run(1.0, tmp_path, rate=1e-9, matrix_rate=1e-9)
    assert state.course.stopped == "completed"
    assert len(state.course.history) == 4


def test_whitened_weights_do_not_move(tmp_path: Path) -> None:
    job, state = run(1.0, tmp_path, epochs=1)
    first = start(job).get_submodule("conv1").state_dict()["weight"]
    assert (state.network.get_submodule("conv1").state_dict()["weight"] == first).all()
    assert (state.best["conv1.weight"] - first).abs().max() < 1e-6
