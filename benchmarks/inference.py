"""Latency of one picture and throughput of 64, every engine beside ONNX Runtime and OpenVINO used directly.

python benchmarks/inference.py                      every network, into benchmarks/results/DATE-inference.json
python benchmarks/inference.py lenet5 --seconds 20  some of them, longer

From fitted uint8 pictures to float32 logits, input layer included, all in float32. `direct` is what a user writes
after torch.onnx.export: session.run and compiled_model(x), with default threads and with one, from the graph that
PyTorch's exporter gives. Turn by turn in one process; medians with 95 % intervals of the median (order statistics).
PyTorch gets STRIATE_THREADS, or its own default.
"""

import argparse
import datetime
import io
import json
import random
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from striate.models.engines.agreement import compare
from striate.models.engines.engine import find_obstacle
from striate.models.engines.table import ENGINES
from striate.models.infer import infer
from striate.models.network import Network, build
from striate.models.zoo import plan_network
from striate.records import ImageInput
from striate.runtime.device import Device, choose_device, describe

RESULTS = Path(__file__).parent / "results"
ROUNDS, CALLS, HOPELESS = 4, 2, 3.0
SLOW = 0.2  # seconds of a call
Run = Callable[[np.ndarray], np.ndarray]


def inverted(features: int, expansion: int, channels: int, stride: int, times: int) -> str:
    """Sandler et al. 2018, table 1, with ReLU for ReLU6; the first of a stage has no skip."""
    blocks = []
    for turn in range(times):
        step = f" /{stride}" if turn == 0 and stride > 1 else ""
        wide = f"conv {channels * expansion} 1 > batchnorm > relu > " if expansion > 1 else ""
        body = f"{wide}depthwise 3{step} pad 1 > batchnorm > relu > conv {features} 1 > batchnorm"
        blocks.append(f"skip({body})" if turn else body)
        channels = features
    return " > ".join(blocks)


def mobilenet() -> str:
    """MobileNetV2, table 2."""
    stages, channels = [], 32
    for expansion, features, times, stride in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        stages.append(inverted(features, expansion, channels, stride, times))
        channels = features
    return " > ".join(["conv 32 3 /2 pad 1 > batchnorm > relu", *stages, "conv 1280 1 > batchnorm > relu > globalpool"])


TWO = "conv 32 3x3 pad 1 > relu > maxpool 2 > conv 64 3x3 pad 1 > relu > maxpool 2 > dense 128 > relu"
NETWORKS: dict[str, tuple[str, tuple[int, int, int], int]] = {
    "lenet5": ("lenet5", (1, 28, 28), 10),
    "two-conv": (TWO, (1, 28, 28), 10),
    "resnet18": ("resnet18", (3, 224, 224), 1000),
    "mobilenetv2": (mobilenet(), (3, 224, 224), 1000),
}


def make(name: str) -> Network:
    line, shape, outputs = NETWORKS[name]
    channels, height, width = shape
    spec = ImageInput(channels=channels, height=height, width=width, mean=(0.45,) * channels, std=(0.25,) * channels)
    return build(plan_network(line, shape, outputs=outputs), spec).eval()


def export(network: Network, batch: int) -> bytes:
    """What a user has without us: PyTorch's own exporter, for one batch size."""
    buffer = io.BytesIO()
    x = torch.zeros(batch, *network.plan.input_shape, dtype=torch.uint8)
    names = {"input_names": ["pictures"], "output_names": ["logits"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (x,), buffer, dynamo=False, opset_version=17, **names)
    return buffer.getvalue()


def direct(model: bytes, batch: int, shape: tuple[int, ...]) -> dict[str, Run]:
    """ONNX Runtime and OpenVINO as their own first pages use them."""
    import onnxruntime
    import openvino

    def session(threads: int) -> Run:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads  # 0: its own default
        made = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return lambda x: made.run(None, {"pictures": x})[0]

    def compiled(threads: int) -> Run:
        core = openvino.Core()
        read = core.read_model(model)
        read.reshape([batch, *shape])
        hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        made = core.compile_model(read, "CPU", {**hints, **({"INFERENCE_NUM_THREADS": threads} if threads else {})})
        return lambda x: made(x)[0]

    return {
        "direct onnxruntime": session(0),
        "direct onnxruntime, 1 thread": session(1),
        "direct openvino": compiled(0),
        "direct openvino, 1 thread": compiled(1),
    }


def ours(network: Network, device: Device, batch: int) -> dict[str, Run]:
    """Every engine that runs here in float32, and the path that predict takes before any choice."""
    runs: dict[str, Run] = {"infer": lambda x: infer(network, x, device).numpy()}
    for name, engine in ENGINES.items():
        if engine.precision != "float32" or find_obstacle(engine, network):
            continue
        for threads in sorted({1, device.threads}) if engine.threaded else (device.threads,):
            said = f"{name}, 1 thread" if engine.threaded and threads == 1 else name
            runs[said] = engine.prepare(network, batch=batch, threads=threads)
    return runs


def measure(runs: dict[str, Run], x: np.ndarray, *, seconds: float) -> dict[str, list[float]]:
    """Seconds of every call, in turns of random order; the first call of a turn, which finds cold caches, is not kept.

    After ROUNDS turns the race is among those within HOPELESS times the fastest: PyTorch's waiting threads would
    disturb whoever comes after it, for many turns in which nothing is decided. Where a call takes SLOW seconds, caches
    and waiting threads matter little: every call counts, and all stay in the race.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    rivals, chance, turns, started = list(runs), random.Random(0), 0, time.monotonic()
    slow = False
    while time.monotonic() - started < seconds or turns < (ROUNDS if slow else 2 * ROUNDS):
        chance.shuffle(rivals)
        for name in rivals:
            if not slow:
                runs[name](x)
            for _ in range(1 if slow else CALLS):
                before = time.perf_counter()
                runs[name](x)
                times[name].append(time.perf_counter() - before)
        turns += 1
        slow = slow or min(map(min, times.values())) > SLOW
        if turns == ROUNDS and not slow:
            fastest = min(map(min, times.values()))
            rivals = [name for name in rivals if min(times[name]) <= HOPELESS * fastest]
            times |= {name: [] for name in rivals}  # those that stay start anew, undisturbed
    return times


def summary(times: list[float], batch: int) -> dict[str, float]:
    """Median with the 95 % interval of order statistics: ranks n/2 -+ 0.98 sqrt(n)."""
    ordered, n = sorted(times), len(times)
    reach = 0.98 * n**0.5
    low, high = ordered[max(0, int(n / 2 - reach))], ordered[min(n - 1, int(n / 2 + reach))]
    middle = float(np.median(ordered))
    return {
        "milliseconds": round(1e3 * middle, 4),
        "low": round(1e3 * low, 4),
        "high": round(1e3 * high, 4),
        "fastest": round(1e3 * ordered[0], 4),
        "pictures_per_second": round(batch / middle, 1),
        "n": n,
    }


def bench(name: str, device: Device, batch: int, *, seconds: float) -> dict[str, object]:
    network = make(name)
    x = np.random.default_rng(0).integers(0, 256, (batch, *network.plan.input_shape), dtype=np.uint8)
    runs = {**ours(network, device, batch), **direct(export(network, batch), batch, network.plan.input_shape)}
    reference = infer(network, x, device).numpy()
    distances = {said: compare(run(x), reference, tolerance=1e-4).distance for said, run in runs.items()}
    figures = {said: summary(times, batch) for said, times in measure(runs, x, seconds=seconds).items()}
    best = {
        side: min(
            (one for one in figures if one.startswith("direct") is peer), key=lambda s: figures[s]["milliseconds"]
        )
        for side, peer in (("ours", False), ("direct", True))
    }
    ratio = figures[best["direct"]]["milliseconds"] / figures[best["ours"]]["milliseconds"]
    for said, row in figures.items():
        row["distance"] = float(f"{distances[said]:.2g}")
    return {"batch": batch, "best": best, "times_as_fast_as_the_best_direct": round(ratio, 3), "engines": figures}


def main() -> None:
    parser = argparse.ArgumentParser(description="Latency and throughput of engines")
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--seconds", type=float, default=10.0, help="of timing a network and batch size")
    asked = parser.parse_args()
    unknown = set(asked.networks) - set(NETWORKS)
    if unknown:
        parser.error(f"unknown networks {sorted(unknown)}; choose from {', '.join(NETWORKS)}")
    device = choose_device()
    torch.set_num_threads(device.threads)
    file = RESULTS / f"{datetime.date.today().isoformat()}-inference.json"
    results = json.loads(file.read_text()) if file.exists() else {}
    packages = {package: version(package) for package in ("onnx", "onnxruntime", "openvino")}
    results["machine"] = {**describe(device), **packages, "numpy": np.__version__}
    for name in asked.networks:
        results[name] = [bench(name, device, batch, seconds=asked.seconds) for batch in (1, 64)]
        print(name, json.dumps(results[name], indent=1))
        file.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
