"""Progress of long work on standard error: what, how far, time left. Drawn on a terminal only."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def track(items: Iterable[Item], what: str, *, total: int | None = None) -> Iterator[Item]:
    """Yield every item while a bar named `what` shows how many of `total` (default len(items)) are done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(items, total=total, description=what)


def say(text: str) -> None:
    """Print one line for a person on standard error; standard output is kept for results."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)
