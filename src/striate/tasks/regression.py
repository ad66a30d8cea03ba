"""Numbers rather than classes: the loss in spreads, the error in each number's own unit, R2 over a whole split."""

from collections.abc import Sequence

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from striate.data.catalogue import Catalogue, Selection
from striate.records import (
    AnyPrediction,
    InputSpec,
    RegressionEvaluation,
    ValueMistake,
    ValueScore,
    ValuesPrediction,
)
from striate.tasks.bootstrap import Floats, bootstrap_all
from striate.tasks.illustrate import illustrate
from striate.tasks.known import divide, mean_known

MISTAKES = 24
POINTS = 500  # of a scatter, a number asked for
WORST = -1.0  # score below which training does not tell answers apart

metric = "R2"


def head(classes: tuple[str, ...], spec: InputSpec) -> int:
    """Give the number of outputs of the head: one a number asked for."""
    return len(classes)


def loss(outputs: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Average Huber's loss of outputs (N, D) against targets (N, D): e^2 / 2 up to an error of 1, |e| - 1/2 beyond.

    Training brings targets to mean 0 and spread 1 (train/standardise), so 1 is one standard deviation, and a few
    wrong labels do not drown the rest. There is nothing to smooth. Source: Huber 1964.

    >>> import torch
    >>> loss(torch.tensor([[0.0], [0.0]]), torch.tensor([[1.0], [3.0]])).item()
    1.5
    """
    return F.huber_loss(outputs, targets.to(outputs.dtype))


def keep(outputs: Tensor) -> Tensor:
    """Keep all outputs (N, D)."""
    return outputs


def score(kept: Tensor, targets: Tensor) -> float:
    """Give the mean R2 of outputs (N, D) against targets (N, D), not below -1.

    >>> import torch
    >>> score(torch.tensor([[1.0], [3.0]]), torch.tensor([[1.0], [3.0]]))
    1.0
    """
    found = measure_r2(kept.double().numpy(), targets.double().numpy(), np.ones((1, len(targets))))
    return max(WORST, float(np.nan_to_num(mean_known(found))[0]))


def measure_r2(answers: Floats, truth: Floats, weights: Floats) -> Floats:
    """Give 1 - sum (t - y)^2 / sum (t - mean t)^2 of (N, D) twice for weights (R, N): (R, D).

    Not-a-number where the truth does not vary.
    """
    centred = truth - truth.mean(0)
    spread = weights @ centred**2 - (weights @ centred) ** 2 / weights.sum(1, keepdims=True)
    spread[spread <= 1e-12 * (weights @ centred**2)] = 0.0  # what rounding leaves of a constant
    return 1 - divide(weights @ (truth - answers) ** 2, spread)


def answer(
    kept: Tensor,
    *,
    names: Sequence[str],
    sizes: Sequence[tuple[int, ...]],
    classes: tuple[str, ...],
    spec: InputSpec,
) -> list[AnyPrediction]:
    """Give the numbers of each example from outputs (N, D)."""
    return [
        ValuesPrediction(name=name, values=dict(zip(classes, row, strict=True)))
        for name, row in zip(names, kept.double().tolist(), strict=True)
    ]


def judge(kept: Tensor, catalogue: Catalogue, split: str) -> RegressionEvaluation:
    """Judge the outputs (N, D) of all examples of a split."""
    chosen, classes = catalogue.select(split), catalogue.classes
    answers, truth = kept.double().numpy(), chosen.targets.astype(np.float64)
    n = len(truth)

    def measure(weights: Floats) -> Floats:
        r2 = measure_r2(answers, truth, weights)
        mae, mse = weights @ np.abs(truth - answers) / n, weights @ (truth - answers) ** 2 / n
        return np.column_stack([mean_known(r2), r2, mae, np.sqrt(mse)])

    overall, *each = bootstrap_all(measure, n)
    r2, mae, rmse = (each[part * len(classes) : (part + 1) * len(classes)] for part in range(3))
    drawn = np.linspace(0, n - 1, min(n, POINTS)).round().astype(np.int64)
    return RegressionEvaluation(
        split=split,
        r2=overall,
        per_value=tuple(
            ValueScore(
                label=label,
                r2=r2[d],
                mae=mae[d],
                rmse=rmse[d],
                mean=float(truth[:, d].mean()),
                spread=float(truth[:, d].std()),
            )
            for d, label in enumerate(classes)
        ),
        points={
            label: tuple(zip(truth[drawn, d].tolist(), answers[drawn, d].tolist(), strict=True))
            for d, label in enumerate(classes)
        },
        mistakes=_list_mistakes(answers, truth, catalogue, chosen),
    )


def _list_mistakes(answers: Floats, truth: Floats, catalogue: Catalogue, chosen: Selection) -> tuple[ValueMistake, ...]:
    """Give the examples that are farthest off, each with the number that is, in spreads."""
    off = np.abs(answers - truth) / np.maximum(1e-300, truth.std(0))  # (N, D)
    farthest: NDArray[np.intp] = off.argmax(1)
    return tuple(
        ValueMistake(
            name=catalogue.names[chosen.indices[n]],
            label=catalogue.classes[farthest[n]],
            truth=float(truth[n, farthest[n]]),
            answer=float(answers[n, farthest[n]]),
            **illustrate(chosen.inputs[n], catalogue.spec),
        )
        for n in np.argsort(-off.max(1), kind="stable")[:MISTAKES].tolist()
    )
