"""The route of a training, chosen by measurement: our kernels or PyTorch, layout, precision, threads."""

import dataclasses
import json
import os
import time
from collections.abc import Iterable
from statistics import median

from striate.errors import RunError, UsageError
from striate.models.network import Network
from striate.runtime.device import (
    Device,
    asked_precision,
    asked_threads,
    describe,
    has_fast_bfloat16,
    name_route,
    read_route,
)
from striate.runtime.progress import say
from striate.train.check import find_fault
from striate.train.feed import count_batches
from striate.train.job import Job
from striate.train.measured import Measured, recall, remember
from striate.train.trial import Trial

ALLOWANCE = 5.0  # seconds for all measuring: 3 % of a run of three minutes
SHARE = 0.03  # of the minutes that were typed
SHORT = 0.1  # of the training's expected time: no long measuring before a short run
BRIEF = 2.0  # seconds: about what a first round takes; a training as short is not worth one
ROUNDS = 5
BEHIND = 1.5  # times as slow as the best: out of the race
STEP = 0.1  # seconds of a trial step, by choosing how many pictures it has
FEW = 2  # pictures of the first look: normalisation needs two
WHOLE = 32  # pictures that fill the lanes of two threads: fewer would tell nothing of a whole batch
SLOWED, WORTH = 1.7, 1.3  # a step so much slower than known is disturbed; one thread must be so much faster


def choose_route(network: Network, job: Job) -> Job:
    """Give the job with the device's fastest route that computes rightly, and say in one line which it is.

    A route that was typed is taken; one that was measured before on this machine for this network is taken again.
    Raises UsageError for a typed route that is impossible, RunError when no route passes the device check.
    """
    trial = Trial(network, job)
    if job.route is not None:
        return _take_typed(network, job, trial)
    key = _key(network, job)
    known = recall(key)
    routes = list_routes(network, job.device)
    if known is not None and known.route in map(name_route, routes):
        device = _watch(trial, read_route(known.route, job.device.kind), known)
        say(f"route {name_route(device)}, measured before: {_tell(known)}")
        return dataclasses.replace(job, device=device)
    began = time.monotonic()
    first, whole = _look(trial, routes, job)
    if whole < BRIEF and not find_fault(network, trial.task, first, trial.inputs, trial.targets):
        why = f"all training takes about {whole:.1g} s, measuring would take more"
        say(f"route {name_route(first)}, not measured: {why}")
        return dataclasses.replace(job, device=first)
    times = measure(trial, routes, job, until=began + max(BRIEF, whole / 2))
    device = _choose_sound(network, trial, {route: times[route] for route in routes if route in times})
    factor = times[_default(job.device)] / times[device]
    found = Measured(route=name_route(device), seconds=times[device], n=trial.n, factor=factor)
    seconds = time.monotonic() - began
    say(f"route {found.route}: {_tell(found)}; the fastest of {len(times)}, found in {seconds:.1f} s")
    all_tried = all(route in times for route in routes if route.threads == _most_threads(routes))
    if all_tried and (device.threads == _most_threads(routes) or not _is_busy()):
        remember(key, found)
    return dataclasses.replace(job, device=device)


def list_routes(network: Network, device: Device) -> list[Device]:
    """List the routes worth trying on a device, within what STRIATE_PRECISION and STRIATE_THREADS ask for."""
    asked = asked_precision()
    quick = ["float32", "bfloat16"] if has_fast_bfloat16(device.kind) else ["float32"]
    threads = [device.threads, 1] if device.kind == "cpu" and device.threads > 1 and not asked_threads() else []
    planar = len(network.plan.input_shape) == 3  # the order of channels matters for pictures alone
    engines = ["torch-nchw", *(["torch-nhwc"] if planar else []), *(["native"] if _has_native(network, device) else [])]
    names = [
        f"{engine}-{precision}-{count}"
        for count in threads or [device.threads]
        for precision in ([asked] if asked else quick)
        for engine in engines
        if (engine, precision) != ("native", "bfloat16") or network.native_shortens
    ]
    return [read_route(name, device.kind) for name in names]


def check_route(network: Network, device: Device) -> None:
    """Raise UsageError, with the choices, for a route that this network cannot take here."""
    precision, threads = asked_precision(), asked_threads()
    fault = ""
    if device.native and not _has_native(network, device):
        fault = "no native kernels for this network here"
    elif device.native and device.precision == "bfloat16" and not network.native_shortens:
        fault = "the native kernels compute this network in float32 only"
    elif device.layout == "nhwc" and len(network.plan.input_shape) != 3:
        fault = "channels come last in networks of pictures alone"
    elif precision and device.precision != precision:
        fault = f"STRIATE_PRECISION={precision}"
    elif threads and device.threads != threads:
        fault = f"STRIATE_THREADS={threads}"
    if fault:
        choices = ", ".join(map(name_route, list_routes(network, device)))
        raise UsageError("a route must be possible", got=f"{name_route(device)}, but {fault}", fix=f"use {choices}")


def measure(trial: Trial, routes: list[Device], job: Job, *, until: float) -> dict[Device, float]:
    """Time real steps of the routes in turns: the median seconds of each that was tried, PyTorch's default among them.

    First the routes with all threads, then those still in the race also with one. Who falls far behind is left out.
    No route starts after `until` (time.monotonic): half a training's time is the most that measuring may take from it.
    """
    began, default = time.monotonic(), _default(job.device)
    times: dict[Device, list[float]] = {}
    most = _most_threads(routes)
    _race(trial, [default, *(route for route in routes if route.threads == most and route != default)], times, until)
    expected = SHORT * _whole(trial, job, median(times[default]))
    allowance = min(ALLOWANCE, expected, SHARE * 60 * (job.minutes or ALLOWANCE))
    racing = _leading(times)
    fewer = [route for route in routes if route.threads < most and dataclasses.replace(route, threads=most) in racing]
    _race(trial, fewer, times, until)
    for _ in range(ROUNDS - 1):
        racing = _leading(times)
        if len(racing) == 1 or time.monotonic() - began > allowance:
            break
        _race(trial, racing, times, until)
    return {route: median(seen) for route, seen in times.items()}


def _look(trial: Trial, routes: list[Device], job: Job) -> tuple[Device, float]:
    """Choose how many pictures a trial step has, and give a plain route with the seconds that all training takes on it.

    It is PyTorch's default, as far as it is allowed; where others want the cores too, perhaps on one thread.
    """
    single = dataclasses.replace(routes[0], threads=1)
    plain = [single, routes[0]] if single in routes and _is_busy() else routes[:1]
    trial.n = min(trial.n, FEW)
    seconds = {route: _quickest(trial, route) for route in plain}
    first = min(plain, key=lambda route: seconds[route])
    trial.n = min(len(trial.targets), max(1, int(trial.n * STEP / seconds[first]) // WHOLE) * WHOLE)
    return first, _whole(trial, job, min(trial.step(first) for _ in range(2)))


def _whole(trial: Trial, job: Job, seconds: float) -> float:
    """Give the seconds of all training when a step of the trial's n pictures takes `seconds`; a budget is filled."""
    if job.measured and job.minutes is not None:
        return 60 * job.minutes
    steps = job.recipe.epochs * count_batches(int((job.catalogue.splits == "train").sum()), job.recipe.batch)
    return steps * seconds * len(trial.targets) / trial.n


def _race(trial: Trial, routes: Iterable[Device], times: dict[Device, list[float]], until: float) -> None:
    """One round: a timed step of every route, after one that warms up what the route before has cooled."""
    for route in routes:
        if times and time.monotonic() > until:
            return
        warm = trial.step(route)
        times.setdefault(route, []).append(trial.step(route) if warm < 10 * STEP else warm)


def _leading(times: dict[Device, list[float]]) -> list[Device]:
    best = min(median(seen) for seen in times.values())
    return [route for route, seen in times.items() if median(seen) <= BEHIND * best]


def _choose_sound(network: Network, trial: Trial, times: dict[Device, float]) -> Device:
    """Give the fastest route that passes the device check; those that fail are named."""
    for device in sorted(times, key=lambda route: times[route]):
        fault = find_fault(network, trial.task, device, trial.inputs, trial.targets)
        if not fault:
            return device
        say(f"route {name_route(device)} is left out: {fault}")
    raise RunError(
        "some route must compute what float64 computes",
        got=f"none of {', '.join(map(name_route, times))}",
        fix="lower the first weights, or choose a route yourself with --route",
    )


def _take_typed(network: Network, job: Job, trial: Trial) -> Job:
    """Take the route that was typed; what is wrong with it is said, but a user's word stands."""
    assert job.route is not None
    device = read_route(job.route, job.device.kind)
    check_route(network, device)
    fault = find_fault(network, trial.task, device, trial.inputs, trial.targets)
    if fault:
        say(f"route {job.route} was asked for, though {fault}")
    return dataclasses.replace(job, device=device)


def _watch(trial: Trial, device: Device, known: Measured) -> Device:
    """Fall back to one thread for this run when another program has taken the other cores."""
    single = dataclasses.replace(device, threads=1)
    if device.kind != "cpu" or device.threads == 1 or asked_threads():
        return device
    trial.n = min(known.n, trial.n)
    now = _quickest(trial, device)
    if now <= SLOWED * known.seconds:
        return device
    alone = _quickest(trial, single)
    if now < WORTH * alone:
        return device
    say(f"the other cores are busy: one thread takes {1000 * alone:.3g} ms a step, {device.threads} {1000 * now:.3g}")
    return single


def _quickest(trial: Trial, device: Device) -> float:
    """The best of three steps, after one that warms up: a short disturbance is no busy neighbour."""
    trial.step(device)
    return min(trial.step(device) for _ in range(3))


def _tell(measured: Measured) -> str:
    return (
        f"{1000 * measured.seconds:.3g} ms a step of {measured.n}, "
        f"{measured.factor:.2f} times as fast as PyTorch's default"
    )


def _key(network: Network, job: Job) -> str:
    """Say what a measured route depends on: machine, versions, network, batch, what was asked for."""
    machine = describe(job.device)
    names = ("cpu", "cores", "threads", "device", "torch", "striate")
    facts = {name: machine[name] for name in names}
    shape = "x".join(map(str, job.plan.input_shape))
    facts |= {"line": job.plan.line, "input": shape, "batch": job.recipe.batch, "native": network.native_possible}
    facts |= {"asked": str((asked_precision(), asked_threads())), "optimizer": job.recipe.optimizer}
    return json.dumps(facts)


def _default(device: Device) -> Device:
    """What PyTorch does unless told otherwise."""
    return Device(kind=device.kind, precision="float32", threads=device.threads, layout="nchw")


def _has_native(network: Network, device: Device) -> bool:
    return device.kind == "cpu" and network.native_possible


def _most_threads(routes: list[Device]) -> int:
    return max(route.threads for route in routes)


def _is_busy() -> bool:
    """Say whether others want the cores too: a choice of fewer threads is then for this run alone."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1) / 2
