"""What the service holds in memory: one model, its data as it is opened, and the last looks through the network."""

import asyncio
import copy
import dataclasses
from collections import OrderedDict
from concurrent.futures import Future
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.layers.inputs.image import expect_pictures
from striate.models.infer import infer
from striate.predict import Model
from striate.runtime.device import Device
from striate.serve.disturb import Disturbance
from striate.serve.gallery import Gallery, open_gallery
from striate.serve.inputs import Input, Inputs
from striate.serve.look import Look, look
from striate.serve.samples import read_samples
from striate.serve.work import Worker
from striate.tasks import classification

KEPT_BYTES = 512 * 2**20  # of feature maps
CHUNK = 256  # examples answered at once, where the network is small
CHUNK_COST = 2e9  # multiply-adds that one chunk may take: about a tenth of a second


class Session:
    """One model for many people: their inputs by id, nothing that one of them could change for another.

    All methods but `open` and `close` run on the worker's one thread. What takes seconds is done by `patient`, on a
    thread and a network of its own, `twin`.
    """

    def __init__(self, model: Model, *, data: str | None = None) -> None:
        self.model = model
        self.inputs = Inputs(expect_pictures(model.network.input))
        self._looks: OrderedDict[tuple[str, Disturbance], Look] = OrderedDict()
        self.training = asyncio.Semaphore(1)  # live trainings at a time; each takes a core
        self.worker, self.patient = Worker(), Worker()
        self.twin = dataclasses.replace(model, network=copy.deepcopy(model.network))
        self._reader = Worker()
        self._data = data
        self._gallery: Future[Gallery] | None = None
        self._answering = False

    def close(self) -> None:
        """Stop all threads."""
        self._reader.close()
        self.patient.close()
        self.worker.close()

    def open(self) -> "Future[Gallery]":
        """Begin to read the data, where that was not begun yet; called on the event loop's thread only."""
        if self._gallery is None:
            model, data = self.model, self._data
            self._gallery = self._reader.submit(lambda: open_gallery(model.info, model.path, data))
        return self._gallery

    def look(self, id: str, how: Disturbance) -> Look:
        """Give what the network makes of an input, from memory where it was looked at lately."""
        key = (id, how)
        if key not in self._looks:
            self._looks[key] = look(self.model.network, self.find(id), how)
        self._looks.move_to_end(key)
        while len(self._looks) > 1 and sum(one.size for one in self._looks.values()) > KEPT_BYTES:
            self._looks.popitem(last=False)
        return self._looks[key]

    def find(self, id: str) -> Input:
        """Give an input by its id: `example-N` of the data, or one that was drawn or sent in."""
        number = id.removeprefix("example-")
        if number != id and number.isdecimal():
            return self.read_gallery().find(int(number))
        return self.inputs.find(id)

    def first(self) -> str | None:
        """Give the id of the input that is shown first; None: it must be waited for.

        A validation example, or, while the data is still being opened, a picture that run.json keeps of training.
        """
        if self.is_open:
            return f"example-{self.read_gallery().first()}"
        for label, content in read_samples(self.model.path.parent, self.model.info):
            truth = self.model.info.classes.index(label)
            return self.inputs.add(content, f"a training picture of {label}", truth=truth).id
        return None

    def read_gallery(self) -> Gallery:
        """Give the data; raises the StriateError of opening it, or UsageError while it is still being opened."""
        if self._gallery is None or not self._gallery.done():
            raise UsageError("the data must be open", got="data that is still being read", fix="ask again in a moment")
        return self._gallery.result()

    @property
    def is_open(self) -> bool:
        """Say whether the data was read, well or not."""
        return self._gallery is not None and self._gallery.done()

    def answer_all(self) -> Gallery:
        """Give the data, and begin to answer all of it, the validation split first, in pieces that let others by."""
        gallery = self.read_gallery()
        if self._answering:
            return gallery
        self._answering = True
        splits = gallery.catalogue.splits
        order = np.concatenate([np.flatnonzero(splits == split) for split in ("validation", "test", "train")])
        chunk = max(1, min(CHUNK, int(CHUNK_COST / self.model.network.plan.multiply_adds)))
        for start in range(0, len(order), chunk):
            part = order[start : start + chunk]
            self.worker.submit(partial(self._answer, gallery, part), urgent=False)
        return gallery

    def _answer(self, gallery: Gallery, indices: NDArray[np.int64]) -> None:
        device = Device(kind="cpu", precision="float32", threads=torch.get_num_threads())
        logits = infer(self.model.network, np.asarray(gallery.catalogue.inputs[indices]), device)
        gallery.probabilities[indices] = classification.decode(logits)
        gallery.answered[0] += len(indices)
