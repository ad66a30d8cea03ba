"""Data larger than memory: what reads it holds a part of it at a time, wherever it lies."""

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from striate.data.rows import Rows
from striate.evaluate.baselines import hog, pictures
from striate.records import ImageInput, InputSpec, SignalInput
from striate.train import normalise
from striate.train.normalise import measure_input

BOUND = 320_000_000  # bytes of a training: batches, network, what the C library keeps; measured 231 to 360 MB
SCRIPT = Path(__file__).with_name("train_larger.py")


class Shelf:
    """A catalogue, as far as `measure_input` knows one."""

    def __init__(self, inputs: NDArray[np.generic], spec: InputSpec) -> None:
        self.inputs, self.spec = inputs, spec
        self.splits = np.full(len(inputs), "train")


def peak(work: Callable[[], object]) -> int:
    """Tell how many bytes NumPy and Python held at most, beyond what they held before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def on_disk(folder: Path, count: int, shape: tuple[int, ...], kind: type = np.uint8) -> NDArray[np.generic]:
    """Examples in a file with holes: black but for the first values of each."""
    array = np.lib.format.open_memmap(folder / "map.npy", mode="w+", dtype=kind, shape=(count, *shape))
    array.reshape(count, -1)[:, :8] = np.random.default_rng(0).integers(0, 100, (count, 8))
    del array
    return np.load(folder / "map.npy", mmap_mode="r")


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        (ImageInput(channels=3, height=96, width=96, mean=(0.0,) * 3, std=(1.0,) * 3), np.uint8),
        (SignalInput(channels=2, length=5000, mean=(0.0,) * 2, std=(1.0,) * 2), np.float32),
    ],
)
def test_normalisation_reads_some_at_a_time(
    spec: InputSpec, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normalise, "CHUNK", 1 << 17)
    inputs = on_disk(tmp_path, 2000, spec.shape, kind)
    assert peak(lambda: measure_input(Shelf(inputs, spec))) < inputs.nbytes / 10  # type: ignore[arg-type]


def test_baselines_read_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "CHUNK", 1 << 18)
    monkeypatch.setattr(hog, "LEARNED", 100)
    monkeypatch.setattr(hog, "BYTES", 1 << 21)
    inputs, labels = on_disk(tmp_path, 1000, (3, 160, 160)), np.arange(1000) % 3

    def judge(n: int, m: int) -> object:
        train, test = Rows(inputs, np.arange(n)), Rows(inputs, np.arange(n, m))
        return pictures.baselines(train, labels[:n], test, labels[n:m], n_classes=3)

    judge(20, 30)  # what scikit-learn's import takes is none of theirs
    assert peak(lambda: judge(900, 1000)) < inputs.nbytes / 4


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells files in memory from other memory")
def test_training_on_ten_times_the_memory(tmp_path: Path) -> None:
    words = [sys.executable, str(SCRIPT), str(tmp_path), str(10 * BOUND)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    before, most, accuracy = map(float, done.stdout.split())
    assert most - before < BOUND
    assert accuracy > 0.7
