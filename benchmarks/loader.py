"""The loader's share of an epoch at several picture sizes, into benchmarks/results/DATE-loader.json.

python -m benchmarks.loader               28, 64 and 224 pixels
python -m benchmarks.loader 64 --epochs 3

`striate train FOLDER` with the recipe that it chooses, on JPEG crops of the two photographs that scikit-learn ships:
the picture says nothing of accuracy, all of decoding and augmentation. The share is what the history of the run says.
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

from benchmarks.speed.__main__ import machine

RESULTS = Path(__file__).parent / "results"
STRIATE = (sys.executable, "-c", "from striate.cli import start; start()")
COUNTS = {28: 3000, 64: 1500, 224: 400}  # crops of each photograph
MOST = {28: 0.05, 64: 0.05, 224: 0.10}  # what the share should stay below


def crop(folder: Path, size: int, count: int) -> None:
    """Write `count` random crops of each photograph, one folder a class."""
    chance = np.random.default_rng(size)
    for name, photograph in zip(("temple", "flower"), load_sample_images().images, strict=True):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            top, left = (int(chance.integers(0, n - size + 1)) for n in photograph.shape[:2])
            Image.fromarray(photograph[top : top + size, left : left + size]).save(folder / name / f"{i}.jpg")


def measure(size: int, epochs: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        crop(Path(folder) / "photos", size, COUNTS.get(size, 500))
        words = ["train", "photos", "--run", "run", "--epochs", str(epochs), "--size", str(size), "--json"]
        done = subprocess.run([*STRIATE, *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"striate {' '.join(words)} failed:\n{done.stderr}")
    record = json.loads(done.stdout)
    shares = [row["loading_share"] for row in record["history"]]
    seconds = [row["seconds"] for row in record["history"]]
    return {"shares": shares, "epoch_seconds": seconds, "line": record["line"], "at_most": MOST.get(size)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=list(COUNTS), metavar="PIXELS")
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    results = {"command": " ".join(["python -m benchmarks.loader", *sys.argv[1:]]), "machine": machine()}
    results |= {"sizes": {str(size): measure(size, given.epochs) for size in given.sizes}}
    file = RESULTS / f"{datetime.date.today().isoformat()}-loader.json"
    file.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results["sizes"], indent=1))


if __name__ == "__main__":
    main()
