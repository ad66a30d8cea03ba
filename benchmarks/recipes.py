"""Every experiment behind the recipes, on validation data alone, into benchmarks/results/2026-11-24-recipes.json.

python benchmarks/recipes.py                     all trials of the grid that the file does not hold yet
python benchmarks/recipes.py --group nets        one group of them
python benchmarks/recipes.py --list              names and cost only

A trial is one network, one data set, one seed and one recipe. Its cost is counted in multiply-adds, forward and
backward (three times those of the forward pass, for each training picture), because seconds depend on who else uses
the machine. The test split is never touched.
"""

import argparse
import dataclasses
import fcntl
import itertools
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from striate.data.augment.pictures import augment
from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.data.xo_set import xo_catalogue
from striate.models.infer import infer
from striate.models.network import Network, build
from striate.models.whiten import whiten
from striate.models.zoo import ZOO
from striate.runtime.device import Device, describe, settle
from striate.tasks import classification
from striate.train.feed import count_batches, deal, mix
from striate.train.job import prepare
from striate.train.schedule import rate_factor
from striate.train.state import State

RESULTS = Path(__file__).parent / "results" / "2026-11-24-recipes.json"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
DEVICE = Device(kind="cpu", precision="float32", threads=1)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """`epochs` may be a fraction; `cycle` > 0 restarts the schedule after so many epochs, each cycle twice the last;
    `sizes` are (share of training, picture side) for progressive resolution; `marks` the epochs at which it is judged.
    """

    group: str
    data: str
    line: str
    epochs: float
    settings: dict = field(default_factory=dict)
    whiten: bool = False
    cycle: float = 0.0
    sizes: tuple = ()
    marks: tuple = ()
    seed: int = 0

    def key(self) -> str:
        return json.dumps(dataclasses.asdict(self), sort_keys=True)


def load(name: str) -> Catalogue:
    """Open one of the data sets, with the splits that any user gets."""
    if name == "fashion":
        return open_data("/usr/share/datasets/fashion-mnist")
    if name == "mnist":
        return open_data(SHARED / "mnist-10k")
    if name == "xo":
        return xo_catalogue()
    if name == "digits":
        from sklearn.datasets import load_digits

        digits = load_digits()
        return open_data(((digits.images * 255 / 16).astype(np.uint8), digits.target))
    raise SystemExit(f"unknown data {name}")


def run(trial: Trial, catalogue: Catalogue) -> dict:
    """Train as `fit` does, but judge at any step, raw and averaged weights alike; give what was seen."""
    settings = {"epochs": max(1, math.ceil(trial.epochs)), **trial.settings}
    job = prepare(catalogue, architecture=trial.line, settings=settings, seed=trial.seed, minutes=None, target=None)
    recipe = job.recipe
    settle(DEVICE, trial.seed)
    network = build(job.plan, job.spec, seed=trial.seed)
    train, held = catalogue.select("train"), catalogue.select("validation")
    pictures, labels = torch.from_numpy(train.inputs), torch.from_numpy(train.targets)
    if trial.whiten:
        whiten(network, pictures[:1000])
    per_epoch = count_batches(len(labels), recipe.batch)
    last = max(1, round(trial.epochs * per_epoch))
    marks = {min(last, max(1, round(mark * per_epoch))) for mark in trial.marks} | {last}
    state, seen, started, rows = State(network, recipe), 0.0, time.process_time(), []
    for step in range(last):
        epoch, place = divmod(step, per_epoch)
        if place == 0:
            batches = deal(len(labels), per_epoch, mix(trial.seed, 0, epoch))
        generator = torch.Generator().manual_seed(mix(trial.seed, 1, step))
        torch.manual_seed(mix(trial.seed, 2, step))
        x, y = augment(pictures[batches[place]], recipe, generator), labels[batches[place]]
        side = next((size for share, size in trial.sizes if step < share * last), x.shape[-1])
        if side != x.shape[-1]:
            x = F.interpolate(x, size=(side, side), mode="bilinear", antialias=True)
        factor = rate_factor(recipe.schedule, place_in_cycle(step, last, trial.cycle * per_epoch), warmup=recipe.warmup)
        state.optimizers.set_rate(factor)
        network.train()
        loss = classification.loss(network(x), y, smoothing=recipe.smoothing)
        loss.backward()
        state.optimizers.step()
        state.course.step += 1
        state.average(recipe.ema)
        seen += len(y) * (side / pictures.shape[-1]) ** 2
        if step + 1 in marks:
            row = {
                "epochs": round((step + 1) / per_epoch, 3),
                "tera": round(3 * job.plan.multiply_adds * seen / 1e12, 4),
            }
            row["raw"] = accuracy(network, held.inputs, held.targets)
            row["mean"] = accuracy(state.averaged, held.inputs, held.targets)
            rows.append(row)
            print("   ", row, flush=True)
    return {
        **dataclasses.asdict(trial),
        "multiply_adds": job.plan.multiply_adds,
        "parameters": job.plan.parameters,
        "n_validation": len(held.targets),
        "cpu_seconds": round(time.process_time() - started, 1),
        "judged": rows,
    }


def place_in_cycle(step: int, last: int, first: float) -> float:
    """Share of the schedule that is done, in [0, 1): of the whole, or of the cycle at hand when `first` steps > 0."""
    if not first:
        return step / last
    start, length = 0.0, first
    while step >= start + length:
        start, length = start + length, 2 * length
    return (step - start) / length


def accuracy(network: Network, pictures: np.ndarray, labels: np.ndarray) -> float:
    return round(float((infer(network, pictures, DEVICE).argmax(1).numpy() == labels).mean()), 4)


def pooled(features: int) -> str:
    return f"conv {features} 3x3 pad 1 nobias > maxpool 2 > batchnorm > relu"


def plain(features: int) -> str:
    return f"conv {features} 3x3 pad 1 > batchnorm > relu"


NETS = {
    "a": f"{pooled(16)} > {pooled(32)} > {pooled(64)} > globalpool",
    "aflat": f"{pooled(16)} > {pooled(32)} > {pooled(64)}",
    "b": f"{pooled(24)} > {pooled(48)} > {plain(96)} > skip({plain(96)}) > maxpool 2",
    "c": f"{pooled(24)} > {plain(48)} > {pooled(48)} > {plain(96)} > skip({plain(96)}) > maxpool 2",
    "m": f"{pooled(24)} > {pooled(48)} > {pooled(96)}",
    "m2": f"{pooled(16)} > {plain(32)} > {pooled(32)} > {plain(64)} > {pooled(64)}",
    "w": f"{pooled(32)} > {pooled(64)} > {pooled(128)}",
    "compact": ZOO["compact"],
}


def grid() -> Iterator[Trial]:
    marks = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4)
    for net, batch in itertools.product(("a", "aflat", "b"), (128, 256)):
        yield Trial(group="nets", data="fashion", line=NETS[net], epochs=1, settings={"batch": batch, "ema": 0.95})
    yield Trial(
        group="nets", data="fashion", line=NETS["aflat"], epochs=1, settings={"batch": 128, "ema": 0.95}, whiten=True
    )
    yield Trial(group="nets", data="fashion", line=NETS["aflat"], epochs=1, settings={"batch": 64, "ema": 0.95})
    yield Trial(
        group="nets", data="fashion", line=NETS["aflat"], epochs=1, settings={"batch": 128, "ema": 0.95, "shift": 0}
    )
    still = {"batch": 128, "ema": 0.95, "shift": 0}
    for change in (
        {},
        {"matrix_rate": 0.03},
        {"matrix_rate": 0.12},
        {"rate": 0.05},
        {"rate": 0.2},
        {"batch": 64},
        {"batch": 256},
        {"batch": 64, "matrix_rate": 0.03},
        {"smoothing": 0},
        {"warmup": 0.03},
        {"momentum": 0.8},
        {"flip": True},
    ):
        yield Trial(
            group="short", data="fashion", line=NETS["aflat"], epochs=1, settings={**still, **change}, whiten=True
        )
    for change in ({}, {"matrix_rate": 0.03}):
        yield Trial(group="short", data="fashion", line=NETS["b"], epochs=1, settings={**still, **change}, whiten=True)
    for schedule, ema in (("constant", 0.95), ("constant", 0.98), ("constant", 0.99), ("linear", 0.98)):
        settings = {**still, "ema": ema, "schedule": schedule}
        yield Trial(
            group="end", data="fashion", line=NETS["aflat"], epochs=3, marks=marks, settings=settings, whiten=True
        )
    for change in ({}, {"flip": True}, {"flip": True, "shift": 0.04}, {"shift": 0.04}):
        yield Trial(
            group="long", data="fashion", line=NETS["aflat"], epochs=4, settings={**still, **change}, whiten=True
        )
    open_ = {**still, "ema": 0.9975, "schedule": "constant"}
    for net in ("m", "m2"):
        yield Trial(group="open", data="fashion", line=NETS[net], epochs=3, marks=marks, settings=open_, whiten=True)
    yield Trial(group="muon2", data="fashion", line=NETS["m"], epochs=2, marks=marks, settings=open_, whiten=True)
    yield Trial(group="muon2", data="fashion", line=NETS["m"], epochs=1, marks=marks, settings=open_, whiten=False)
    settings = {**open_, "schedule": "trapezoid"}
    yield Trial(group="fall", data="fashion", line=NETS["m2"], epochs=4, marks=marks, settings=settings, whiten=True)
    yield Trial(group="wide", data="fashion", line=NETS["w"], epochs=3, marks=marks, settings=open_, whiten=True)
    settings = {**open_, "schedule": "trapezoid", "flip": True, "shift": 0.04, "warmup": 0.02}
    steps = (1, 2, 4, 6, 8, 10)
    yield Trial(group="deep", data="fashion", line=NETS["c"], epochs=12, marks=steps, settings=settings, whiten=True)


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--group", default="")
    words.add_argument("--list", action="store_true")
    words.add_argument("--part", default="0/1")
    chosen = words.parse_args()
    part, parts = map(int, chosen.part.split("/"))
    done = {Trial(**{f.name: row[f.name] for f in dataclasses.fields(Trial)}).key() for row in held()["trials"]}
    trials = [trial for trial in grid() if chosen.group in ("", trial.group)]
    data: dict[str, Catalogue] = {}
    for trial in trials[part::parts]:
        if json.dumps(json.loads(trial.key()), sort_keys=True) in done:
            continue
        print(trial, flush=True)
        if chosen.list:
            continue
        data.setdefault(trial.data, load(trial.data))
        row = run(trial, data[trial.data])
        with RESULTS.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            results = held()
            results["trials"].append(row)
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def held() -> dict:
    if RESULTS.exists():
        return json.loads(RESULTS.read_text())
    return {"machine": describe(DEVICE), "trials": []}


if __name__ == "__main__":
    main()
