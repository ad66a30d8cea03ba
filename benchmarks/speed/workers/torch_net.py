"""Described layers -> a plain torch.nn.Sequential, as anyone would write it by hand."""

import torch
from torch import nn


class Skip(nn.Module):
    """body(x) + shortcut(x); an empty shortcut is the input as it is."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x) + self.shortcut(x)


def build(layers: list[dict], *, pool_first: bool = False) -> nn.Sequential:
    """Build the network; `pool_first` swaps every relu > maxpool, which changes no value and saves ReLU's work."""
    return nn.Sequential(*[module for layer in order(layers, pool_first=pool_first) for module in make(layer)])


def order(layers: list[dict], *, pool_first: bool) -> list[dict]:
    layers = list(layers)
    for i in range(len(layers) - 1 if pool_first else 0):
        if (layers[i]["kind"], layers[i + 1]["kind"]) == ("relu", "maxpool"):
            layers[i : i + 2] = layers[i + 1], layers[i]
    return layers


def make(layer: dict) -> list[nn.Module]:
    match layer["kind"]:
        case "conv":
            sizes = (layer["channels"], layer["features"], layer["kernel"], layer["stride"], layer["pad"])
            return [nn.Conv2d(*sizes, bias=layer["bias"])]
        case "maxpool":
            return [nn.MaxPool2d(layer["size"], layer["stride"], layer["pad"])]
        case "dense":
            return [nn.Flatten(), nn.Linear(layer["inputs"], layer["units"])]
        case "batchnorm":
            return [nn.BatchNorm2d(layer["channels"])]
        case "relu":
            return [nn.ReLU()]
        case "globalpool":
            return [nn.AdaptiveAvgPool2d(1)]
        case "skip":
            return [Skip(build(layer["body"]), build(layer["shortcut"]))]
    raise ValueError(layer["kind"])


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def draw(job: dict) -> tuple[torch.Tensor, torch.Tensor]:
    """One batch of fixed noise (N, C, H, W) in [0, 1) and labels (N,)."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(job["batch"], *job["input"], generator=generator)
    return x, torch.randint(job["classes"], (job["batch"],), generator=generator)
