"""The verb `train`: from a source of labelled pictures to a run folder with model, record and report."""

import dataclasses
import datetime
import math
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from striate.data.catalogue import Catalogue
from striate.data.open import Source, open_data
from striate.data.tolerance import expect_few_refused
from striate.errors import UsageError
from striate.evaluate.suit.expect import expect_suited, is_doubtful, try_catalogue
from striate.models.move import AT_REST, move
from striate.models.network import Network, build
from striate.models.whiten import whiten
from striate.records import JSON, Run, SuitResult
from striate.report.ledger import tell_ledger
from striate.report.suit import tell_suit
from striate.runtime import clock
from striate.runtime.allocator import set_up_allocator
from striate.runtime.device import name_route, read_route, threads_kept
from striate.runtime.progress import say
from striate.train.budget import fit_epochs
from striate.train.conclude import conclude, save_early
from striate.train.folder import find_begun, find_finished, held, open_folder
from striate.train.job import Job, prepare, read_size, read_unit
from striate.train.loop import fit
from striate.train.route import check_route, choose_route
from striate.train.standardise import restore_units, standardise

WHITENED, VALUES = 1000, 1 << 24  # training pictures that a whitened first layer is made from, and their values


@threads_kept()
def train(
    source: "Source | Catalogue",
    *,
    architecture: str | None = None,
    run: str | Path | None = None,
    minutes: float | None = None,
    epochs: int | None = None,
    target: float | None = None,
    seed: int = 0,
    route: str = "auto",
    settings: Mapping[str, str | int | float | bool] | None = None,
    allow_unsuited: bool = False,
) -> Run:
    """Train a network on labelled examples, judge it on a test split that it never saw, and write a report.

    `source` is what `open_data` opens, of which at most 5 % may be refused; or what it has opened, by any words and
    with any ledger.
    `architecture` is a line of the notation or a name of the zoo (default: by data and limits); `run` the folder to
    write (default: a new one under runs/); `minutes` bounds the whole command; `epochs` overrides the recipe's;
    training ends when the validation accuracy lies a standard error above `target` in (0, 1]; `route` says how it is
    computed, such as "torch-nhwc-float32-2" (default: the fastest, by measurement; see train/route); `settings` change
    the recipe, the picture `size` in pixels (such as 64 or "48x64") or the length of texts and signals, and the `unit`
    of texts. The same call on an unfinished run goes on
    where it was, bit for bit; on a finished one it gives its record. Ctrl-C leaves a model file of the best epoch and
    raises KeyboardInterrupt.
    Tables and arrays of numbers whose order carries no information are refused (evaluate/suit), unless
    `allow_unsuited`. Raises StriateError for whatever cannot work.
    """
    started, date = clock.began(), datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    typed = dict(settings or {})
    if epochs is not None:
        typed["epochs"] = _once("epochs", epochs, typed)
    size, unit = read_size(typed.pop("size", None)), read_unit(typed.pop("unit", None))
    if (size or unit) and isinstance(source, Catalogue):
        got = f"size {size}" if size else f"unit {unit}"
        raise UsageError("an opened catalogue has its size and unit", got=got, fix="use open_data(..., size=...)")
    set_up_allocator()
    catalogue = source if isinstance(source, Catalogue) else open_data(source, size=size, unit=unit, seed=seed)
    if not isinstance(source, Catalogue):
        expect_few_refused(catalogue.source, catalogue.ledger)
    job = prepare(
        catalogue,
        architecture=architecture,
        settings=typed,
        seed=seed,
        minutes=minutes,
        target=target,
        route=route,
    )
    finished = find_finished(run, job.signature())
    if finished is not None:
        say(f"{run} is finished")
        return finished
    if is_doubtful(catalogue):
        job = dataclasses.replace(job, suit=_test_suit(catalogue, allow_unsuited))
    network = start(job)
    job = standardise(job)
    begun = find_begun(run, catalogue.source, job.signature())
    job = choose_route(network, job) if begun is None else _go_on(job, begun)
    check_route(network, job.device)
    deadline = math.inf
    if minutes is not None:
        job, left = fit_epochs(network, job, minutes=minutes, elapsed=time.monotonic() - started)
        deadline = time.monotonic() + left
    folder, begun = open_folder(run, catalogue.source, job.signature())
    job = _go_on(job, begun)

    with held(folder):
        _announce(job, folder)
        state = fit(network, job, folder=folder, deadline=deadline)
        network.load_state_dict(state.best or state.averaged.state_dict())
        restore_units(network, catalogue)
        job = dataclasses.replace(job, catalogue=catalogue)
        save_early(move(network, AT_REST), job, folder=folder)
        if not state.course.stopped:
            say(f"stopped: {folder / 'model.safetensors'} is usable; the same command goes on from here")
            raise KeyboardInterrupt
        return conclude(network, job, state.course, folder=folder, started=started, date=date)


def _test_suit(catalogue: Catalogue, allowed: bool) -> SuitResult:
    """Test whether the order of the values carries information; raises UnsuitedError where it does not."""
    result = try_catalogue(catalogue, seed=catalogue.seed, brief=True)
    if not allowed:
        expect_suited(catalogue.source, result)
    say(tell_suit(result))
    return result


def _go_on(job: Job, begun: JSON) -> Job:
    """Give the job with the number of epochs and the route that its run was started with."""
    recipe = dataclasses.replace(job.recipe, epochs=begun["epochs"])
    return dataclasses.replace(job, recipe=recipe, device=read_route(begun["route"], job.device.kind))


def start(job: Job) -> Network:
    """Build the job's network as training begins with it."""
    network = build(job.plan, job.spec, seed=job.seed)
    network.input.follow(job.recipe)
    if job.recipe.first_layer == "whitened":
        train = np.flatnonzero(job.catalogue.splits == "train")
        most = max(1, min(WHITENED, VALUES // math.prod(job.catalogue.inputs.shape[1:])))
        chosen = train[:: max(1, len(train) // most)][:most]  # spread over all classes
        whiten(network, torch.from_numpy(job.catalogue.inputs[chosen]))
    return network


def _once(name: str, value: int, typed: Mapping[str, object]) -> int:
    """Refuse a choice that was made twice."""
    if name in typed:
        raise UsageError("each choice is made once", got=f"{name} {value} and {typed[name]}", fix="leave one out")
    return value


def _announce(job: Job, folder: Path) -> None:
    """Say in a few lines what is going to happen."""
    recipe, spec = job.recipe, job.spec
    balance, *details = tell_ledger(job.catalogue.ledger)
    counts = {name: int((job.catalogue.splits == name).sum()) for name in ("train", "validation", "test")}
    say(
        f"{job.catalogue.source}: {balance}; "
        f"{len(job.catalogue.classes)} classes; " + ", ".join(f"{count:,} {name}" for name, count in counts.items())
    )
    for line in details:
        say(line)
    say(
        f"{job.plan} on {'x'.join(map(str, spec.shape))}: {job.plan.parameters:,} parameters; "
        f"recipe {recipe.name}, epochs {recipe.epochs}, batch {recipe.batch}; "
        f"{job.device.kind}, route {name_route(job.device)}"
    )
    say(f"run folder {folder}")
