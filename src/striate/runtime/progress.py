"""Progress of long work on standard error: what, how far, time left. Drawn on a terminal only."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def track(items: Iterable[Item], what: str, *, total: int | None = None) -> Iterator[Item]:
    """Yield every item while a bar named `what` shows how many of `total` (default len(items)) are done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(items, total=total, description=what)


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Draw a bar named `what` for a number of bytes, None where it is not known; call what it gives with each piece."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda number: progress.advance(task, number)


def say(text: str) -> None:
    """Print one line for a person on standard error; standard output is kept for results."""
    shown = "".join(letter if letter.isprintable() else "�" for letter in text)  # file names may hold anything
    Console(stderr=True, highlight=False, soft_wrap=True).print(shown, markup=False)
