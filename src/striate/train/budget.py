"""A time budget into a number of epochs: real steps are timed on a copy, and the rest of the work is set aside."""

import copy
import dataclasses
import math
import time

import numpy as np

from striate.errors import UsageError
from striate.models.infer import infer
from striate.models.network import Network
from striate.records import AudioInput, InputSpec
from striate.runtime.device import Device
from striate.train.feed import count_batches
from striate.train.job import Job
from striate.train.trial import Trial

WARM, LEAST, MOST = 2, 3, 100  # steps that warm up, that are timed at least, and at most
LOOK, SHARE = 3.0, 0.01  # seconds of timed steps: so many, and not more than this share of the minutes
QUANTILE = 0.25  # of the timed steps: a neighbour's burst makes some of them ten times as long
FIXED = 3.0  # seconds for drawing the report and writing files
BASELINE = (2e-4, 5e-8, 1e-8)  # seconds for the baselines: a picture, a value that HOG sees, a value
HEARD = (1.5e-3, 3e-7)  # seconds for the baselines of sounds: a sound, a sample
SEGMENTED = (5.0, 5e-7, 5e-8)  # seconds for the pixel forest, a test pixel, and one again for the outline of a class
LEARNED, REDUCED = 5000, 64 * 64  # pictures that they learn from, and pixels of a channel that HOG sees, at most
READ = 1.5e-3  # seconds for the baselines: a text
WARPED, WARPING = 0.01, 4.0  # a signal whose time is warped, and all of them at most
SAFETY = 1.15  # how much longer work may take than measured


def fit_epochs(network: Network, job: Job, *, minutes: float, elapsed: float) -> tuple[Job, float]:
    """Give the job with as many epochs as `minutes` hold, and how many seconds training may take at most.

    `elapsed` seconds of the minutes are gone already, the route choice included. A typed number of epochs stays.

    What comes after training (final validation, test, baselines, report) is set aside first.
    Raises UsageError when not even one step would fit.
    """
    catalogue, recipe, device = job.catalogue, job.recipe, job.device
    validation = catalogue.select("validation")
    n_train, n_test = (int((catalogue.splits == name).sum()) for name in ("train", "test"))
    per_epoch = count_batches(n_train, recipe.batch)
    tick = time.monotonic()
    step = _time_step(network, job, min(LOOK, SHARE * 60 * minutes))
    single = _time_inference(network, validation.inputs[:256], device)
    if job.catalogue.task == "segmentation":
        simpler = _mask_seconds(job, n_test)
    else:
        simpler = _baseline_seconds(job.spec, n_test + min(LEARNED, n_train))
    after = FIXED + SAFETY * (2 * single * (len(validation.targets) + n_test) + simpler)
    left = 60 * minutes - elapsed - (time.monotonic() - tick) - after
    if left < step:
        needed = math.ceil((elapsed + after + 20 * step) / 6) / 10
        raise UsageError(
            "the minutes must hold all work, evaluation included",
            got=f"{minutes:g} for at least {(elapsed + after + step) / 60:.2f}",
            fix=f"use {needed:g} or more",
        )
    epoch = SAFETY * (step * per_epoch + single * len(validation.targets))
    epochs = max(1, min(recipe.most_epochs, int(left / epoch)))
    return dataclasses.replace(job, recipe=dataclasses.replace(recipe, epochs=epochs)) if job.measured else job, left


def _time_step(network: Network, job: Job, allowance: float) -> float:
    """Time one training step on a copy of the network for some `allowance` seconds: what it takes undisturbed."""
    trial = Trial(network, job)
    for _ in range(WARM):
        trial.step(job.device)
    times: list[float] = []
    while len(times) < LEAST or (sum(times) < allowance and len(times) < MOST):
        times.append(trial.step(job.device))
    return sorted(times)[int(QUANTILE * len(times))]


def _baseline_seconds(spec: InputSpec, n: int = 1) -> float:
    """Tell what the baselines take for n examples: for pictures measured from 8x8 to 224x224, rounded up."""
    if isinstance(spec, AudioInput):
        return n * (HEARD[0] + HEARD[1] * spec.samples)
    picture, seen, value = BASELINE
    values = math.prod(spec.shape[1:])
    match spec.modality:
        case "image":
            return n * (picture + spec.shape[0] * (seen * min(REDUCED, values) + value * values))
        case "text":
            return n * READ
        case "signal":
            return n * picture + min(WARPING, n * WARPED)
        case _:
            return n * picture


def _mask_seconds(job: Job, n_test: int) -> float:
    """Tell what the baselines and the outlines of masks take: measured from 32x32 to 256x256, rounded up."""
    forest, pixel, outline = SEGMENTED
    return forest + n_test * math.prod(job.spec.shape[1:]) * (pixel + outline * len(job.catalogue.classes))


def _time_inference(network: Network, inputs: np.ndarray, device: Device) -> float:
    """Time one example in a large batch, in seconds."""
    trial = copy.deepcopy(network)
    infer(trial, inputs, device)
    tick = time.monotonic()
    infer(trial, inputs, device)
    return (time.monotonic() - tick) / max(1, len(inputs))
