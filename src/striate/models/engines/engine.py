"""What an engine is: a way to turn a trained network into a function from fitted pictures to logits."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from striate.models.network import Network

Run = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # (N, C, H, W) fitted, N <= batch -> (N, K) logits; re-entrant


class Prepare(Protocol):
    """Make a network in evaluation mode ready to answer up to `batch` pictures at a time with CPU `threads`."""

    def __call__(self, network: Network, *, batch: int, threads: int) -> Run: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """One row of the table: what it computes in, what it imports, whether this machine and network suit it.

    `obstacle` gives the reason in words why a network cannot run here, "" when it can; it is asked after `packages`.
    `threaded` says whether the number of threads is the engine's own, not PyTorch's.
    """

    precision: Literal["float32", "bfloat16"]
    packages: tuple[str, ...]
    threaded: bool
    obstacle: Callable[[Network], str]
    prepare: Prepare


def find_obstacle(engine: Engine, network: Network) -> str:
    """Say why a network cannot run with an engine here; "" when it can."""
    missing = missing_packages(engine.packages)
    return missing or engine.obstacle(network)


def missing_packages(packages: tuple[str, ...]) -> str:
    """Say which of the optional packages are not installed and how to get them; "" when all are there."""
    missing = [name for name in packages if find_spec(name) is None]
    return f"{' and '.join(missing)} not installed: pip install 'striate[export]'" if missing else ""


def takes_no_pictures(network: Network) -> str:
    """Say that a network takes something else than pictures, for engines whose graph begins with them."""
    modality = network.input.spec.modality
    return "" if modality == "image" else f"it answers pictures, and this network is one of {modality}"


def no_obstacle(network: Network) -> str:
    """Say that every network will do."""
    return ""
