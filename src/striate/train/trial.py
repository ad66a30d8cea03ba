"""Real training steps on a copy of the network, timed: what budget and route choice know of the time to come."""

import copy
import time

import numpy as np
import torch

from striate.data.augment.pictures import augment
from striate.models.move import move
from striate.models.network import Network
from striate.runtime.device import Device, Layout, autocast, settle, synchronise, to_device
from striate.tasks import classification
from striate.train.job import Job
from striate.train.state import State


class Trial:
    """Steps as the loop does them, on the first training pictures; the network itself stays as it is.

    Each layout has a state of its own, since weights, momentum and averages lie in memory as the pictures do.
    """

    def __init__(self, network: Network, job: Job) -> None:
        places = np.flatnonzero(job.catalogue.splits == "train")[: job.recipe.batch]
        self.network, self.recipe = network, job.recipe
        self.pictures = torch.from_numpy(np.ascontiguousarray(job.catalogue.pictures[places]))
        self.labels = torch.from_numpy(np.ascontiguousarray(job.catalogue.labels[places]))
        self.n = len(self.labels)
        self._generator = torch.Generator().manual_seed(0)
        self._states: dict[Layout, State] = {}

    def step(self, device: Device) -> float:
        """Do one step with the first `n` pictures on a route, and give its seconds."""
        settle(device, 0)
        state = self._states.get(device.layout)
        if state is None:
            copied = move(copy.deepcopy(self.network), device).train()
            state = self._states[device.layout] = State(copied, self.recipe)
        state.network.native = device.native
        synchronise(device)
        tick = time.monotonic()
        x = to_device(augment(self.pictures[: self.n], self.recipe, self._generator), device)
        with autocast(device):
            logits = state.network(x)
        y = self.labels[: self.n].to(device.kind)
        loss = classification.loss(logits.float(), y, smoothing=self.recipe.smoothing)
        loss.backward()
        state.optimizers.step()
        state.average(self.recipe.ema)
        loss.item()
        synchronise(device)
        return time.monotonic() - tick
