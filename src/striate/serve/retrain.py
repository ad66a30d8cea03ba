"""X's and O's learned anew in a process of their own, told as it goes on; whoever stops listening ends it."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from striate.errors import UsageError
from striate.models.zoo import plan_network
from striate.records import to_json
from striate.serve.history import LOOK, event, read_history

SHAPE = (1, 28, 28)  # of one X or O
MOST_EPOCHS = 40
MOST_COST = 20_000_000  # multiply-adds a picture: about a minute an epoch on two cores
MOST_PARAMETERS = 2_000_000
FAULT = "fault.txt"


def check_retrain(line: str, *, epochs: int, seed: int) -> None:
    """Raise NotationError or UsageError for what cannot be trained while somebody waits."""
    plan = plan_network(line, SHAPE, outputs=2)
    if plan.multiply_adds > MOST_COST or plan.parameters > MOST_PARAMETERS:
        rule = f"a live training takes at most {MOST_COST:,} multiply-adds and {MOST_PARAMETERS:,} parameters"
        got = f"{plan.multiply_adds:,} and {plan.parameters:,}"
        raise UsageError(rule, got=got, fix="use fewer features, pool earlier, or train with the command line")
    if not 1 <= epochs <= MOST_EPOCHS:
        raise UsageError(f"epochs lie between 1 and {MOST_EPOCHS}", got=str(epochs), fix="try 8")
    if not 0 <= seed < 2**31:
        raise UsageError("a seed is a whole number from 0 to 2^31 - 1", got=str(seed), fix="use 0")


async def retrain(line: str, *, epochs: int, seed: int, turn: asyncio.Semaphore) -> AsyncIterator[str]:
    """Train a line on X's and O's when it is its turn: `waiting`, `kernels`, `epoch` and `end` or `fault` events."""
    if turn.locked():
        yield event("waiting", {})
    async with turn:
        with tempfile.TemporaryDirectory(prefix="striate-") as folder:
            words = [sys.executable, "-m", "striate.serve.learner", line, str(epochs), str(seed), folder]
            environment = {**os.environ, "STRIATE_THREADS": "1"}
            process = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            try:
                async for told in _follow(process, Path(folder)):
                    yield told
            finally:
                process.kill()
                process.wait()


async def _follow(process: "subprocess.Popen[bytes]", folder: Path) -> AsyncIterator[str]:
    """Tell what appears in the learner's folder until it ends."""
    epochs, kernels = 0, ""
    while True:
        ended = process.poll() is not None
        history = read_history(folder)
        for epoch in history[epochs:]:
            yield event("epoch", to_json(epoch))
        epochs = len(history)
        drawn = _read(folder / "kernels.json")
        if drawn and drawn != kernels:
            kernels = drawn
            yield event("kernels", json.loads(drawn))
        if ended:
            fault = _read(folder / FAULT)
            yield event("fault", {"message": fault}) if fault or process.returncode else event("end", {})
            return
        await asyncio.sleep(LOOK)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""
