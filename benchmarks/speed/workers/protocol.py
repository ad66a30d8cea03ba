"""The worker's end of the line: build once, then run as many steps as asked and say how long one took.

Run by the Python of each peer, so it needs the standard library alone. A worker is started with its job as JSON in its
one argument, answers one line when it is ready, and one for each number of steps it reads; stdin closed ends it.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version

Run = Callable[[int], float]  # takes that many training steps and gives the last loss, so all work is done by then
SEARCH_SECONDS = 0.5  # a turn of each candidate when the fastest of several is sought
SEARCH_TURNS = 3


class AbsentError(Exception):
    """This contender cannot run here; the message says why."""


class Contender:
    """What a worker built: `run`, the number of trained `parameters`, the `choice` made among several settings."""

    def __init__(self, run: Run, *, parameters: int, choice: str = "", packages: tuple[str, ...] = ()) -> None:
        self.run, self.parameters, self.choice = run, parameters, choice
        self.versions = {name: version(name) for name in packages}


def serve(build: Callable[[dict], Contender]) -> None:
    """Build the contender of this process's job and answer until stdin is closed."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not be taken for answers
    try:
        contender = build(json.loads(sys.argv[1]))
    except (AbsentError, ImportError) as error:
        answers.write(json.dumps({"absent": f"{type(error).__name__}: {error}"}) + "\n")
        return
    took = warm_up(contender.run)
    facts = {"parameters": contender.parameters, "choice": contender.choice, "versions": contender.versions}
    answers.write(json.dumps({"ready": True, "seconds": took, **facts}) + "\n")
    for line in sys.stdin:
        seconds, loss = clock(contender.run, int(line))
        answers.write(json.dumps({"seconds": seconds, "loss": loss}) + "\n")


def clock(run: Run, steps: int) -> tuple[float, float]:
    """Give the seconds of one step, averaged over `steps`, and the last loss."""
    started = time.perf_counter()
    loss = run(steps)
    return (time.perf_counter() - started) / steps, loss


def warm_up(run: Run) -> float:
    """Run past compilation and first-touch costs; give the seconds of a step."""
    run(2)
    return clock(run, 2)[0]


def fastest(candidates: Mapping[str, Run]) -> str:
    """Name the candidate with the least median of a few interleaved turns."""
    if len(candidates) == 1:
        return next(iter(candidates))
    steps = {name: max(1, int(SEARCH_SECONDS / warm_up(run))) for name, run in candidates.items()}
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(SEARCH_TURNS):
        for name, run in candidates.items():
            times[name].append(clock(run, steps[name])[0])
    return min(times, key=lambda name: statistics.median(times[name]))
