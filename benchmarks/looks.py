"""What the looks into a training cost: the seconds of all looks as a share of the seconds of all training steps.

python -m benchmarks.looks            every network on the routes that are there, one thread, into benchmarks/results/

Nothing is trained to the end: real steps and real looks are timed in turns, and their medians multiplied by how many of
each the recipe has for so many training pictures. The pictures are X's and O's, at most 1,000 of them.
"""

import dataclasses
import datetime
import json
import time
from pathlib import Path
from statistics import median

import torch

from striate.data.xo_set import xo_catalogue
from striate.models.move import move
from striate.recipe import Facts
from striate.recipes import choose_recipe
from striate.runtime.device import describe, read_route, settle
from striate.train.feed import count_batches
from striate.train.job import is_normed, prepare
from striate.train.looks import plan_looks
from striate.train.probe import Probe
from striate.train.route import list_routes
from striate.train.run import start
from striate.train.trial import Trial

RESULTS = Path(__file__).parent / "results"
TURNS = 7
CASES = (  # network, pictures a side, training pictures
    ("xo", 28, 4_000),  # striate demo
    ("swift", 28, 55_000),  # Fashion-MNIST
    ("lenet5", 28, 7_000),
    ("compact", 28, 2_000),
    ("compact", 12, 40),
    ("resnet18", 64, 2_000),
)


def measure(line: str, size: int, n_train: int) -> list[dict[str, object]]:
    """Time steps and looks of one network on each route, in turns."""
    catalogue = xo_catalogue(min(n_train, 1000), 20, 20, size=size)
    job = prepare(
        catalogue, architecture=line, settings={}, seed=0, minutes=None, target=None, route="torch-nchw-float32-1"
    )
    facts = Facts(n_train=n_train, normed=is_normed(job.plan), size=(size, size))
    recipe = choose_recipe(facts)
    looks = plan_looks(recipe.epochs, n_train, job.plan.multiply_adds)
    taken = sum(looks.is_due(epoch, ended=epoch == recipe.epochs) for epoch in range(recipe.epochs + 1))
    if not taken:
        raise SystemExit(f"{line} at {size} px with {n_train} pictures is not looked into")
    steps = recipe.epochs * count_batches(n_train, recipe.batch)
    rows = []
    for route in list_routes(start(job), job.device):
        here = dataclasses.replace(job, device=route, recipe=dataclasses.replace(recipe, first_layer="learned"))
        settle(route, 0)
        trial, network = Trial(start(here), here), move(start(here), route)
        probe = Probe(network, here)
        probe.inputs = torch.from_numpy(catalogue.inputs[: looks.pictures].copy())
        probe.targets = torch.from_numpy(catalogue.targets[: looks.pictures].copy())
        times: dict[str, list[float]] = {"step": [], "look": []}
        for _ in range(TURNS + 1):
            times["step"].append(trial.step(route))
            tick = time.monotonic()
            probe.look(None, epoch=0, step=0)
            times["look"].append(time.monotonic() - tick)
        step, look = median(times["step"][1:]), median(times["look"][1:])
        rows.append(
            {
                "network": line,
                "size": size,
                "n_train": n_train,
                "epochs": recipe.epochs,
                "batch": recipe.batch,
                "route": describe(route)["route"],
                "looks": taken,
                "pictures": looks.pictures,
                "step_seconds": step,
                "look_seconds": look,
                "share": taken * look / (steps * step),
            }
        )
    return rows


def main() -> None:
    rows = [row for case in CASES for row in measure(*case)]
    for row in rows:
        print(
            f"{row['network']:9s} {row['size']:3d} px, {row['n_train']:6,d} pictures, {row['route']:22s} "
            f"{row['looks']} looks of {row['pictures']:3d}: {100 * row['share']:.2f} % of training"
        )
    results = {"machine": describe(read_route("torch-nchw-float32-1", "cpu")), "turns": TURNS, "rows": rows}
    file = RESULTS / f"{datetime.date.today().isoformat()}-looks.json"
    file.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
