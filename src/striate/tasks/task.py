"""What a task is: the one seam between training, evaluation and what is to be learned. One file a task has it."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from striate.data.catalogue import Catalogue
from striate.notation import Operation
from striate.records import AnyEvaluation, AnyPrediction, InputSpec


class Task(Protocol):
    """What training and evaluation ask of a task; each task is a module with these names.

    Targets (N, ...) are those of `Catalogue.targets`, outputs (N, ...) what the head gives.
    """

    @property
    def metric(self) -> str:
        """The name of the score, a word or two, such as accuracy."""

    def head(self, classes: tuple[str, ...], spec: InputSpec) -> int | Operation:
        """Give the head: a number of outputs of a dense layer, or a layer of its own."""

    def loss(self, outputs: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
        """Compare outputs with targets: a number to make small."""

    def keep(self, outputs: Tensor) -> Tensor:
        """Give what `score` and `judge` need of outputs: the outputs themselves where they are small."""

    def score(self, kept: Tensor, targets: Tensor) -> float:
        """Give the score of examples, the higher the better, 1 at best: what the best epoch is chosen by."""

    def answer(
        self,
        kept: Tensor,
        *,
        names: Sequence[str],
        sizes: Sequence[tuple[int, ...]],
        classes: tuple[str, ...],
        spec: InputSpec,
    ) -> list[AnyPrediction]:
        """Give an answer for each example (N, ...), in terms of its original size."""

    def judge(self, kept: Tensor, catalogue: Catalogue, split: str) -> AnyEvaluation:
        """Judge what was kept of the examples of one split: every figure with its interval."""
