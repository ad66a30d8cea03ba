"""The kernels of a network's first convolution, packed to be drawn."""

from dataclasses import dataclass

import numpy as np

from striate.models.network import Network
from striate.notation import Conv, leaves
from striate.serve.views import pack

MOST = 32  # kernels


@dataclass(frozen=True, kw_only=True, slots=True)
class Kernels:
    """`cells` are signed bytes (F, h, w) in base64, of weight / `largest` x 127; a kernel's channels are averaged."""

    layer: str
    shape: tuple[int, ...]
    largest: float
    cells: str


def view_kernels(network: Network) -> Kernels | None:
    """Pack the first MOST kernels of the first convolution; None where there is none."""
    name = next((name for name, leaf in leaves(network.plan.layers) if isinstance(leaf.operation, Conv)), None)
    if name is None:
        return None
    weight = network.get_submodule(name).weight.detach().float().cpu().numpy()[:MOST].mean(1)  # type: ignore[operator]
    largest = float(np.abs(weight).max())
    cells = np.rint(weight * (127 / largest if largest else 0)).astype(np.int8)
    return Kernels(layer=name, shape=weight.shape, largest=largest, cells=pack(cells))
