"""One thread that does all the work of a session, so that nothing in it is ever touched by two requests at once."""

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Request

LOOK_UP = 0.05  # seconds between looks whether the browser is still waiting

Result = TypeVar("Result")


@dataclass(order=True)
class _Job:
    """A piece of work in the queue: urgent ones (rank 0) first, of equal ones the earlier."""

    rank: int
    number: int
    work: Callable[[], Any] | None = field(compare=False)
    future: "Future[Any]" = field(compare=False)


class Worker:
    """A queue and the thread that empties it. Work that nobody waits for any more can be cancelled before it begins."""

    def __init__(self) -> None:
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], Result], *, urgent: bool = True) -> "Future[Result]":
        """Queue some work: what a person waits for is urgent, what fills in by and by is not."""
        future: Future[Result] = Future()
        self._jobs.put(_Job(0 if urgent else 1, next(self._numbers), work, future))
        return future

    def close(self) -> None:
        """Finish the work at hand, and drop the rest."""
        self._jobs.put(_Job(-1, next(self._numbers), None, Future()))
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()).work is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                job.future.set_result(job.work())
            except BaseException as error:  # belongs to whoever waits for the result
                job.future.set_exception(error)


async def answer(request: Request, future: "Future[Result]") -> Result:
    """Wait for queued work; cancel it when the browser goes away, as it does when a slider has moved on."""
    waiting = asyncio.wrap_future(future)
    while True:
        done, _ = await asyncio.wait({waiting}, timeout=LOOK_UP)
        if done:
            return waiting.result()
        if await request.is_disconnected():
            future.cancel()
