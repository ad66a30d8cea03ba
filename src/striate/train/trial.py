"""Real training steps on a copy of the network, timed: what budget and route choice know of the time to come."""

import copy
import time

import numpy as np
import torch

from striate.data.augment.table import disturb
from striate.models.move import move
from striate.models.network import Network
from striate.runtime.device import Device, Layout, autocast, settle, synchronise, to_device
from striate.train.job import Job
from striate.train.state import State


class Trial:
    """Steps as the loop does them, on the first training examples; the network itself stays as it is.

    Each layout has a state of its own, since weights, momentum and averages lie in memory as the pictures do.
    """

    def __init__(self, network: Network, job: Job) -> None:
        places = np.flatnonzero(job.catalogue.splits == "train")[: job.recipe.batch]
        self.network, self.recipe = network, job.recipe
        self.inputs = torch.from_numpy(np.array(job.catalogue.inputs[places]))
        self.targets = torch.from_numpy(np.array(job.catalogue.targets[places]))
        self.task, self.spec, self.kind = job.task, job.spec, job.catalogue.task
        self.n = len(self.targets)
        self._generator = torch.Generator().manual_seed(0)
        self._states: dict[Layout, State] = {}

    def step(self, device: Device) -> float:
        """Do one step with the first `n` examples on a route, and give its seconds."""
        settle(device, 0)
        state = self._states.get(device.layout)
        if state is None:
            copied = move(copy.deepcopy(self.network), device).train()
            state = self._states[device.layout] = State(copied, self.recipe)
        state.network.native = device.native
        synchronise(device)
        tick = time.monotonic()
        first = torch.arange(self.n)
        x, y = disturb(
            self.inputs, self.targets, self.spec, self.recipe, self._generator, chosen=first, epoch=0, task=self.kind
        )
        with autocast(device):
            outputs = state.network(to_device(x, device))
        loss = self.task.loss(outputs.float(), y.to(device.kind), smoothing=self.recipe.smoothing)
        loss.backward()
        state.optimizers.step()
        state.average(self.recipe.ema)
        loss.item()
        synchronise(device)
        return time.monotonic() - tick
