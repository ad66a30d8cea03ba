"""What a person sees while a network trains: a bar with loss, accuracy, speed and time left; one line an epoch."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from striate.records import Epoch


class Watch:
    """Draws on standard error, a live bar on a terminal and one line an epoch anywhere; used as a context."""

    def __init__(self, *, epochs: int, steps: int, done: int) -> None:
        self.epochs = epochs
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)
        self.task = self.bar.add_task("training", total=steps, completed=done)
        self.drawn = 0.0

    def __enter__(self) -> "Watch":
        self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.bar.stop()

    def step(self, done: int, *, epoch: int, loss: float, speed: float) -> None:
        """Show how far training is: steps done, the epoch's mean loss so far, pictures per second."""
        if time.monotonic() - self.drawn > 0.1:
            text = f"epoch {epoch}/{self.epochs}  loss {loss:.3f}  {speed:,.0f} pictures/s"
            self.bar.update(self.task, completed=done, description=text)
            self.drawn = time.monotonic()

    def epoch(self, row: Epoch) -> None:
        """Print one finished epoch."""
        self.console.print(
            f"epoch {row.epoch:>3}/{self.epochs}  loss {row.train_loss:.4f}  validation loss {row.validation_loss:.4f}"
            f"  accuracy {100 * row.validation_score:6.2f} %  {row.pictures_per_second:8,.0f} pictures/s"
            f"  loading {100 * row.loading_share:4.1f} %"
            f"  {row.seconds:6.1f} s",
            markup=False,
        )
