"""PyTorch: the tutorial's loop with a plain network, or the fastest of several layouts, precisions and orders."""

import itertools
from contextlib import nullcontext

import torch
from protocol import AbsentError, Contender, Run, fastest, serve
from torch import nn
from torch_net import build, count, draw


def contend(job: dict) -> Contender:
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    options = job["options"]
    runs, parameters = {}, set()
    for layout, precision, pool_first in itertools.product(options["layout"], options["precision"], options["pool"]):
        if precision == "bfloat16" and not torch.cpu._is_avx512_bf16_supported():
            continue
        network = build(job["layers"], pool_first=pool_first == "first")
        parameters.add(count(network))
        runs[f"{layout} {precision} pool {pool_first}"] = step_with(network, job, layout=layout, precision=precision)
    if not runs:
        raise AbsentError("this CPU has no bfloat16")
    choice = fastest(runs)
    return Contender(runs[choice], parameters=parameters.pop(), choice=choice, packages=("torch",))


def step_with(network: nn.Module, job: dict, *, layout: str, precision: str) -> Run:
    memory = torch.channels_last if layout == "nhwc" else torch.contiguous_format
    network = network.to(memory_format=memory).train()
    x, y = draw(job)
    x = x.to(memory_format=memory)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=job["rate"], momentum=job["momentum"])

    def run(steps: int) -> float:
        for _ in range(steps):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16) if precision == "bfloat16" else nullcontext():
                loss = criterion(network(x), y)
            loss.backward()
            optimizer.step()
        return loss.item()

    return run


if __name__ == "__main__":
    serve(contend)
