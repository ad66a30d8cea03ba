"""Route choice: text form, the race, the device check, the cache, resume, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from striate.data.memo import MOST
from striate.data.xo_set import xo_catalogue
from striate.errors import RunError, UsageError
from striate.models.network import Network, build
from striate.notation import plan
from striate.runtime.device import Device, name_route, read_route
from striate.train import route as routes
from striate.train import run as verb
from striate.train.check import find_fault
from striate.train.job import Job, prepare
from striate.train.measured import Measured, recall, remember
from striate.train.trial import Trial

LINE = "conv 4 3x3 pad 1 > batchnorm > relu > maxpool 2 > dropout 0.2 > conv 8 3x3 > relu > globalpool"
DATA = xo_catalogue(120, 40, 20, size=12, seed=3)
SLOWER = {"torch-nchw-float32-2": 3.0, "torch-nhwc-float32-2": 1.0, "native-float32-2": 1.2}
NAMES = [
    "native-float32-2",
    "native-bfloat16-2",
    "torch-nhwc-bfloat16-2",
    "torch-nchw-float32-1",
    "torch-nhwc-float32-64",
]


def make_job(route: str = "auto") -> Job:
    return prepare(DATA, architecture=LINE, settings={"epochs": 2}, seed=5, minutes=None, target=None, route=route)


def make_network(job: Job) -> Network:
    return build(job.plan, job.spec, seed=5)


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Steps that take what SLOWER says, 10 s where it is silent; gives the routes in the order they were timed."""
    timed: list[str] = []

    def step(trial: Trial, device: Device) -> float:
        timed.append(name_route(device))
        return SLOWER.get(timed[-1], 10.0)

    monkeypatch.delenv("STRIATE_THREADS", raising=False)
    monkeypatch.setattr(Trial, "step", step)
    monkeypatch.setattr(routes, "_is_busy", lambda: False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    return timed


@pytest.mark.parametrize("name", NAMES)
def test_routes_are_read_as_they_are_printed(name: str) -> None:
    assert name_route(read_route(name, "cpu")) == name


@pytest.mark.parametrize("text", ["", "native", "native-float32-0", "native-nhwc-float32-2", "torch-float32-1", "x"])
def test_what_is_no_route_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="a route is auto, native"):
        read_route(text, "cpu")


def test_the_fastest_wins_and_is_remembered(stopwatch: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    job = make_job()
    chosen = routes.choose_route(make_network(job), job)
    assert name_route(chosen.device) == "torch-nhwc-float32-2"
    assert "3.00 times as fast as PyTorch's default" in capsys.readouterr().err
    assert "torch-nchw-float32-1" not in stopwatch  # its sibling with all threads was far behind
    stopwatch.clear()
    assert routes.choose_route(make_network(job), job).device == chosen.device
    assert set(stopwatch) == {"torch-nhwc-float32-2"}


def test_a_training_too_short_to_pay_for_measuring_takes_the_default(
    stopwatch: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_cache: Path
) -> None:
    monkeypatch.setitem(SLOWER, "torch-nchw-float32-2", 0.003)
    job = make_job()
    chosen = routes.choose_route(make_network(job), job)
    assert name_route(chosen.device) == "torch-nchw-float32-2" and set(stopwatch) == {"torch-nchw-float32-2"}
    assert "not measured: all training takes about 0.0" in capsys.readouterr().err
    assert not (own_cache / "routes.json").exists()  # a longer training will measure
    monkeypatch.setattr(routes, "find_fault", lambda _, task, device, *rest: "" if device.layout == "nhwc" else "wrong")
    assert routes.choose_route(make_network(job), job).device.layout == "nhwc"


def test_measuring_ends_at_half_of_what_training_takes(
    stopwatch: list[str], monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    job = make_job()
    clock = iter(range(0, 10**6, 1000))  # a thousand seconds pass between two looks at it
    monkeypatch.setattr(routes.time, "monotonic", lambda: float(next(clock)))
    assert name_route(routes.choose_route(make_network(job), job).device) == "torch-nchw-float32-2"
    assert set(stopwatch) == {"torch-nchw-float32-2"} and not (own_cache / "routes.json").exists()


def test_a_busy_neighbour_leaves_one_thread(stopwatch: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job()
    routes.choose_route(make_network(job), job)
    monkeypatch.setitem(SLOWER, "torch-nhwc-float32-2", 2.4)
    monkeypatch.setitem(SLOWER, "torch-nhwc-float32-1", 1.5)
    assert routes.choose_route(make_network(job), job).device.threads == 1


def test_a_route_that_computes_something_else_is_left_out(
    stopwatch: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(routes, "find_fault", lambda _, task, device, *rest: "" if device.layout == "nchw" else "wrong")
    job = make_job()
    assert routes.choose_route(make_network(job), job).device.layout == "nchw"
    assert "route torch-nhwc-float32-2 is left out: wrong" in capsys.readouterr().err
    monkeypatch.setattr(routes, "find_fault", lambda *_: "wrong")
    job = prepare(DATA, architecture="xo", settings={}, seed=0, minutes=None, target=None)
    with pytest.raises(RunError, match="some route must compute"):
        routes.choose_route(make_network(job), job)


@pytest.mark.parametrize("name", ["torch-nchw-float32-1", "torch-nhwc-float32-1", "torch-nhwc-bfloat16-1"])
def test_sound_routes_pass_the_device_check(name: str) -> None:
    network, trial = make_network(make_job()), Trial(make_network(make_job()), make_job())
    assert find_fault(network, trial.task, read_route(name, "cpu"), trial.inputs, trial.targets) == ""


def test_a_wrong_gradient_fails_the_device_check(monkeypatch: pytest.MonkeyPatch) -> None:
    network, trial = make_network(make_job()), Trial(make_network(make_job()), make_job())
    forward = torch.nn.Conv2d.forward

    def wrong(layer: torch.nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
        made = forward(layer, x)
        return made if made.dtype == torch.float64 else 2 * made - made.detach()  # right values, twice the gradient

    monkeypatch.setattr(torch.nn.Conv2d, "forward", wrong)
    fault = find_fault(network, trial.task, read_route("torch-nchw-float32-1", "cpu"), trial.inputs, trial.targets)
    assert fault.startswith("gradients of")


def test_impossible_routes_are_refused_with_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_PRECISION", "float32")
    network, device = make_network(make_job()), read_route("torch-nhwc-bfloat16-1", "cpu")
    with pytest.raises(UsageError, match="STRIATE_PRECISION=float32; use torch-nchw-float32-1, torch-nhwc"):
        routes.check_route(network, device)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": {"route": 1}}'])
def test_a_damaged_cache_is_none(content: str, own_cache: Path) -> None:
    (own_cache / "routes.json").write_text(content)
    assert recall("a") is None
    measured = Measured(route=NAMES[0], seconds=0.1, n=8, factor=2.0)
    for number in range(MOST + 1 if not content else 1):
        remember(f"{number}", measured)
    assert recall("0") == (measured if content else None)


def test_an_unfinished_run_keeps_its_route(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = read_route("torch-nhwc-float32-1", "cpu")
    other = read_route("torch-nchw-float32-1", "cpu")
    monkeypatch.setattr(verb, "fit", lambda *_, **__: 1 / 0)
    for device in (first, other):
        monkeypatch.setattr(verb, "choose_route", lambda _, job, device=device: replace(job, device=device))
        with pytest.raises(ZeroDivisionError):
            verb.train(DATA, architecture="xo", run=tmp_path / "run")
    said = capsys.readouterr().err
    assert said.count("route torch-nhwc-float32-1") == 2
    assert "nchw" not in said


def test_native_bfloat16_is_a_route_where_a_convolution_has_channels_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "has_fast_bfloat16", lambda kind: True)
    job = make_job()
    narrow = make_network(job)
    wide = build(plan("conv 8 3x3 pad 1 > relu > conv 8 3x3 pad 1 > globalpool", job.plan.input_shape), job.spec)
    names = [name_route(route) for route in routes.list_routes(narrow, job.device)]
    assert not any(name.startswith("native-bfloat16") for name in names)
    names = [name_route(route) for route in routes.list_routes(wide, job.device)]
    assert any(name.startswith("native-bfloat16") for name in names)
    routes.check_route(wide, read_route("native-bfloat16-1", "cpu"))
    with pytest.raises(UsageError, match="in float32 only"):
        routes.check_route(narrow, read_route("native-bfloat16-1", "cpu"))
