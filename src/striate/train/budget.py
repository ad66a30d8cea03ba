"""A time budget into a number of epochs: real steps are timed on a copy, and the rest of the work is set aside."""

import copy
import dataclasses
import math
import time
from statistics import median

import numpy as np

from striate.errors import UsageError
from striate.models.infer import infer
from striate.models.network import Network
from striate.runtime.device import Device
from striate.train.feed import count_batches
from striate.train.job import Job
from striate.train.trial import Trial

STEPS = 8  # timed steps, after two that warm up
FIXED = 3.0  # seconds for drawing the report and writing files
BASELINE = 0.0015  # seconds a picture for the baselines, which learn from 5,000 at most
SAFETY = 1.15  # how much longer work may take than measured
MOST_EPOCHS = 200


def fit_epochs(network: Network, job: Job, *, minutes: float, elapsed: float) -> tuple[Job, float]:
    """Give the job with as many epochs as `minutes` hold, and how many seconds training may take at most.

    `elapsed` seconds of the minutes are gone already, the route choice included. A typed number of epochs stays.

    What comes after training (final validation, test, baselines, report) is set aside first.
    Raises UsageError when not even one step would fit.
    """
    catalogue, recipe, device = job.catalogue, job.recipe, job.device
    train, validation = catalogue.select("train"), catalogue.select("validation")
    n_test = int((catalogue.splits == "test").sum())
    per_epoch = count_batches(len(train.labels), recipe.batch)
    tick = time.monotonic()
    step = _time_step(network, job)
    single = _time_inference(network, validation.pictures[:256], device)
    after = FIXED + SAFETY * (
        2 * single * (len(validation.labels) + n_test) + BASELINE * (n_test + min(5_000, len(train.labels)))
    )
    left = 60 * minutes - elapsed - (time.monotonic() - tick) - after
    if left < step:
        needed = math.ceil((elapsed + after + 20 * step) / 6) / 10
        raise UsageError(
            "the minutes must hold all work, evaluation included",
            got=f"{minutes:g} for at least {(elapsed + after + step) / 60:.2f}",
            fix=f"use {needed:g} or more",
        )
    epoch = SAFETY * (step * per_epoch + single * len(validation.labels))
    epochs = max(1, min(MOST_EPOCHS, int(left / epoch)))
    return dataclasses.replace(job, recipe=dataclasses.replace(recipe, epochs=epochs)) if job.measured else job, left


def _time_step(network: Network, job: Job) -> float:
    """Time one training step on a copy of the network: the median of several, in seconds."""
    trial = Trial(network, job)
    times = [trial.step(job.device) for _ in range(2 + STEPS)]
    return median(times[2:])


def _time_inference(network: Network, pictures: np.ndarray, device: Device) -> float:
    """Time one picture in a large batch, in seconds."""
    trial = copy.deepcopy(network)
    infer(trial, pictures, device)
    tick = time.monotonic()
    infer(trial, pictures, device)
    return (time.monotonic() - tick) / max(1, len(pictures))
