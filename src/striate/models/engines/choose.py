"""Which engine answers fastest here: every candidate prepared, checked against PyTorch, timed turn by turn."""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from striate.models.engines.agreement import agrees
from striate.models.engines.engine import Engine, Run, find_obstacle
from striate.models.engines.table import ENGINES
from striate.models.network import Network

SECONDS = 1.0  # of timing, all candidates together, once each has had its ROUNDS
ROUNDS = 3
CALLS = 2  # a round
MOST_ROUNDS = 300
HOPELESS = 3.0  # times as slow as the fastest in the first round: not timed any further
SMALL = 5e7  # multiply-adds of a batch: below, a second thread may cost more than it gives


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """How one engine did: median `seconds` a batch and those it took to get ready, or the `reason` it is none."""

    engine: str
    threads: int
    seconds: float | None = None
    setup_seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The fastest float32 engine for batches of one size on one machine, and what was tried, fastest first."""

    engine: str
    threads: int
    batch: int
    setup_seconds: float
    trials: tuple[Trial, ...]


@dataclass(slots=True)
class Candidate:
    """An engine that is ready and agrees, with its times so far."""

    name: str
    threads: int
    run: Run
    setup_seconds: float
    times: list[float] = field(default_factory=list)


def choose(
    network: Network, pictures: NDArray[np.uint8], reference: NDArray[np.float32], *, threads: int
) -> tuple[Choice, Run] | None:
    """Choose among the engines that compute in float32, for batches of len(pictures).

    `pictures` (N, C, H, W) are fitted; `reference` (N, K) are the logits that PyTorch gives them, which a candidate
    must meet. None when no candidate does: with logits that are not finite, or weights that rounding upsets.
    """
    trials: list[Trial] = []
    ready: list[Candidate] = []
    for name, engine in ENGINES.items():
        if engine.precision != "float32":
            continue
        for count in _thread_counts(engine, network, len(pictures), threads):
            made = make_ready(name, network, pictures, reference, threads=count)
            if isinstance(made, Trial):
                trials.append(made)
            else:
                ready.append(made)
    if not ready:
        return None
    _time(ready, pictures)
    ready.sort(key=_median)
    measured = [
        Trial(engine=c.name, threads=c.threads, seconds=_median(c), setup_seconds=c.setup_seconds) for c in ready
    ]
    best = ready[0]
    choice = Choice(
        engine=best.name,
        threads=best.threads,
        batch=len(pictures),
        setup_seconds=best.setup_seconds,
        trials=(*measured, *trials),
    )
    return choice, best.run


def _thread_counts(engine: Engine, network: Network, batch: int, threads: int) -> tuple[int, ...]:
    """One thread and all of them where either may win, else all."""
    small = network.plan.multiply_adds * batch < SMALL
    return (1, threads) if engine.threaded and small and threads > 1 else (threads,)


def make_ready(
    name: str, network: Network, pictures: NDArray[np.uint8], reference: NDArray[np.float32], *, threads: int
) -> Candidate | Trial:
    """Make an engine ready for batches of len(pictures) and check it; a Trial with the reason when it is none."""
    engine = ENGINES[name]
    started = time.monotonic()
    reason = find_obstacle(engine, network)
    if reason:
        return Trial(engine=name, threads=threads, reason=reason)
    try:
        run = engine.prepare(network, batch=len(pictures), threads=threads)
        logits = run(pictures)
    except Exception as error:  # a foreign engine's fault, of whatever type, must not cost an answer that we have
        return Trial(engine=name, threads=threads, reason=f"failed: {error}"[:300])
    if not agrees(logits, reference, precision=engine.precision):
        return Trial(engine=name, threads=threads, reason="its logits are not those of PyTorch")
    return Candidate(name, threads, run, time.monotonic() - started)


def _time(ready: list[Candidate], pictures: NDArray[np.uint8]) -> None:
    """Time candidates in turn, so that what else the machine does meets all alike; the hopeless only once.

    The better of two calls counts, and the order turns round each time: threads of the one before may still be
    waiting busily, which costs whoever comes next.
    """
    rivals = ready
    started = time.monotonic()
    for count in range(MOST_ROUNDS):
        for candidate in rivals[:: 1 if count % 2 else -1]:
            candidate.times.append(min(_call(candidate, pictures) for _ in range(CALLS)))
        if count == 0:
            fastest = min(candidate.times[0] for candidate in rivals)
            rivals = [candidate for candidate in rivals if candidate.times[0] <= HOPELESS * fastest]
        if count + 1 >= ROUNDS and time.monotonic() - started > SECONDS:
            break


def _call(candidate: Candidate, pictures: NDArray[np.uint8]) -> float:
    before = time.perf_counter()
    candidate.run(pictures)
    return time.perf_counter() - before


def _median(candidate: Candidate) -> float:
    return float(np.median(candidate.times))
