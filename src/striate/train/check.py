"""The device check: does a route compute what float64 on the CPU computes, as far as its precision reaches?"""

import copy

import torch
from torch import Tensor, nn

from striate.models.move import AT_REST, move
from striate.models.network import Network
from striate.runtime.device import Device, autocast, settle, to_device
from striate.tasks.task import Task

PICTURES = 8  # compared; fewer for networks whose float64 pass would take long
COSTLY = 2e9  # multiply-adds of the forward pass in float64, about a second with both gradients

# How far logits and the gradient of a tensor may be off, relative to their norm. Logits: a hundred times what was
# seen in float32 (1e-6) and twice what bfloat16 gave (0.06, ResNet-18). Gradients: where two values of a max-pool, or
# a ReLU's input and 0, lie closer together than rounding, the gradient takes another way; one such place among
# thousands changed it by up to 0.013 in float32, and in bfloat16 every two-hundredth place is one: up to 0.58 after 18
# layers. A gradient that is missing, unrelated or of the wrong sign is off by 1 to 2.
LIMITS = {"float32": (1e-4, 0.05), "tf32": (1e-2, 0.3), "bfloat16": (0.12, 0.8)}
LEAST = 0.01  # gradients are compared relative to this share of the largest tensor's norm at least: some are 0


def find_fault(network: Network, task: Task, device: Device, inputs: Tensor, targets: Tensor) -> str:
    """Compare outputs and gradients of real raw examples (N, ...) on a route with PyTorch's in float64.

    Gives "" when they agree, else what differs by how much. Dropout is left out: its draws depend on the route.
    """
    n = min(PICTURES, max(2, int(COSTLY / network.plan.multiply_adds)))
    inputs, targets = inputs[:n], targets[:n]
    exact = _answer(move(copy.deepcopy(network), AT_REST).double(), task, inputs, targets)
    settle(device, 0)
    found = _answer(move(copy.deepcopy(network), device), task, to_device(inputs, device), targets, device)
    scale = max((value.norm().item() for name, value in exact.items() if name != "outputs"), default=0.0)
    precision = "tf32" if device.precision == "float32" and device.kind.startswith("cuda") else device.precision
    for name, value in exact.items():
        limit = LIMITS[precision][name != "outputs"]
        norm = max(value.norm().item(), 0.0 if name == "outputs" else LEAST * scale)
        error = (found[name] - value).norm().item()
        if not error <= limit * norm:  # not-a-number, too
            return f"{name} differ by {error / (norm or 1):.1g} of their norm from float64, at most {limit:g} may be"
    return ""


def _answer(network: Network, task: Task, x: Tensor, targets: Tensor, device: Device = AT_REST) -> dict[str, Tensor]:
    """Give the outputs and every parameter's gradient by name, in float64 on the CPU."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.eval()
    with autocast(device):
        outputs = network(x)
    kind = outputs.dtype if outputs.dtype == torch.float64 else torch.float32
    task.loss(outputs.to(kind), targets.to(device.kind)).backward()
    answer = {"outputs": outputs.detach()}
    for name, parameter in network.named_parameters():
        if parameter.grad is not None:
            answer[f"gradients of {name}"] = parameter.grad
    return {name: value.cpu().double() for name, value in answer.items()}
