"""A device and a network of one route of Striate, or None where this version has no such route."""

import dataclasses

from striate.models.network import Network, build
from striate.notation import Plan
from striate.records import InputSpec
from striate.runtime.device import Device

FIELDS = {field.name for field in dataclasses.fields(Device)}


def make_device(*, native: bool, layout: str, precision: str, threads: int) -> Device | None:
    """Give the device of a route, or None where this version of Striate does not know it."""
    device = Device(kind="cpu", precision=precision, threads=threads, **_route(native=native, layout=layout))
    return device if native <= ("native" in FIELDS) and (layout == "nhwc" or "layout" in FIELDS) else None


def _route(*, native: bool, layout: str) -> dict[str, object]:
    return {name: value for name, value in (("layout", layout), ("native", native)) if name in FIELDS}


def make_network(plan: Plan, *, native: bool) -> Network | None:
    """Build the network, its stages native if asked; None where there are no native kernels."""
    channels, height, width = plan.input_shape
    mean, std = (0.5,) * channels, (0.25,) * channels
    network = build(plan, InputSpec(channels=channels, height=height, width=width, mean=mean, std=std))
    if native:
        from striate import kernels

        if not hasattr(network, "native") or getattr(kernels, "library", None) is None:
            return None
        network.native = True
    return network
