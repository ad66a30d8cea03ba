"""From the name of an engine to the route that a network's answers take."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.models.engines.quantise import QuantisedRoute, Validation
from striate.models.engines.route import FixedRoute, MeasuredRoute
from striate.models.engines.table import INT8, read_engine
from striate.models.network import Network
from striate.runtime.device import Device


class Route(Protocol):
    """Fitted pictures (N, C, H, W) uint8, N >= 1 -> logits (N, K); `engine` names what computes them now."""

    @property
    def engine(self) -> str: ...

    def answer(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]: ...


def open_route(
    network: Network, device: Device, engine: str = "auto", *, validation: Validation | None = None
) -> Route:
    """Give the route through an engine; `auto` measures once it pays, among engines that compute in float32.

    Raises UsageError for an unknown engine, one that cannot run here, int8 without validation pictures or with a
    loss of accuracy on them, or validation pictures for an engine that does not look at them.
    """
    name = read_engine(engine)
    if name != INT8 and validation is not None:
        raise UsageError(f"validation pictures are for {INT8} alone", got=engine, fix="leave them out")
    if name == "auto":
        return MeasuredRoute(network, device)
    if name != INT8:
        return FixedRoute(network, device, name)
    if validation is None:
        raise UsageError(
            f"{INT8} is judged on labelled validation pictures before it is used",
            got="none",
            fix="give the data of training with --validation DATA",
        )
    return QuantisedRoute(network, device, validation)
