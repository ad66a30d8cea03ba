"""The end of a run: judge the best weights once on the test split, compare with the baselines, write everything."""

import dataclasses
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from striate.checkpoint import ModelInfo, save_model
from striate.data.catalogue import Catalogue
from striate.evaluate.baselines import baselines
from striate.evaluate.judge import judge
from striate.models.infer import infer
from striate.models.move import AT_REST
from striate.models.network import Network
from striate.records import Machine, Run, share, to_json
from striate.report.course import list_warnings
from striate.report.html import write_report
from striate.report.picture import data_uri
from striate.runtime.allocator import peak_memory
from striate.runtime.device import describe
from striate.train.folder import clear_checkpoint, write_course, write_history, write_record
from striate.train.job import Job
from striate.train.state import Course
from striate.train.temper import temper

SAMPLES = 4  # pictures a class that the report shows
SAMPLED_CLASSES = 20


def conclude(network: Network, job: Job, course: Course, *, folder: Path, started: float, date: str) -> Run:
    """Judge, write model file, catalogue, history, course, report and record into `folder`, and give the record."""
    catalogue = job.catalogue
    held = catalogue.select("validation")
    logits = infer(network, held.pictures, dataclasses.replace(AT_REST, threads=job.device.threads))
    answered, labels = logits.argmax(1), torch.from_numpy(held.labels)
    temperature = temper(network, logits, labels)
    validation = share(int((answered == labels).sum()), len(labels))
    test = judge(network, catalogue, "test")
    train, held_out = catalogue.select("train"), catalogue.select("test")
    simpler = baselines(
        train.pictures, train.labels, held_out.pictures, held_out.labels, n_classes=len(catalogue.classes)
    )
    info = dataclasses.replace(describe_model(job), results={"validation": validation, "test": test.accuracy})
    model = folder / "model.safetensors"
    save_model(model, network, info)
    catalogue.write_csv(folder / "catalogue.csv")
    write_history(folder, course.history)
    if course.inside is not None:
        write_course(folder, course.inside)
    run = Run(
        run=str(folder),
        model=str(model),
        task="classification",
        started=date,
        seconds=time.monotonic() - started + course.earlier,
        training_seconds=course.seconds,
        stopped=course.stopped,  # type: ignore[arg-type]
        architecture=str(job.plan),
        line=job.plan.line,
        parameters=job.plan.parameters,
        input=job.spec,
        recipe=to_json(job.recipe),
        seed=job.seed,
        minutes=job.minutes,
        target=job.target,
        machine=Machine(**describe(job.device)),  # type: ignore[arg-type]
        data=catalogue.summary(),
        ledger=catalogue.ledger,
        history=tuple(course.history),
        best_epoch=course.best_epoch,
        temperature=temperature,
        validation=validation,
        test=test,
        baselines=simpler,
        samples=_samples(catalogue),
        peak_memory=peak_memory(),
        warnings=() if course.inside is None else tuple(list_warnings(course.inside)),
    )
    write_report(run, folder / "report.html", plan=job.plan, inside=course.inside)
    write_record(folder, run)
    clear_checkpoint(folder)
    return run


def save_early(network: Network, job: Job, *, folder: Path) -> None:
    """Leave a usable model before it is judged; its file says nothing of a test, since there was none."""
    save_model(folder / "model.safetensors", network, describe_model(job))


def describe_model(job: Job) -> ModelInfo:
    """Describe the model for its file, without results."""
    return ModelInfo(
        task="classification",
        architecture=str(job.plan),
        line=job.plan.line,
        classes=job.catalogue.classes,
        input=job.spec,
        recipe=to_json(job.recipe),
        seed=job.catalogue.seed,
        fingerprint=job.catalogue.fingerprint,
        split_rule=job.catalogue.split_rule,
        versions={name: version(name) for name in ("striate", "torch")},
    )


def _samples(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Draw the first few training pictures of each class as the network sees them."""
    chosen = {}
    for k, label in enumerate(catalogue.classes[:SAMPLED_CLASSES]):
        places = np.flatnonzero((catalogue.labels == k) & (catalogue.splits == "train"))[:SAMPLES]
        chosen[label] = tuple(data_uri(np.asarray(catalogue.pictures[place])) for place in places)
    return chosen
