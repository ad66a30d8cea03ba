"""The batches of training: dealt, disturbed and moved to the device, each drawn from the seed and its step alone.

While an accelerator computes, a thread prepares its next batch; on a CPU the loop itself does, between its steps.
Either way a step gets the same bits.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import numpy as np
import torch
from torch import Tensor

from striate.data.augment.mixing import Mixing, mix_pictures
from striate.data.augment.table import disturb
from striate.data.catalogue import Selection
from striate.runtime.device import to_device
from striate.train.job import Job


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Disturbed inputs and targets (N, ...), on the device, and how pictures are mixed, if at all."""

    inputs: Tensor
    targets: Tensor
    mixing: Mixing | None


class Feed:
    """Gives the batch of any step, and measures for how long the loop stood still for it; a context.

    With `ahead`, a thread makes the batch of the next step meanwhile.
    """

    def __init__(self, train: Selection, job: Job, *, ahead: bool) -> None:
        self.inputs, self.targets = torch.from_numpy(train.inputs), torch.from_numpy(train.targets)
        self.spec, self.recipe, self.device, self.seed = job.spec, job.recipe, job.device, job.seed
        self.task = job.catalogue.task
        self.per_epoch = count_batches(len(self.targets), self.recipe.batch)
        self.waited = 0.0
        self.dealt: tuple[int, list[Tensor]] = (-1, [])
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="feed") if ahead else None
        self.coming: tuple[int, Future[Batch]] | None = None

    def __enter__(self) -> "Feed":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.thread is not None:
            self.thread.shutdown(cancel_futures=True)

    def batch(self, step: int) -> Batch:
        """Give the batch of a step from 0 on, made ahead where there is a thread for it."""
        tick = time.monotonic()
        if self.thread is None:
            batch = self.prepare(step)
        else:
            at, future = self.coming or (-1, None)
            if future is None or at != step:  # one thread makes all batches, one after the other
                future = self.thread.submit(self.prepare, step)
            batch = future.result()
            self.coming = step + 1, self.thread.submit(self.prepare, step + 1)
        self.waited += time.monotonic() - tick
        return batch

    def take_waited(self) -> float:
        """Give the seconds waited since this was last asked."""
        waited, self.waited = self.waited, 0.0
        return waited

    def prepare(self, step: int) -> Batch:
        """Draw, gather, disturb and mix the pictures of a step, and move them to the device."""
        epoch, place = divmod(step, self.per_epoch)
        if self.dealt[0] != epoch:
            self.dealt = epoch, deal(len(self.targets), self.per_epoch, mix(self.seed, 0, epoch))
        chosen = self.dealt[1][place]
        generator = torch.Generator().manual_seed(mix(self.seed, 1, step))
        inputs, targets = disturb(
            self.inputs, self.targets, self.spec, self.recipe, generator, chosen=chosen, epoch=epoch, task=self.task
        )
        inputs, mixing = mix_pictures(inputs, self.recipe, generator)
        return Batch(inputs=to_device(inputs, self.device), targets=targets.to(self.device.kind), mixing=mixing)


def count_batches(n: int, batch: int) -> int:
    """Tell how many batches of about `batch` pictures an epoch of n has; none holds a single one, if n > 1.

    >>> count_batches(1000, 128), count_batches(5, 1)
    (8, 2)
    """
    return max(1, min(round(n / batch), n // 2))


def deal(n: int, per_epoch: int, seed: int) -> list[Tensor]:
    """Deal the indices of all n pictures into the batches of one epoch, in an order drawn from `seed`.

    The batches differ in size by one at most, so no picture is left out.
    """
    order = torch.from_numpy(np.random.default_rng(seed).permutation(n))
    return list(order.tensor_split(per_epoch))


def mix(*numbers: int) -> int:
    """Mix whole numbers into one seed, so that neighbouring steps draw unrelated numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
