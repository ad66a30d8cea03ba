"""Striate's own step: the built network, the recipe's SGD, one device of the routes that the options allow."""

import itertools

import torch
from protocol import AbsentError, Contender, Run, fastest, serve
from striate_route import keep_memory, make_device, make_network
from torch_net import count, draw

from striate.models.network import Network
from striate.models.zoo import plan_network
from striate.recipe import Recipe
from striate.runtime.device import Device, autocast, has_fast_bfloat16, settle, to_device
from striate.tasks import classification
from striate.train.state import State


def contend(job: dict) -> Contender:
    keep_memory()
    options = job["options"]
    plan = plan_network(job["line"], tuple(job["input"]), outputs=job["classes"])
    runs, parameters = {}, set()
    for native, layout, precision in itertools.product(options["native"], options["layout"], options["precision"]):
        if precision == "bfloat16" and not has_fast_bfloat16("cpu"):
            continue
        device = make_device(native=native, layout=layout, precision=precision, threads=job["threads"])
        network = make_network(plan, native=native, layout=layout)
        if device is None or network is None:
            continue
        if native and precision == "bfloat16" and not getattr(network, "native_shortens", False):
            continue  # it would be float32 under another name
        parameters.add(count(network))
        name = f"{'native' if native else 'torch'} {layout} {precision}"
        runs[name] = step_with(network, job, device)
    if not runs:
        raise AbsentError("this build of Striate has no such route")
    choice = fastest(runs)
    return Contender(runs[choice], parameters=parameters.pop(), choice=choice, packages=("striate", "torch"))


def step_with(network: Network, job: dict, device: Device) -> Run:
    recipe = Recipe(
        name="timed",
        epochs=1,
        batch=job["batch"],
        optimizer="sgd",
        rate=job["rate"],
        momentum=job["momentum"],
        smoothing=0.0,
    )
    state = State(network.train(), recipe)
    raw, y = draw(job)

    def run(steps: int) -> float:
        settle(device, 0)  # as in training: threads, and deterministic algorithms
        loss = torch.tensor(0.0)
        for _ in range(steps):
            x = to_device(raw, device)
            with autocast(device):
                logits = network(x)
            loss = classification.loss(logits.float(), y)
            loss.backward()
            state.optimizers.step()
        return loss.item()

    return run


if __name__ == "__main__":
    serve(contend)
