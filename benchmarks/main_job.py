"""The figures of the main job, each from the command a user would type, into benchmarks/results/DATE-main-job.json.

python benchmarks/main_job.py                 every part
python benchmarks/main_job.py fashion mnist   some of them

demo     `striate demo`: X's and O's, accuracy and seconds of the whole process
fashion  `striate train FOLDER` with defaults on Fashion-MNIST, seeds 0, 1, 2 (Debian: dataset-fashion-mnist)
mnist    `striate train FOLDER --architecture lenet5` on mnist-10k (../shared/data/mnist-10k), seeds 0, 1, 2
digits   `striate train digits.npz` with defaults on scikit-learn's digits, seeds 0, 1, 2
help     seconds of `striate --help`, median of 10
resume   20 x kill -9 at random moments of a training of about a minute; SHA-256 of the model files
"""

import datetime
import hashlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from striate.runtime.device import choose_device, describe

STRIATE = Path(sys.executable).with_name("striate")
FASHION = Path("/usr/share/datasets/fashion-mnist")
MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist-10k"
RESULTS = Path(__file__).parent / "results"
SEEDS = (0, 1, 2)
KILLS = 20


def striate(*words: str, cwd: Path) -> dict:
    """Run one command with --json and give its record, with the seconds of the whole process."""
    started = time.monotonic()
    done = subprocess.run([STRIATE, *words, "--json"], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"striate {' '.join(words)} failed:\n{done.stderr}")
    return {**json.loads(done.stdout), "process_seconds": time.monotonic() - started}


def figures(record: dict) -> dict:
    """What is kept of a run's record."""
    return {
        "test": {key: record["test"]["accuracy"][key] for key in ("value", "low", "high", "n")},
        "validation": record["validation"],
        "baselines": {name: baseline["value"] for name, baseline in record["baselines"].items()},
        "process_seconds": round(record["process_seconds"], 1),
        "training_seconds": round(record["training_seconds"], 1),
        "epochs": len(record["history"]),
        "stopped": record["stopped"],
        "route": record["machine"]["route"],
        "seed": record["seed"],
    }


def demo(folder: Path) -> dict:
    return figures(striate("demo", "--run", "demo", cwd=folder))


def each_seed(folder: Path, *words: str) -> list[dict]:
    return [
        figures(striate(*words, "--seed", str(s), "--run", f"{words[1:]}{s}".replace("/", "-"), cwd=folder))
        for s in SEEDS
    ]


def fashion(folder: Path) -> list[dict]:
    return each_seed(folder, "train", str(FASHION))


def mnist(folder: Path) -> list[dict]:
    return each_seed(folder, "train", str(MNIST), "--architecture", "lenet5")


def digits(folder: Path) -> list[dict]:
    import numpy as np
    from sklearn.datasets import load_digits

    data = load_digits()
    np.savez(folder / "digits.npz", images=(data.images * 255 / 16).astype(np.uint8), labels=data.target)
    return each_seed(folder, "train", str(folder / "digits.npz"))


def help_(folder: Path) -> dict:
    times = []
    for _ in range(10):
        started = time.monotonic()
        subprocess.run([STRIATE, "--help"], capture_output=True, check=True)
        times.append(time.monotonic() - started)
    return {"median_seconds": round(statistics.median(times), 3), "slowest_seconds": round(max(times), 3)}


def resume(folder: Path) -> dict:
    """Train once whole, and once killed at KILLS random moments; the model files must be equal."""
    command = ["train", str(MNIST), "--architecture", "compact", "--epochs", "30"]
    whole = striate(*command, "--run", "whole", cwd=folder)
    chance, kills = random.Random(0), 0
    while kills < KILLS:
        with (folder / "log.txt").open("a") as log:
            process = subprocess.Popen([STRIATE, *command, "--run", "parts"], cwd=folder, stdout=log, stderr=log)
            try:
                if process.wait(timeout=chance.uniform(0.5, whole["process_seconds"] / 6)):
                    raise SystemExit(f"a resumed training failed:\n{(folder / 'log.txt').read_text()[-2000:]}")
                break  # it was done before it could be killed
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
    striate(*command, "--run", "parts", cwd=folder)
    sums = {
        name: hashlib.sha256((folder / name / "model.safetensors").read_bytes()).hexdigest()
        for name in ("whole", "parts")
    }
    return {
        "kills": kills,
        "equal": sums["whole"] == sums["parts"],
        "sha256": sums,
        "seconds": whole["process_seconds"],
    }


PARTS: dict[str, Callable[[Path], object]] = {
    "demo": demo,
    "fashion": fashion,
    "mnist": mnist,
    "digits": digits,
    "help": help_,
    "resume": resume,
}


def main() -> None:
    chosen = sys.argv[1:] or list(PARTS)
    unknown = set(chosen) - set(PARTS)
    if unknown:
        raise SystemExit(f"unknown parts {sorted(unknown)}; choose from {', '.join(PARTS)}")
    file = RESULTS / f"{datetime.date.today().isoformat()}-main-job.json"
    results = json.loads(file.read_text()) if file.exists() else {}
    results["machine"] = describe(choose_device())
    for part in chosen:
        with tempfile.TemporaryDirectory() as folder:
            results[part] = PARTS[part](Path(folder))
        print(part, json.dumps(results[part], indent=1))
        file.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
