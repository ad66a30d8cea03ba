"""The end of a run: judge the best weights once on the test split, compare with the baselines, write everything."""

import dataclasses
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from striate.checkpoint import ModelInfo, save_model
from striate.data.catalogue import Catalogue
from striate.evaluate.baselines.table import compare
from striate.evaluate.judge import judge
from striate.models.infer import infer
from striate.models.move import AT_REST
from striate.models.network import Network
from striate.records import Machine, Run, to_json
from striate.report.course import list_warnings
from striate.report.html import write_report
from striate.runtime.allocator import peak_memory
from striate.runtime.device import describe
from striate.tasks import detection
from striate.tasks.illustrate import illustrate
from striate.train.folder import clear_checkpoint, write_course, write_history, write_record
from striate.train.job import Job
from striate.train.state import Course
from striate.train.temper import temper
from striate.train.thresholds import shift_thresholds

SAMPLES = 4  # pictures a class that the report shows
SAMPLED_CLASSES = 20


def conclude(network: Network, job: Job, course: Course, *, folder: Path, started: float, date: str) -> Run:
    """Judge, write model file, catalogue, history, course, report and record into `folder`, and give the record."""
    catalogue = job.catalogue
    held = catalogue.select("validation")
    kept = infer(network, held.inputs, dataclasses.replace(AT_REST, threads=job.device.threads), keep=job.task.keep)
    temperature, thresholds = _settle(network, catalogue, kept, torch.from_numpy(held.targets))
    if catalogue.task == "detection":  # settling changed what it finds
        kept = infer(network, held.inputs, dataclasses.replace(AT_REST, threads=job.device.threads), keep=job.task.keep)
    validation = job.task.judge(kept, catalogue, "validation").headline
    test = judge(network, catalogue, "test")
    simpler = compare(catalogue)
    info = dataclasses.replace(describe_model(job), results={"validation": validation, "test": test.headline})
    model = folder / "model.safetensors"
    save_model(model, network, info)
    catalogue.write_csv(folder / "catalogue.csv")
    write_history(folder, course.history)
    if course.inside is not None:
        write_course(folder, course.inside)
    run = Run(
        run=str(folder),
        model=str(model),
        task=catalogue.task,
        metric=job.task.metric,
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
        thresholds=thresholds,
        validation=validation,
        test=test,
        baselines=simpler,
        samples=_samples(catalogue),
        peak_memory=peak_memory(),
        suit=job.suit,
        warnings=() if course.inside is None else tuple(list_warnings(course.inside)),
    )
    write_report(run, folder / "report.html", plan=job.plan, inside=course.inside)
    write_record(folder, run)
    clear_checkpoint(folder)
    return run


def _settle(
    network: Network, catalogue: Catalogue, kept: torch.Tensor, targets: torch.Tensor
) -> tuple[float, dict[str, float]]:
    """Adjust the head by what it answered on the validation split; give temperature and thresholds, where there are."""
    match catalogue.task:
        case "classification":
            return temper(network, kept, targets), {}
        case "multilabel":
            return 1.0, dict(zip(catalogue.classes, shift_thresholds(network, kept, targets), strict=True))
        case "detection":
            detection.settle(network, kept, targets)
    return 1.0, {}


def save_early(network: Network, job: Job, *, folder: Path) -> None:
    """Leave a usable model before it is judged; its file says nothing of a test, since there was none."""
    save_model(folder / "model.safetensors", network, describe_model(job))


def describe_model(job: Job) -> ModelInfo:
    """Describe the model for its file, without results."""
    return ModelInfo(
        task=job.catalogue.task,
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
    chosen: dict[str, tuple[str, ...]] = {}
    if catalogue.task != "classification":
        return chosen
    for k, label in enumerate(catalogue.classes[:SAMPLED_CLASSES]):
        places = np.flatnonzero((catalogue.targets == k) & (catalogue.splits == "train"))[:SAMPLES]
        drawn = (illustrate(catalogue.inputs[place], catalogue.spec) for place in places)
        chosen[label] = tuple(each["picture"] for each in drawn if "picture" in each)
    return chosen
