"""The PyTorch example for MNIST as most people know it, on Fashion-MNIST; it stops where the test accuracy suffices.

Two convolutions, max-pool, dropout, two dense layers, Adam, batches of 64 from a DataLoader, the test set judged after
each epoch (pytorch/examples, mnist/main.py; Adam and cross-entropy as the tutorials now write it). Every accuracy is
printed as one line of JSON with the seconds since the process began to import; `--most` ends it in any case.
"""

import time

STARTED = time.perf_counter()

import argparse  # noqa: E402
import gzip  # noqa: E402
import json  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

MEAN, STD = 0.2860, 0.3530


def read_split(folder: Path, split: str) -> TensorDataset:
    """Read one split's IDX files: pictures (N, 1, 28, 28) normalised, labels (N,)."""
    pictures = np.frombuffer(
        gzip.decompress((folder / f"{split}-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16
    )
    labels = np.frombuffer(gzip.decompress((folder / f"{split}-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    x = torch.from_numpy(pictures.reshape(-1, 1, 28, 28).astype(np.float32) / 255)
    return TensorDataset((x - MEAN) / STD, torch.from_numpy(labels.astype(np.int64)))


def make_network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )


def train_epoch(network: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> None:
    network.train()
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(x), y).backward()
        optimizer.step()


@torch.no_grad()
def measure_accuracy(network: nn.Module, loader: DataLoader) -> float:
    network.eval()
    right = sum(int((network(x).argmax(1) == y).sum()) for x, y in loader)
    return right / len(loader.dataset)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--target", type=float, required=True, help="test accuracy that ends training")
    parser.add_argument("--most", type=float, default=600.0, help="seconds after which training ends anyway")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    train = DataLoader(read_split(given.folder, "train"), batch_size=64, shuffle=True)
    test = DataLoader(read_split(given.folder, "t10k"), batch_size=1000)
    network = make_network()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    accuracy, seconds = 0.0, 0.0
    while accuracy < given.target and seconds < given.most:
        train_epoch(network, train, optimizer)
        accuracy, seconds = measure_accuracy(network, test), time.perf_counter() - STARTED
        print(json.dumps({"accuracy": accuracy, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
