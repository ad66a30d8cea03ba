"""Trains on a memory map of so many bytes and prints the most anonymous memory that this took: run by test_memory.

python train_larger.py FOLDER BYTES
"""

import sys
import threading
from pathlib import Path

import numpy as np

from striate.data.catalogue import Catalogue, assemble
from striate.data.decode.decoded import Decoded, plain_image
from striate.data.listing import Listing
from striate.train.run import train

SHAPE = (3, 64, 64)
STATUS = Path("/proc/self/status")


def anonymous() -> int:
    """Tell how many bytes this process holds besides files that it has mapped."""
    fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return 1024 * int(fields["RssAnon"].split()[0])


def make(file: Path, size: int) -> Catalogue:
    """Pictures of two classes, most of each black, in a file with holes: the disk need not hold it."""
    count = size // int(np.prod(SHAPE))
    random = np.random.default_rng(0)
    targets = random.integers(0, 2, count)
    pictures = np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=(count, *SHAPE))
    pictures[:, 0, :4, :8] = random.integers(0, 128, (count, 4, 8)) + 100 * targets[:, None, None]
    del pictures
    pictures = np.load(file, mmap_mode="r")
    names = tuple(f"{i}" for i in range(count))
    nothing = np.full(count, "", "<U10")
    listing = Listing(
        source="map", format="map", classes=("a", "b"), names=names, targets=targets, splits=nothing, found=count
    )
    decoded = Decoded(
        kept=np.arange(count),
        inputs=pictures,
        spec=plain_image(pictures),
        sizes=np.full((count, 2), 64, np.int32),
        digests=tuple(f"{i:064x}" for i in range(count)),
        refusals=(),
        notices=(),
    )
    return assemble(listing, decoded)


def main() -> None:
    folder, size = Path(sys.argv[1]), int(sys.argv[2])
    catalogue = make(folder / "map.npy", size)
    before = most = anonymous()
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.005):
            most = max(most, anonymous())

    watcher = threading.Thread(target=watch)
    watcher.start()
    line = "conv 4 3x3 /2 > relu > globalpool"
    finished = train(catalogue, architecture=line, run=folder / "run", epochs=1, route="torch-nchw-float32-1")
    done.set()
    watcher.join()
    sys.stdout.write(f"{before} {most} {finished.test.accuracy.value}\n")


if __name__ == "__main__":
    main()
