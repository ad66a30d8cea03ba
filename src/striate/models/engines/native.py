"""Our own kernels: the network itself, with the stages they know run by them."""

import copy

import numpy as np
import torch
from numpy.typing import NDArray

from striate.models.engines.engine import Engine, Run
from striate.models.network import Network


def prepare(network: Network, *, batch: int, threads: int) -> Run:
    """Run a copy that shares the weights, natively; threads are those of the process."""
    native = copy.copy(network)
    native.native = True

    def run(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            logits: NDArray[np.float32] = native(torch.from_numpy(pictures)).numpy()
            return logits

    return run


def _obstacle(network: Network) -> str:
    return "" if network.native_possible else "no kernel of ours runs a stage of this network here"


ENGINE = Engine(precision="float32", packages=(), threaded=False, obstacle=_obstacle, prepare=prepare)
