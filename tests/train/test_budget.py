"""Minutes into epochs: what a neighbour disturbs for a moment must not decide how long a network learns."""

import time
from collections.abc import Callable
from itertools import chain, cycle, repeat
from pathlib import Path

import pytest

from striate.data.xo_set import xo_catalogue
from striate.errors import UsageError
from striate.records import ImageInput
from striate.runtime import clock
from striate.train import budget
from striate.train import run as run_module
from striate.train.job import Job, prepare
from striate.train.run import start
from striate.train.trial import Trial

DATA = xo_catalogue(1280, 40, 20, size=12, seed=3)
STEP = 0.03  # seconds


def make_job(minutes: float) -> Job:
    return prepare(DATA, architecture="xo", settings={"batch": 64}, seed=5, minutes=minutes, target=None)


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Plan with steps that take the given seconds, after the two that warm up."""
    monkeypatch.setattr(budget, "_time_inference", lambda *_: 0.0)

    def fit(seconds: "chain[float] | cycle[float] | repeat[float]", minutes: float = 1) -> int:
        times = chain([1.0, 1.0], seconds)
        monkeypatch.setattr(Trial, "step", lambda *_: next(times))
        job = make_job(minutes)
        return budget.fit_epochs(start(job), job, minutes=minutes, elapsed=0)[0].recipe.epochs

    return fit


def test_epochs_fill_the_minutes_beside_evaluation_and_report(plan: Callable[..., int]) -> None:
    epochs = plan(repeat(STEP))
    used = epochs * 20 * STEP
    assert 60 / budget.SAFETY - 2 * budget.FIXED - 20 * STEP < used < 60 / budget.SAFETY - budget.FIXED / budget.SAFETY


def test_bursts_of_a_neighbour_leave_the_plan_as_it_is(plan: Callable[..., int]) -> None:
    quiet = plan(repeat(STEP), minutes=4)
    assert plan(cycle([10 * STEP, 8 * STEP, STEP, STEP]), minutes=4) == quiet
    assert plan(chain([10 * STEP] * 6, repeat(STEP)), minutes=4) == quiet  # the eight that were once all are no measure


def test_a_step_that_is_slow_throughout_counts_as_slow(plan: Callable[..., int]) -> None:
    assert plan(repeat(10 * STEP)) < plan(repeat(STEP)) / 8


def test_slow_steps_are_timed_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[float] = []
    monkeypatch.setattr(Trial, "step", lambda *_: timed.append(5.0) or 5.0)
    job = make_job(10)
    budget.fit_epochs(start(job), job, minutes=10, elapsed=0)
    assert len(timed) == budget.WARM + budget.LEAST


def test_minutes_that_hold_no_step_are_refused(plan: Callable[..., int]) -> None:
    with pytest.raises(UsageError, match="the minutes must hold all work"):
        plan(repeat(STEP), minutes=0.01)


@pytest.mark.parametrize(
    ("shape", "measured"),  # on two cores, 2,000 pictures; benchmarks are for more exact figures
    [((1, 8, 8), 49e-6), ((1, 28, 28), 204e-6), ((3, 32, 32), 287e-6), ((3, 64, 64), 626e-6), ((3, 224, 224), 1300e-6)],
)
def test_the_reserve_for_baselines_is_what_they_take(shape: tuple[int, ...], measured: float) -> None:
    channels, height, width = shape
    spec = ImageInput(channels=channels, height=height, width=width, mean=(0.0,) * channels, std=(1.0,) * channels)
    assert measured < budget._baseline_seconds(spec) < 2 * measured + 2e-4


def test_opening_the_data_is_part_of_the_minutes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Decoding a folder for the first time may take most of them."""
    seen: list[float] = []

    def stop(*_: object, elapsed: float, **__: object) -> None:
        seen.append(elapsed)
        raise UsageError("no more is tested", got="a plan", fix="look at what was seen")

    monkeypatch.setattr(clock, "_begun", None)
    monkeypatch.setattr(run_module, "open_data", lambda *_, **__: (time.sleep(0.3), DATA)[1])
    monkeypatch.setattr(run_module, "fit_epochs", stop)
    with pytest.raises(UsageError, match="no more is tested"):
        run_module.train("anywhere", architecture="xo", minutes=1, run=tmp_path / "run", route="torch-nchw-float32-1")
    assert seen[0] > 0.3
