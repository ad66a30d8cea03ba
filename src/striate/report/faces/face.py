"""What report and terminal ask of the way in which a task's evaluation is shown."""

from collections.abc import Sequence
from typing import Any, Protocol

from rich.console import Console

from striate.kinds import Modality
from striate.records import Interval


class Face(Protocol):
    """One task's words and figures; each is a module with these names. `test` is the task's evaluation record."""

    @property
    def TEMPLATE(self) -> str:  # noqa: N802
        """The file, beside the module, of its part of the report."""

    @property
    def SECTIONS(self) -> dict[str, str]:  # noqa: N802
        """The ids and titles of the sections in that part."""

    @property
    def MEASURED(self) -> str:  # noqa: N802
        """What is compared with the baselines, such as right answers."""

    def tell(self, result: Interval, noun: str) -> str:
        """Say what the network reaches, after "Of 300 test pictures, the network"; `noun` is one of those pictures."""

    def name_answer(self, answer: Any) -> str:
        """Say one answer of `predict` in a few words; `answer` is the task's record of it."""

    def list_columns(self, classes: Sequence[str]) -> list[str]:
        """Name the columns of a table of answers, after the one of names."""

    def list_cells(self, answer: Any, classes: Sequence[str]) -> list[str]:
        """Give the cells of one answer under those columns."""

    def draw(self, test: Any) -> dict[str, str]:
        """Draw the figures of its part of the report, SVG by name."""

    def show(self, test: Any, modality: Modality, console: Console) -> None:
        """Print in a few lines what the result and the baselines do not say."""
