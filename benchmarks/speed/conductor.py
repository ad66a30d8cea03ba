"""Starts one process a contender and lets them compute in turns, so that all see the same machine.

Only one computes at any moment; the others wait for a line on stdin. Each round gives every contender one turn, in an
order drawn anew, so slow drift of the machine (heat, neighbours) falls on all alike.
"""

import json
import math
import os
import random
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TURN = 1.0  # seconds of computing a turn
PAUSE = 0.25  # seconds between turns, in which the last one's threads stop spinning


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """How a worker is started: the Python and script, its job as JSON, and variables added to the environment."""

    command: tuple[str, ...]
    job: Mapping[str, object]
    environment: Mapping[str, str] = field(default_factory=dict)


class AbsentError(Exception):
    """A worker that did not come up, or fell; the message says why."""


class Worker:
    """A running contender."""

    def __init__(self, name: str, contender: Contender, log: Path) -> None:
        self.name, self.log = name, log
        with log.open("a") as errors:
            self.process = subprocess.Popen(
                [*contender.command, json.dumps(contender.job)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **contender.environment},
                text=True,
            )
        self.facts = self._answer()
        if "absent" in self.facts:
            self.stop()
            raise AbsentError(self.facts["absent"])
        self.steps = max(1, round(TURN / self.facts["seconds"]))

    def turn(self) -> float:
        """Run a turn's steps; give the seconds of one."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{self.steps}\n")
        self.process.stdin.flush()
        answer = self._answer()
        if not math.isfinite(answer["loss"]):
            raise SystemExit(f"{self.name}: the loss is {answer['loss']}; a net that diverges is not timed")
        return answer["seconds"]

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()

    def _answer(self) -> dict:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            last = self.log.read_text(errors="replace").strip().splitlines()[-1:]
            raise AbsentError(f"the worker ended with code {code}: {' '.join(last):.300}")
        return json.loads(line)


def start(contenders: Mapping[str, Contender], log: Path) -> tuple[list[Worker], dict[str, str]]:
    """Start all workers one after the other; give those that came up, and the reason of each that did not."""
    workers, absent = [], {}
    for name, contender in contenders.items():
        try:
            workers.append(Worker(name, contender, log))
        except AbsentError as error:
            absent[name] = str(error)
    return workers, absent


def take_round(workers: Sequence[Worker], chance: random.Random) -> dict[str, float]:
    """Give every worker one turn, in an order drawn from `chance`; seconds of a step, by contender."""
    seconds = {}
    for worker in chance.sample(list(workers), len(workers)):
        seconds[worker.name] = worker.turn()
        time.sleep(PAUSE)
    return seconds
