"""A run that is stopped anywhere and started again gives the very same weights."""

from pathlib import Path

import pytest
import torch

from striate.data.xo_set import xo_catalogue
from striate.errors import RunError
from striate.models.network import build
from striate.train import loop
from striate.train.feed import deal, mix
from striate.train.job import Job, prepare
from striate.train.loop import fit
from striate.train.state import State
from striate.train.watch import Watch

LINE = "conv 4 3x3 pad 1 > batchnorm > relu > maxpool 2 > dropout 0.2 > conv 8 3x3 > relu > globalpool"


WIDE = "conv 8 3x3 pad 1 > batchnorm > relu > conv 16 3x3 > relu > maxpool 2 > conv 8 3x3 > relu > globalpool"


def make_job(line: str = LINE, route: str = "auto", **settings: str | int | float) -> Job:
    catalogue = xo_catalogue(120, 40, 20, size=12, seed=3)
    settings = {"epochs": 3, "batch": 16, "ema": 0.9, "shift": 0.1, "rotate": 10, **settings}
    return prepare(catalogue, architecture=line, settings=settings, seed=5, minutes=None, target=None, route=route)


def train(job: Job, folder: Path) -> State:
    return fit(build(job.plan, job.spec, seed=job.seed), job, folder=folder)


def assert_equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


@pytest.mark.parametrize(
    ("line", "route", "optimizer"),
    [
        *((LINE, "auto", optimizer) for optimizer in ("muon", "sgd", "adamw")),
        (WIDE, "native-float32-2", "muon"),
        (WIDE, "native-bfloat16-2", "muon"),
        (WIDE, "native-bfloat16-2", "sgd"),
    ],
)
def test_resumed_weights_are_the_uninterrupted_ones(
    line: str, route: str, optimizer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(line, route, optimizer=optimizer)
    whole = train(job, tmp_path / "whole")
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    draw = Watch.step
    for stop_at in (1, 2, 9, 13, 21):

        def stop(watch: Watch, done: int, *, epoch: int, loss: float, speed: float, stop_at: int = stop_at) -> None:
            draw(watch, done, epoch=epoch, loss=loss, speed=speed)
            if done == stop_at:
                raise MemoryError("a kill")

        monkeypatch.setattr(Watch, "step", stop)
        with pytest.raises(MemoryError):
            train(job, tmp_path / "parts")
    monkeypatch.setattr(Watch, "step", draw)
    parts = train(job, tmp_path / "parts")
    assert_equal(whole.best, parts.best)
    assert_equal(whole.network.state_dict(), parts.network.state_dict())
    assert whole.course.inside is not None and whole.course.inside == parts.course.inside
    same = [(row.epoch, row.train_loss, row.validation_loss) for row in whole.course.history]
    assert same == [(row.epoch, row.train_loss, row.validation_loss) for row in parts.course.history]


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    job = make_job()
    first = train(job, tmp_path / "a").best
    other = prepare(
        job.catalogue, architecture=LINE, settings={"epochs": 1, "batch": 16}, seed=6, minutes=None, target=None
    )
    second = train(other, tmp_path / "b").best
    assert any(not torch.equal(first[name], second[name]) for name in first)


def test_a_checkpoint_of_other_choices_is_refused_by_name(tmp_path: Path) -> None:
    train(make_job(), tmp_path)
    with pytest.raises(RunError, match=r"epochs 3, now 4"):
        train(make_job(epochs=4), tmp_path)


def test_a_deadline_ends_training_with_usable_weights(tmp_path: Path) -> None:
    job = make_job(epochs=1000)
    state = fit(build(job.plan, job.spec), job, folder=tmp_path, deadline=0.0)
    assert state.course.stopped == "minutes"
    assert state.course.step == 1
    assert state.best


def test_a_loss_that_is_no_number_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not-a-number at step"):
        train(make_job("dense 8 > dense 8", optimizer="sgd", rate=100, epochs=50), tmp_path)


def test_patience_and_target_end_training(tmp_path: Path) -> None:
    job = make_job(epochs=100, rate=1e-9, matrix_rate=1e-9, patience=2)
    assert train(job, tmp_path / "early").course.stopped in ("early", "completed")
    easy = prepare(job.catalogue, architecture=LINE, settings={"epochs": 5}, seed=0, minutes=None, target=0.01)
    assert train(easy, tmp_path / "target").course.stopped == "target"


def test_every_picture_is_dealt_once_an_epoch() -> None:
    batches = deal(1003, 8, mix(1, 2))
    assert sorted(torch.cat(batches).tolist()) == list(range(1003))
    assert {len(batch) for batch in batches} == {125, 126}
    assert not torch.equal(torch.cat(batches), torch.cat(deal(1003, 8, mix(1, 3))))
