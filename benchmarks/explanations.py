"""Which share of importance maps fails, on trained networks and on random ones, into benchmarks/results/.

python -m benchmarks.explanations                      every data set, network and method
python -m benchmarks.explanations mnist --pictures 20  one data set; mnist:swift is one network of it
python -m benchmarks.explanations --methods occlusion integrated_gradients --name explanations-pixels

The requirement: of class-activation maps, at least 95 % fail where the weights are random, at most 20 % where they are
trained. Steps, levels and layers were chosen on mnist and fashion. xo and digits showed that the gain alone is too weak
a statistic against shuffled networks, which led to gain + confidence; photographs were looked at once all stood.
Every random network answers one picture only, so that the shares are over networks as well.
"""

import argparse
import datetime
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from benchmarks.speed.__main__ import machine
from striate.checkpoint import load_model
from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.data.xo_set import xo_catalogue
from striate.explain.faithful import judge
from striate.explain.importance import METHODS, Question
from striate.models.network import Network, build
from striate.records import Interval, share
from striate.train.run import train

RESULTS = Path(__file__).parent / "results"
MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist-10k"
FASHION = "/usr/share/datasets/fashion-mnist"
PLAIN = "conv 16 3x3 pad 1 > relu > maxpool 2 > conv 32 3x3 pad 1 > relu > dense 64 > relu"
TRAINED = (  # data, architecture, epochs
    ("mnist", "lenet5", 2),
    ("mnist", "swift", 2),
    ("mnist", "compact", 2),
    ("fashion", "lenet5", 3),
    ("fashion", "swift", 2),
    ("xo", "lenet5", 2),
    ("xo", "xo", 2),
    ("digits", PLAIN, 10),
    ("digits", "compact", 6),
    ("digits28", "lenet5", 8),
    ("photographs", "swift", 3),
)


def load(name: str) -> Catalogue:
    """Open one of the data sets; of Fashion-MNIST 12,000 pictures."""
    if name == "xo":
        return xo_catalogue(2000, 500, 500)
    if name == "mnist":
        return open_data(MNIST)
    if name == "fashion":
        part = open_data(FASHION).select("train")
        return open_data((part.inputs[:12_000, 0], part.targets[:12_000]))
    if name == "photographs":
        return cut_photographs()
    from sklearn.datasets import load_digits

    digits = load_digits()
    size = 28 if name == "digits28" else None
    return open_data(((digits.images * 255 / 16).astype(np.uint8), digits.target), size=size)


def cut_photographs(size: int = 28, count: int = 1500) -> Catalogue:
    """Cut random crops from the two photographs that scikit-learn ships: is it the temple, or the flower?"""
    from sklearn.datasets import load_sample_images

    chance, crops = np.random.default_rng(0), []
    for photograph in load_sample_images().images:
        corners = [[int(chance.integers(0, n - size + 1)) for n in photograph.shape[:2]] for _ in range(count)]
        crops += [photograph[top : top + size, left : left + size] for top, left in corners]
    return open_data((np.stack(crops), np.repeat(["temple", "flower"], count)))


def count(networks: list[Network], pictures: np.ndarray, method: str) -> dict:
    """Judge one map a picture, with the networks in turn: the share that fails, why, and how long one took."""
    found, chosen = [], METHODS[method]
    started = time.perf_counter()
    for number, picture in enumerate(pictures):
        network = networks[number % len(networks)]
        pixels = network.input.fit(torch.from_numpy(picture)[None]).float() / 255
        with torch.no_grad():
            k = int(network(pixels).argmax())
        question = Question(network=network, pixels=pixels, k=k, layers=chosen.layers(network.plan))
        found.append(judge(question, chosen, chosen.compute(question), seed=number))
    seconds = (time.perf_counter() - started) / len(pictures)
    failed = share(sum(one.verdict == "failed" for one in found), len(found))
    flaws = Counter(flaw for one in found for flaw in name_flaws(one))
    return {"failed": show(failed), "why": dict(flaws), "seconds_a_map": round(seconds, 3), "layers": question.layers}


def name_flaws(one) -> list[str]:
    flaws = {"flat": "everywhere", "random": "random maps do", "shuffled": "shuffled weights does", "alike": "same map"}
    return [flaw for flaw, words in flaws.items() if one.verdict == "failed" and words in one.reason]


def show(interval: Interval) -> dict:
    return {"value": interval.value, "low": interval.low, "high": interval.high, "n": interval.n}


def measure(data: str, line: str, epochs: int, given: argparse.Namespace) -> dict:
    """Train one network and count over test pictures, and over as many random networks of the same line."""
    catalogue = load(data)
    with tempfile.TemporaryDirectory() as folder:
        run = train(catalogue, architecture=line, epochs=epochs, run=Path(folder) / "run", route=given.route)
        loaded = load_model(Path(folder) / "run" / "model.safetensors")
    pictures = catalogue.select("test").inputs
    pictures = pictures[np.random.default_rng(1).permutation(len(pictures))[: given.pictures]]
    plan, spec = loaded.network.plan, loaded.info.input
    fresh = [build(plan, spec, seed=1000 + seed).eval() for seed in range(given.pictures)]
    row = {"data": data, "line": line, "accuracy": run.test.accuracy.value, "methods": {}}
    for method in given.methods:
        row["methods"][method] = {
            "trained": count([loaded.network], pictures, method),
            "random": count(fresh, pictures, method),
        }
        print(data, line[:20], method, json.dumps(row["methods"][method]), flush=True)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", help="mnist, say, or mnist:swift for one of its networks")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--name", default="explanations", help="of the file of results")
    parser.add_argument("--route", default="torch-nhwc-float32-1")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    command = " ".join(["python -m benchmarks.explanations", *sys.argv[1:]])
    results = {"command": command, "machine": machine(), "networks": []}
    file = RESULTS / f"{datetime.date.today().isoformat()}-{given.name}.json"
    for row in TRAINED:
        if not given.data or {row[0], f"{row[0]}:{row[1]}"} & set(given.data):
            results["networks"].append(measure(*row, given))
            file.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
