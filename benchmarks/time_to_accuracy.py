"""Fashion-MNIST, whole process: `striate train FOLDER --target T` beside the canonical PyTorch example, in one run.

python -m benchmarks.time_to_accuracy                       everything: about an hour and a half
python -m benchmarks.time_to_accuracy targets --seeds 1     the ratios alone
python -m benchmarks.time_to_accuracy --quick               a few pictures, to see that all of it runs

targets  for T of .90 .91 .92: Striate stops by itself when its own *validation* accuracy reaches T, and its test
         accuracy is reported; the example looks at the *test* set after each epoch, an advantage that it keeps
single   `--target 0.935`, no test-time averaging: seconds and test accuracy
budget   `--minutes 15`: the test accuracy of the best network of the budget

Per seed, one run of each in turn. The example runs once a seed, to the highest target, and is read at each target.
A target that it does not reach within `--most` seconds counts as that, so the ratio is a lower bound and marked so.
"""

import argparse
import datetime
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.__main__ import machine
from benchmarks.speed.summary import summarise

FASHION = Path("/usr/share/datasets/fashion-mnist")
RESULTS = Path(__file__).parent / "results"
CANONICAL = Path(__file__).with_name("canonical.py")
STRIATE = (sys.executable, "-c", "from striate.cli import start; start()")
TARGETS, SINGLE, MINUTES = (0.90, 0.91, 0.92), 0.935, 15.0
MOST = 600.0  # seconds that the example may take
QUICK = 600  # pictures of the training split with --quick


def striate(data: Path, *words: str) -> dict:
    """Train in a fresh folder and give seconds of the whole process, test figures, and why it stopped."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [*STRIATE, "train", str(data), "--run", "run", "--json", *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    record = json.loads(done.stdout)
    test = {key: record["test"]["accuracy"][key] for key in ("value", "low", "high", "n")}
    facts = {key: record[key] for key in ("stopped", "training_seconds")}
    validation = max(row["validation_score"] for row in record["history"])
    return {"seconds": seconds, "test": test, "validation": validation, "epochs": len(record["history"]), **facts}


def canonical(data: Path, *, target: float, seed: int, most: float) -> list[dict]:
    """Run the example until `target`; its accuracies and seconds after each epoch."""
    words = [str(data), "--target", str(target), "--seed", str(seed), "--most", str(most)]
    done = subprocess.run([sys.executable, CANONICAL, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the example failed:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def reach(course: list[dict], target: float) -> float | None:
    """Seconds at which the example's test accuracy first was `target`; None: never."""
    return next((row["seconds"] for row in course if row["accuracy"] >= target), None)


def targets(data: Path, seeds: int, most: float) -> dict:
    rows = []
    for seed in range(seeds):
        ours = {str(t): striate(data, "--target", str(t), "--seed", str(seed)) for t in TARGETS}
        rows.append({"striate": ours, "canonical": canonical(data, target=max(TARGETS), seed=seed, most=most)})
    return {"runs": rows, "targets": {str(t): compare(rows, t, most) for t in TARGETS}}


def compare(rows: list[dict], target: float, most: float) -> dict:
    """Set the seconds of both to each other, seed by seed; `missed`: seeds where the example never got there."""
    ours = [row["striate"][str(target)] for row in rows]
    theirs = [reach(row["canonical"], target) for row in rows]
    ratios = [(most if b is None else b) / a["seconds"] for a, b in zip(ours, theirs, strict=True)]
    return {
        "striate_seconds": summarise([run["seconds"] for run in ours]),
        "striate_test": summarise([run["test"]["value"] for run in ours]),
        "canonical_seconds": summarise([most if b is None else b for b in theirs]),
        "missed": theirs.count(None),
        "ratio": summarise(ratios),
    }


def single(data: Path, seeds: int, most: float) -> list[dict]:
    return [striate(data, "--target", str(SINGLE), "--seed", str(seed)) for seed in range(seeds)]


def budget(data: Path, seeds: int, most: float) -> dict:
    return striate(data, "--minutes", str(MINUTES))


def shrink(folder: Path) -> Path:
    """Write the first pictures of both splits beside each other: for trying the script out."""
    small = folder / "fashion-mnist"
    small.mkdir()
    for split, n in (("train", QUICK), ("t10k", QUICK // 3)):
        for name, head, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
            raw = gzip.decompress((FASHION / f"{split}-{name}-ubyte.gz").read_bytes())[: head + n * size]
            count = np.array(n, ">i4").tobytes()
            (small / f"{split}-{name}-ubyte.gz").write_bytes(gzip.compress(raw[:4] + count + raw[8:]))
    return small


PARTS = {"targets": targets, "single": single, "budget": budget}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most", type=float, default=MOST, help="seconds that the example may take")
    parser.add_argument("--quick", action="store_true", help="few pictures, one seed; prints, writes no results")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"unknown parts {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    if not FASHION.exists():
        raise SystemExit(f"{FASHION} must be there; on Debian: apt-get install dataset-fashion-mnist")
    file = RESULTS / f"{datetime.date.today().isoformat()}-time-to-accuracy.json"
    results = json.loads(file.read_text()) if file.exists() and not given.quick else {}
    results["machine"] = machine()
    with tempfile.TemporaryDirectory() as folder:
        data = shrink(Path(folder)) if given.quick else FASHION
        for part in given.parts if not given.quick else ["targets"]:
            seeds, most = (1, 5.0) if given.quick else (given.seeds, given.most)
            results[part] = PARTS[part](data, seeds, most)
            print(part, json.dumps(results[part], indent=1))
            if not given.quick:
                file.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
