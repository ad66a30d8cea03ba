"""The way from fitted pictures to logits that `predict` takes: PyTorch at once, the fastest engine when it pays."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.models.engines.agreement import agrees
from striate.models.engines.choose import CALLS, ROUNDS, Candidate, Choice, choose, make_ready
from striate.models.engines.engine import Run, find_obstacle
from striate.models.engines.memory import key_of, recall, remember
from striate.models.engines.table import ENGINES
from striate.models.infer import infer
from striate.models.network import Network
from striate.runtime.device import Device
from striate.runtime.progress import say

BATCH = 64  # pictures that an engine answers at once
WORK = 1.6e10  # multiply-adds that one batch may need: fewer pictures of a large network
CELLS = 64 * 512 * 28 * 28  # values of the largest feature map that one batch may hold
IMPORT_SECONDS = 0.5  # what loading an engine's package costs, about
CHOICE_SECONDS = 2.0  # what loading all of them and getting them ready costs, about, beside the timing
CANDIDATES = 4  # that are timed, about


def batch_size(network: Network) -> int:
    """Give how many pictures an engine is to answer at once."""
    largest = max(layer.activation_bytes // 4 for layer in network.plan.layers)
    return int(max(1, min(BATCH, WORK // max(1, network.plan.multiply_adds), CELLS // max(1, largest))))


class PlainRoute:
    """PyTorch alone, for networks that the other engines do not take: of other content than pictures, or other heads.

    Answers are those of the head, (N, ...).
    """

    engine = "torch"

    def __init__(self, network: Network, device: Device) -> None:
        self.network, self.device = network, device

    def answer(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Give the outputs of the head (N, ...) for raw examples (N, ...)."""
        outputs: NDArray[np.float32] = infer(self.network, inputs, self.device).numpy()
        return outputs


class FixedRoute:
    """One engine, by name, checked on the first pictures that it answers."""

    def __init__(self, network: Network, device: Device, engine: str) -> None:
        """Raises UsageError when the engine cannot run here, saying why."""
        reason = find_obstacle(ENGINES[engine], network)
        if reason:
            raise UsageError(f"the engine {engine} must be able to run here", got=reason, fix="leave --engine out")
        self.network, self.device, self.engine = network, device, engine
        self._runs: dict[int, Run] = {}

    def answer(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Give the logits (N, K) of fitted pictures; raises UsageError when they are not the network's."""
        batch = 1 if len(pictures) == 1 else batch_size(self.network)
        if batch not in self._runs:
            run = ENGINES[self.engine].prepare(self.network, batch=batch, threads=self.device.threads)
            self._check(run, pictures[:batch])
            self._runs[batch] = run
        return in_pieces(self._runs[batch], pictures, batch)

    def _check(self, run: Run, pictures: NDArray[np.uint8]) -> None:
        reference = infer(self.network, pictures, self.device).numpy()
        if not agrees(run(pictures), reference, precision=ENGINES[self.engine].precision):
            raise UsageError(
                f"the answers of {self.engine} must be those of PyTorch, as near as its precision allows",
                got="others for the pictures given",
                fix="leave --engine out",
            )


class MeasuredRoute:
    """PyTorch until as much time went into answers as finding a faster engine would cost; then the fastest.

    So a small job never pays for the choice, and a large one, or many small ones of one process, pays at most about
    as much again. A choice made before is taken up once answers have cost what getting that engine ready does.
    Single pictures and batches have each a choice of their own.
    """

    def __init__(self, network: Network, device: Device) -> None:
        self.network, self.device = network, device
        self.engine = "torch"
        self._batch = batch_size(network)
        self._spent: dict[int, float] = {}
        self._answered: dict[int, int] = {}
        self._runs: dict[int, Run | None] = {}
        self._known: dict[int, Choice | None] = {}

    def answer(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Give the logits (N, K) of fitted pictures, equal to PyTorch's within 1e-4 of their spread."""
        batch = 1 if len(pictures) == 1 else self._batch
        run = self._runs.get(batch)
        if run is not None:
            return in_pieces(run, pictures, batch)
        started = time.monotonic()
        logits: NDArray[np.float32] = infer(self.network, pictures, self.device).numpy()
        self._spent[batch] = self._spent.get(batch, 0.0) + time.monotonic() - started
        self._answered[batch] = self._answered.get(batch, 0) + len(pictures)
        if batch not in self._runs and len(pictures) >= batch and self._spent[batch] >= self._price(batch):
            self._runs[batch] = self._find(batch, pictures[:batch], logits[:batch])
        return logits

    def _price(self, batch: int) -> float:
        """Seconds that a faster engine costs before it answers."""
        if batch not in self._known:
            self._known[batch] = recall(key_of(self.network, self.device, batch))
        known = self._known[batch]
        if known is not None:
            return IMPORT_SECONDS + known.setup_seconds
        each = self._spent[batch] / self._answered[batch]
        return CHOICE_SECONDS + CANDIDATES * (1 + CALLS * ROUNDS) * batch * each

    def _find(self, batch: int, pictures: NDArray[np.uint8], logits: NDArray[np.float32]) -> Run | None:
        known = self._known[batch]
        run = None if known is None else self._take_up(known, pictures, logits)
        if known is None or run is None:
            chosen = choose(self.network, pictures, logits, threads=self.device.threads)
            if chosen is None:
                return None
            known, run = chosen
            remember(key_of(self.network, self.device, batch), known)
            say(describe_choice(known))
        self.engine = known.engine
        return run

    def _take_up(self, known: Choice, pictures: NDArray[np.uint8], logits: NDArray[np.float32]) -> Run | None:
        """Make the engine of an earlier choice ready; None when it no longer runs, or not with these weights."""
        made = make_ready(known.engine, self.network, pictures, logits, threads=known.threads)
        return made.run if isinstance(made, Candidate) else None


def in_pieces(run: Run, pictures: NDArray[np.uint8], batch: int) -> NDArray[np.float32]:
    """Answer any number of pictures (N, C, H, W) by a run that takes `batch` at most: (N, K)."""
    if len(pictures) <= batch:
        return run(pictures)
    return np.concatenate([run(pictures[start : start + batch]) for start in range(0, len(pictures), batch)])


def describe_choice(choice: Choice) -> str:
    """Say in one line what was chosen and what it gains."""
    threads = f"{choice.threads} thread{'s' if choice.threads > 1 else ''}"
    times = {trial.engine: trial.seconds for trial in reversed(choice.trials) if trial.seconds is not None}
    gain = times.get("torch", 0.0) / times[choice.engine]
    how = f", {gain:.1f} times as fast as torch" if choice.engine != "torch" and gain else ""
    return f"pictures are now answered by {choice.engine} on {threads}{how} (measured, {choice.batch} at once)"
