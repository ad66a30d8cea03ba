"""Work on many files by a few threads at once, the results in order, and never many of them waiting in memory."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from striate.runtime.progress import track

THREADS = min(8, os.cpu_count() or 1)
TOGETHER = 8  # pieces of work that a thread takes at once: handing over costs as much as reading a header
AHEAD = 2  # portions a thread that may wait
Result = TypeVar("Result")


def in_order(work: Callable[[int], Result], indices: Sequence[int], what: str) -> Iterator[Result]:
    """Yield work(i) for each of the indices, in their order, beside a progress bar named `what`.

    Threads help where the work leaves Python, as decoding does: then as many cores are used as there are.
    """
    return track(_results(work, indices), what, total=len(indices))


def _results(work: Callable[[int], Result], indices: Sequence[int]) -> Iterator[Result]:
    portions = iter([indices[start : start + TOGETHER] for start in range(0, len(indices), TOGETHER)])
    waiting: deque[Future[list[Result]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:

        def submit(count: int) -> None:
            waiting.extend(pool.submit(_portion, work, portion) for portion in islice(portions, count))

        try:
            submit(AHEAD * THREADS)
            while waiting:
                done = waiting.popleft().result()
                submit(1)
                yield from done
        except BaseException:  # Ctrl-C must not wait for all that is queued
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _portion(work: Callable[[int], Result], portion: Sequence[int]) -> list[Result]:
    return [work(i) for i in portion]
