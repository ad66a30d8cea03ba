"""Scaling laws: the time of convolution layers, forward and backward, against each number that should count linearly.

python -m benchmarks.scaling                       float32, channels last, all cores, into benchmarks/results/
python -m benchmarks.scaling --native --quick      our own kernels; fewer points and turns

Time is measured against pixels, kernel pixels, features, layers and batch, one at a time, all points of a law in turns.
The explainers say linear: a straight line a + b n is fitted to the medians, R^2 printed, and where the residuals show a
pattern it is named: a `curve` (they bend one way), `steps` (they jump at multiples of the vector width), or `noise`.
"""

import argparse
import datetime
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.speed.contenders import cores
from benchmarks.speed.workers.striate_route import make_device, make_network
from striate.models.network import Network
from striate.notation import plan
from striate.runtime.device import Device, autocast, describe, settle, to_device

RESULTS = Path(__file__).parent / "results"
TURN, TURNS, QUICK_TURNS = 0.05, 15, 3  # seconds of a point's turn, and how many it gets
LINEAR = 0.995  # the R^2 from which no pattern is looked for
BASE = {"side": 32, "kernel": 3, "features": 32, "layers": 1, "batch": 16}
CHANNELS = 32
# law -> what is counted, the values, and how a value changes the base
LAWS: dict[str, tuple[tuple[int, ...], Callable[[int], dict[str, int]], Callable[[int], int]]] = {
    "pixels": ((16, 24, 32, 40, 48, 56, 64), lambda v: {"side": v}, lambda v: v * v),
    "kernel pixels": ((1, 3, 5, 7, 9, 11), lambda v: {"kernel": v}, lambda v: v * v),
    "features": ((8, 16, 24, 32, 48, 64, 96, 128), lambda v: {"features": v}, lambda v: v),
    "layers": ((1, 2, 3, 4, 6, 8), lambda v: {"layers": v}, lambda v: v),
    "batch": ((4, 8, 16, 24, 32, 48, 64), lambda v: {"batch": v}, lambda v: v),
}


def prepare(sizes: dict[str, int], device: Device, *, native: bool, layout: str) -> Callable[[], None]:
    """Build `layers` convolutions for one point; give a function that runs them forward and backward once."""
    conv = f"conv {sizes['features']} {sizes['kernel']}x{sizes['kernel']} pad {sizes['kernel'] // 2}"
    shape = (CHANNELS, sizes["side"], sizes["side"])
    network = make_network(plan(" > ".join([conv] * sizes["layers"]), shape), native=native, layout=layout)
    if network is None:
        raise SystemExit("this build of Striate has no native kernels")
    x = to_device(torch.rand(sizes["batch"], *shape), device).requires_grad_()
    return lambda: run(network.train(), x, device)


def run(network: Network, x: torch.Tensor, device: Device) -> None:
    """Forward and backward, the input's gradient too, as inside a deep network."""
    with autocast(device):
        out = network(x)
    out.sum().backward()


def clock(step: Callable[[], None], n: int) -> float:
    started = time.perf_counter()
    for _ in range(n):
        step()
    return (time.perf_counter() - started) / n


def measure(law: str, device: Device, *, native: bool, layout: str, turns: int) -> dict:
    """Time all points of one law in turns and judge how straight they lie."""
    values, change, count = LAWS[law]
    steps = {count(value): prepare({**BASE, **change(value)}, device, native=native, layout=layout) for value in values}
    often = {n: max(1, round(TURN / min(clock(step, 1) for _ in range(3)))) for n, step in steps.items()}
    times: dict[int, list[float]] = {n: [] for n in steps}
    chance = random.Random(0)
    for _ in range(turns):
        for n in chance.sample(list(steps), len(steps)):
            times[n].append(clock(steps[n], often[n]))
    return judge(list(times), [statistics.median(each) for each in times.values()])


def judge(counts: Sequence[int], seconds: Sequence[float]) -> dict:
    """Fit seconds = a + b count by least squares; give both, R^2, the relative residuals and their pattern."""
    n, t = np.asarray(counts, np.float64), np.asarray(seconds, np.float64)
    slope, intercept = np.polyfit(n, t, 1)
    fitted = intercept + slope * n
    r2 = 1 - float(((t - fitted) ** 2).sum() / ((t - t.mean()) ** 2).sum())
    residuals = (t - fitted) / t
    return {
        "counts": list(counts),
        "seconds": t.tolist(),
        "intercept": float(intercept),
        "slope": float(slope),
        "r2": r2,
        "residuals": residuals.round(4).tolist(),
        "pattern": "linear" if r2 >= LINEAR else name_pattern(residuals),
    }


def name_pattern(residuals: np.ndarray) -> str:
    """Name what the signs of the residuals say, in the order of the counts."""
    turns = int((np.diff(np.sign(residuals)) != 0).sum())
    if turns == 2:
        return "curve: dearer at both ends" if residuals[0] > 0 else "curve: cheaper at both ends"
    return "trend" if turns < 2 else "steps or noise: the sign changes often"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("laws", nargs="*", default=list(LAWS), metavar="LAW", help=f"of {', '.join(LAWS)}")
    parser.add_argument("--native", action="store_true", help="our own kernels")
    parser.add_argument("--layout", choices=("nchw", "nhwc"), default="nhwc")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--quick", action="store_true", help="few turns; prints, writes no results")
    given = parser.parse_args()
    if unknown := set(given.laws) - set(LAWS):
        parser.error(f"unknown laws {', '.join(sorted(unknown))}; choose from {', '.join(LAWS)}")
    device = make_device(native=given.native, layout=given.layout, precision=given.precision, threads=cores())
    if device is None:
        raise SystemExit("this version of Striate does not know that route")
    settle(device, 0)
    results = {"machine": describe(device), "command": " ".join(["python -m benchmarks.scaling", *sys.argv[1:]])}
    for law in given.laws:
        turns = QUICK_TURNS if given.quick else TURNS
        found = measure(law, device, native=given.native, layout=given.layout, turns=turns)
        results[law] = found
        print(f"{law:14} R^2 {found['r2']:.4f}  {1e6 * found['slope']:.2f} us each  {found['pattern']}", flush=True)
    if not given.quick:
        name = f"{datetime.date.today().isoformat()}-scaling-{'native' if given.native else 'torch'}.json"
        (RESULTS / name).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
