"""Traces of a thousand random cells of four networks: how far the two arithmetics lie apart, and what a trace costs.

python benchmarks/inside.py                 into benchmarks/results/DATE-inside.json
python benchmarks/inside.py --cells 100     fewer

Random weights, norms with random statistics. Forward: the network in float32, and in float64, against the traced sum
in float64, relative to the size of what is added up. Gradients: the traced sum against autograd, both in float64.
Seconds are those of one trace after the forward pass, one thread.
"""

import argparse
import datetime
import itertools
import json
import time
from pathlib import Path

import numpy as np
import torch

from striate.explain.gradient import pass_back, trace_gradient
from striate.explain.observe import Observation, observe
from striate.explain.trace import trace
from striate.models.network import Network
from striate.runtime.device import choose_device, describe
from tests.explain.trace_networks import SIGNAL, VGG, picture_network, signal_network

RESULTS = Path(__file__).parent / "results"
EXAMPLES = 2
NETWORKS = {
    "lenet5, 28 px": (lambda: picture_network("lenet5", 28), (3, 28, 28)),
    f"{VGG}, 32 px": (lambda: picture_network(VGG, 32), (3, 32, 32)),
    "resnet18, 224 px": (lambda: picture_network("resnet18", 224), (3, 224, 224)),
    f"{SIGNAL}, 64 samples": (signal_network, (2, 64)),
}


def cells(observation: Observation, count: int) -> list[tuple[float, float]]:
    """(difference, seconds) of `count` traces, of every layer in turn."""
    rng, found = np.random.default_rng(0), []
    for name in itertools.islice(itertools.cycle(observation.maps), count):
        cell = tuple(int(rng.integers(n)) for n in observation.maps[name].shape[1:])
        started = time.perf_counter()
        traced = trace(observation, name, cell, example=int(rng.integers(EXAMPLES)))
        found.append((traced.difference, time.perf_counter() - started))
    return found


def slopes(network: Network, pictures: torch.Tensor, count: int) -> list[float]:
    back, rng, found = pass_back(network, pictures, torch.arange(EXAMPLES), precise=True), np.random.default_rng(1), []
    for full in itertools.islice(itertools.cycle(back.gradients), count):
        layer, _, parameter = full.rpartition(".")
        index = tuple(int(rng.integers(n)) for n in back.gradients[full].shape)
        found.append(trace_gradient(back, layer, parameter, index).difference)
    return found


def measure(network: Network, shape: tuple[int, ...], count: int) -> dict[str, float]:
    pictures = torch.rand(EXAMPLES, *shape, generator=torch.Generator().manual_seed(0))
    single = cells(observe(network, pictures), count)
    double = cells(observe(network, pictures, precise=True), count)
    seconds = [took for _, took in single]
    return {
        "worst_difference_float32": max(difference for difference, _ in single),
        "worst_difference_float64": max(difference for difference, _ in double),
        "worst_difference_gradient": max(slopes(network, pictures, max(1, count // 10))),
        "median_seconds": float(np.median(seconds)),
        "worst_seconds": max(seconds),
        "cells": count,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Traces: differences and seconds")
    parser.add_argument("--cells", type=int, default=1000)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    results: dict[str, object] = {"machine": describe(choose_device())}
    for name, (make, shape) in NETWORKS.items():
        results[name] = measure(make(), shape, asked.cells)
        print(name, json.dumps(results[name], indent=1))
    (RESULTS / f"{datetime.date.today().isoformat()}-inside.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
