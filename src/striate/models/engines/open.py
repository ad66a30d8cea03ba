"""From the name of an engine to the route that a network's answers take."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.layers.inputs.image import ImageInputLayer
from striate.models.engines.quantise import QuantisedRoute, Validation
from striate.models.engines.route import FixedRoute, MeasuredRoute, PlainRoute
from striate.models.engines.table import INT8, read_engine
from striate.models.network import Network
from striate.notation import Dense, Recurrent, leaves
from striate.runtime.device import Device


class Route(Protocol):
    """Raw examples (N, ...), fitted, N >= 1 -> the head's outputs (N, ...); `engine` names what computes them now."""

    @property
    def engine(self) -> str: ...

    def answer(self, inputs: NDArray[Any], /) -> NDArray[np.float32]: ...


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
    if not names_pictures(network):
        if name not in ("auto", "torch"):
            rule = "the engines beside torch take networks that name pictures"
            raise UsageError(rule, got=engine, fix="leave --engine out")
        return PlainRoute(network, device)
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


def names_pictures(network: Network) -> bool:
    """Say whether a network takes pictures, ends in a dense layer and has no recurrence: what other engines know."""
    plan = network.plan
    recurs = any(isinstance(leaf.operation, Recurrent) for _, leaf in leaves(plan.layers))
    return isinstance(network.input, ImageInputLayer) and isinstance(plan.layers[-1].operation, Dense) and not recurs
