"""Photographs to training batches, beside torchvision's ImageFolder + DataLoader, into results/DATE-images.json.

python -m benchmarks.images                       2,000 JPEGs, 224 px, 5 rounds
python -m benchmarks.images --count 500 --rounds 3

Both hand out float32 batches of 64 on the CPU, contiguous, in [0, 1], after random resized crops and flips, with and
without colour jitter. One round times each contender's epoch once, in an order drawn anew, so that a busy neighbour
disturbs all alike; figures are medians. Ours is timed cold (headers, decoding, cache written, statistics of the
channels, one epoch) and warm (an epoch). torchvision decodes in every epoch; the start of its workers is part of its
epoch, as in its users' programs; without workers it has one thread, which is faster for it. CPU seconds (of all
processes) stand beside the clock's: they depend less on neighbours.
"""

import argparse
import datetime
import json
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_images

from benchmarks.speed.__main__ import machine
from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.runtime.allocator import set_up_allocator
from striate.train.feed import Feed
from striate.train.job import prepare

RESULTS = Path(__file__).parent / "results"
SIDE, BATCH = 224, 64
SIZES = ((500, 375), (375, 500), (500, 333))  # of the JPEGs, as ImageNet has them
CROP, JITTER = 0.5, {"brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "hue": 18}
COLD = "striate, first epoch"
GOALS = {"first": 1.0, "later": 10.0}  # times as fast as torchvision with two workers, at least


def photograph(folder: Path, count: int) -> None:
    """Write JPEGs cut out of six sample pictures, tilted and scaled at random, one folder a picture."""
    sources = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket(), *load_sample_images().images]
    chance = np.random.default_rng(0)
    for i in range(count):
        k = i % len(sources)
        tilted = Image.fromarray(sources[k]).rotate(chance.uniform(-10, 10), Image.Resampling.BICUBIC)
        width, height = SIZES[chance.integers(len(SIZES))]
        share = chance.uniform(0.5, 0.8) * min(tilted.width / width, tilted.height / height)
        w, h = int(share * width), int(share * height)
        left, top = int(chance.integers(0, tilted.width - w)), int(chance.integers(0, tilted.height - h))
        part = tilted.crop((left, top, left + w, top + h)).resize((width, height), Image.Resampling.BICUBIC)
        file = folder / str(k) / f"{i:05d}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        part.save(file, quality=90)


def spent() -> float:
    """CPU seconds of this process and of its children that have ended."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def timed(work: Callable[[], int]) -> tuple[float, float]:
    """Seconds and CPU seconds an example of some work that returns how many examples it handed out."""
    cpu, tick = spent(), time.perf_counter()
    count = work()
    return (time.perf_counter() - tick) / count, (spent() - cpu) / count


def peer(folder: Path, workers: int, *, jitter: bool) -> Callable[[], int]:
    """An epoch of torchvision's way."""
    from torch.utils.data import DataLoader
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    steps = [transforms.RandomResizedCrop(SIDE, scale=(1 - CROP, 1)), transforms.RandomHorizontalFlip()]
    if jitter:
        amounts = {**JITTER, "hue": JITTER["hue"] / 360}
        steps.append(transforms.ColorJitter(**amounts))
    pictures = ImageFolder(str(folder), transforms.Compose([*steps, transforms.ToTensor()]))

    def epoch() -> int:
        threads = torch.get_num_threads()
        torch.set_num_threads(threads if workers else 1)
        loader = DataLoader(pictures, batch_size=BATCH, shuffle=True, num_workers=workers)
        count = sum(len(labels) for _, labels in loader)
        torch.set_num_threads(threads)
        return count

    return epoch


class Ours:
    """Striate's way: cold from the files, warm from the cache."""

    def __init__(self, folder: Path, *, jitter: bool) -> None:
        self.folder = folder
        self.settings = {"crop": CROP, "flip": "random", "shift": 0, "rotate": 0, "scale": 0, "batch": BATCH}
        self.settings |= JITTER if jitter else {}
        self.next = 0
        self.open()

    def open(self) -> None:
        limits = {"minutes": None, "target": None, "route": f"torch-nchw-float32-{torch.get_num_threads()}"}
        catalogue = all_to_train(open_data(self.folder, size=SIDE))
        job = prepare(catalogue, architecture="globalpool", settings=self.settings, seed=0, **limits)
        self.feed = Feed(job, ahead=False)

    def cold(self) -> int:
        self.open()
        return self.warm()

    def warm(self) -> int:
        first, self.next = self.next, self.next + self.feed.per_epoch
        return sum(len(self.feed.batch(step).targets) for step in range(first, self.next))


def all_to_train(catalogue: Catalogue) -> Catalogue:
    """Hand out every picture, as the other side does."""
    catalogue.splits[:] = "train"
    return catalogue


def contenders(folder: Path, *, jitter: bool) -> dict[str, Callable[[], int]]:
    ours = Ours(folder, jitter=jitter)
    return {
        "torchvision, 2 workers": peer(folder, 2, jitter=jitter),
        "torchvision, 0 workers": peer(folder, 0, jitter=jitter),
        COLD: ours.cold,
        "striate, later epochs": ours.warm,
    }


def compare(folder: Path, *, jitter: bool, rounds: int) -> dict:
    chance, ways = random.Random(0), contenders(folder, jitter=jitter)
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name in chance.sample(list(ways), len(ways)):
            if name == COLD:
                shutil.rmtree(os.environ["STRIATE_CACHE"])
            seen[name].append(timed(ways[name]))
    medians = {
        name: {
            "ms_a_picture": 1000 * statistics.median(clock for clock, _ in pairs),
            "cpu_ms_a_picture": 1000 * statistics.median(cpu for _, cpu in pairs),
            "all_ms": [round(1000 * clock, 4) for clock, _ in pairs],
        }
        for name, pairs in seen.items()
    }
    theirs = medians["torchvision, 2 workers"]
    times = {
        name: {key: theirs[key] / medians[f"striate, {name}"][key] for key in ("ms_a_picture", "cpu_ms_a_picture")}
        for name in ("first epoch", "later epochs")
    }
    return {"medians": medians, "times_as_fast_as_two_workers": times}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    set_up_allocator()  # as training does
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STRIATE_CACHE"] = f"{folder}/cache"
        photograph(Path(folder) / "photographs", given.count)
        found = {
            name: compare(Path(folder) / "photographs", jitter=jitter, rounds=given.rounds)
            for name, jitter in (("crop and flip", False), ("crop, flip and colour jitter", True))
        }
    import torchvision

    results = {"command": " ".join(["python -m benchmarks.images", *sys.argv[1:]]), "machine": machine()}
    results |= {"torchvision": torchvision.__version__, "threads": torch.get_num_threads(), "goals": GOALS}
    results |= {"pictures": given.count, "load_at_the_end": os.getloadavg()[0], "augmentations": found}
    file = RESULTS / f"{datetime.date.today().isoformat()}-images.json"
    file.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
