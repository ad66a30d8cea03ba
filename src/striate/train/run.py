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
from striate.errors import UsageError
from striate.models.move import AT_REST, move
from striate.models.network import Network, build
from striate.models.whiten import whiten
from striate.records import JSON, Run
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

WHITENED = 1000  # training pictures that a whitened first layer is made from


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
) -> Run:
    """Train a network on labelled pictures, judge it on a test split that it never saw, and write a report.

    `architecture` is a line of the notation or a name of the zoo (default: by data and limits); `run` the folder to
    write (default: a new one under runs/); `minutes` bounds the whole command; `epochs` overrides the recipe's;
    training ends when the validation accuracy lies a standard error above `target` in (0, 1]; `route` says how it is
    computed, such as "torch-nhwc-float32-2" (default: the fastest, by measurement; see train/route); `settings` change
    the recipe, the picture `size` in pixels (such as 64 or "48x64") or the length of texts and signals, and the `unit`
    of texts. The same call on an unfinished run goes on
    where it was, bit for bit; on a finished one it gives its record. Ctrl-C leaves a model file of the best epoch and
    raises KeyboardInterrupt.
    Raises StriateError for whatever cannot work.
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
    network = start(job)
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
        save_early(move(network, AT_REST), job, folder=folder)
        if not state.course.stopped:
            say(f"stopped: {folder / 'model.safetensors'} is usable; the same command goes on from here")
            raise KeyboardInterrupt
        return conclude(network, job, state.course, folder=folder, started=started, date=date)


def _go_on(job: Job, begun: JSON) -> Job:
    """Give the job with the number of epochs and the route that its run was started with."""
    recipe = dataclasses.replace(job.recipe, epochs=begun["epochs"])
    return dataclasses.replace(job, recipe=recipe, device=read_route(begun["route"], job.device.kind))


def start(job: Job) -> Network:
    """Build the job's network as training begins with it."""
    network = build(job.plan, job.spec, seed=job.seed)
    if job.recipe.first_layer == "whitened":
        train = np.flatnonzero(job.catalogue.splits == "train")
        chosen = train[:: max(1, len(train) // WHITENED)][:WHITENED]  # spread over all classes
        whiten(network, torch.from_numpy(job.catalogue.inputs[chosen]))
    return network


def _once(name: str, value: int, typed: Mapping[str, object]) -> int:
    """Refuse a choice that was made twice."""
    if name in typed:
        raise UsageError("each choice is made once", got=f"{name} {value} and {typed[name]}", fix="leave one out")
    return value


def _announce(job: Job, folder: Path) -> None:
    """Say in a few lines what is going to happen."""
    ledger, recipe, spec = job.catalogue.ledger, job.recipe, job.spec
    counts = {name: int((job.catalogue.splits == name).sum()) for name in ("train", "validation", "test")}
    say(
        f"{job.catalogue.source}: {ledger.found:,} found = {ledger.used:,} used + {ledger.refused:,} refused; "
        f"{len(job.catalogue.classes)} classes; " + ", ".join(f"{count:,} {name}" for name, count in counts.items())
    )
    say(
        f"{job.plan} on {'x'.join(map(str, spec.shape))}: {job.plan.parameters:,} parameters; "
        f"recipe {recipe.name}, epochs {recipe.epochs}, batch {recipe.batch}; "
        f"{job.device.kind}, route {name_route(job.device)}"
    )
    say(f"run folder {folder}")
