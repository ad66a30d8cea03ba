"""A device and a network of one route of Striate, as training makes them; None where this build has no such route."""

import dataclasses
from importlib.util import find_spec

import torch

from striate import records
from striate.models.network import Network, build
from striate.notation import Plan
from striate.runtime.device import Device

FIELDS = {field.name for field in dataclasses.fields(Device)}
INPUT = getattr(records, "ImageInput", records.InputSpec)  # its name before there were other inputs


def make_device(*, native: bool, layout: str, precision: str, threads: int) -> Device | None:
    """Give the device of a route; None where this version of Striate cannot lay tensors out so."""
    route = {name: value for name, value in (("layout", layout), ("native", native)) if name in FIELDS}
    known = layout == "nhwc" or "layout" in FIELDS
    return Device(kind="cpu", precision=precision, threads=threads, **route) if known else None


def make_network(plan: Plan, *, native: bool, layout: str) -> Network | None:
    """Build the network, its stages native if asked; None where no native kernel would run any of it."""
    channels, height, width = plan.input_shape
    mean, std = (0.5,) * channels, (0.25,) * channels
    network = build(plan, INPUT(channels=channels, height=height, width=width, mean=mean, std=std))
    network.to(memory_format=torch.channels_last if layout == "nhwc" else torch.contiguous_format)
    if native and not getattr(network, "native_possible", False):
        return None
    network.native = native
    return network


def keep_memory() -> None:
    """Set the allocator up as a training process does, in versions that do."""
    if find_spec("striate.runtime.allocator"):
        from striate.runtime.allocator import set_up_allocator

        set_up_allocator()
