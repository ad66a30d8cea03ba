"""Any number of labels an example: a yes or no for each, and how well they are ranked and told over a whole split."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from striate.data.catalogue import Catalogue, Selection
from striate.records import (
    AnyPrediction,
    InputSpec,
    LabelMistake,
    LabelScore,
    LabelsPrediction,
    MultiLabelEvaluation,
    share,
)
from striate.tasks.bootstrap import Floats, bootstrap_all
from striate.tasks.illustrate import illustrate
from striate.tasks.known import mean_known
from striate.tasks.precision import average_precision

MISTAKES = 24
HEAVIEST = 5.0  # weight of the examples to which a rare label applies, at most
Truth = NDArray[np.bool_]

metric = "mAP"


def head(classes: tuple[str, ...], spec: InputSpec) -> int:
    """Give the number of logits of the head: one a label."""
    return len(classes)


def loss(logits: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Average the binary cross-entropy of logits (N, K) against targets (N, K) of 0 and 1; in nats.

    Where label k applies, its term weighs sqrt((N - n_k) / n_k) with n_k of the N examples of the batch having it,
    between 1 and 5, so that rare labels are not lost among examples without them. `smoothing` s in [0, 1) moves 0 and 1
    to s / 2 and 1 - s / 2.

    >>> round(loss(torch.zeros(2, 1), torch.tensor([[0], [1]])).item(), 4)
    0.6931
    """
    truth = targets.to(logits.dtype)
    held = truth.sum(0)
    weight = ((len(truth) - held) / held.clamp(min=1)).sqrt().clamp(1, HEAVIEST)
    wanted = truth * (1 - smoothing) + smoothing / 2
    return F.binary_cross_entropy_with_logits(logits, wanted, 1 + truth * (weight - 1))


def keep(outputs: Tensor) -> Tensor:
    """Keep all logits (N, K)."""
    return outputs


def score(kept: Tensor, targets: Tensor) -> float:
    """Give the mean average precision of logits (N, K) over the labels that occur in targets (N, K); 0 where none does.

    >>> score(torch.tensor([[2.0], [1.0]]), torch.tensor([[0], [1]]))
    0.5
    """
    found = rank(kept.double().numpy(), targets.numpy() > 0, np.ones((1, len(targets))))
    return float(np.nan_to_num(mean_known(found)[0]))


def rank(logits: Floats, truth: Truth, weights: Floats) -> Floats:
    """Give the average precision of each label: (N, K) twice, weights (R, N) -> (R, K)."""
    labels = range(truth.shape[1])
    return np.stack([average_precision(logits[:, k], truth[:, k], weights) for k in labels], axis=1)


def decode(logits: Tensor) -> Floats:
    """Turn logits (N, K) into probabilities (N, K): the sigmoid in float64."""
    probabilities: Floats = torch.sigmoid(logits.detach().to("cpu").to(torch.float64)).numpy()
    return probabilities


def answer(
    kept: Tensor,
    *,
    names: Sequence[str],
    sizes: Sequence[tuple[int, ...]],
    classes: tuple[str, ...],
    spec: InputSpec,
) -> list[AnyPrediction]:
    """Give the labels of each example from logits (N, K): those with a probability of a half or more."""
    return [
        LabelsPrediction(
            name=name,
            labels=_name(row >= 0.5, classes),
            probabilities=dict(zip(classes, row.tolist(), strict=True)),
        )
        for name, row in zip(names, decode(kept), strict=True)
    ]


def judge(kept: Tensor, catalogue: Catalogue, split: str) -> MultiLabelEvaluation:
    """Judge the logits (N, K) of all examples of a split."""
    chosen, classes = catalogue.select(split), catalogue.classes
    truth, logits = chosen.targets > 0, kept.double().numpy()
    said = decode(kept) >= 0.5
    n, labels = len(truth), len(classes)

    def measure(weights: Floats) -> Floats:
        precisions = rank(logits, truth, weights)
        hits, called, there = weights @ (said & truth), weights @ said, weights @ truth  # (R, K) each
        micro = 2 * hits.sum(1) / np.maximum(1, called.sum(1) + there.sum(1))
        macro = (2 * hits / np.maximum(1, called + there)).mean(1)
        return np.column_stack([mean_known(precisions), micro, macro, precisions])

    precision, micro, macro, *each = bootstrap_all(measure, n)
    losses = F.binary_cross_entropy_with_logits(kept.double(), torch.from_numpy(truth).double(), reduction="none")
    return MultiLabelEvaluation(
        split=split,
        precision=precision,
        exact=share(int((said == truth).all(1).sum()), n),
        micro_f1=micro,
        macro_f1=macro,
        loss=float(losses.mean()),
        per_class=tuple(
            LabelScore(
                label=classes[k],
                average_precision=each[k],
                recall=share(int((said & truth)[:, k].sum()), int(truth[:, k].sum())),
                precision=share(int((said & truth)[:, k].sum()), int(said[:, k].sum())),
                f1=float(2 * (said & truth)[:, k].sum() / max(1, said[:, k].sum() + truth[:, k].sum())),
                n=int(truth[:, k].sum()),
            )
            for k in range(labels)
        ),
        mistakes=_list_mistakes(losses.mean(1).numpy(), said, truth, catalogue, chosen),
    )


def _list_mistakes(
    losses: Floats, said: Truth, truth: Truth, catalogue: Catalogue, chosen: Selection
) -> tuple[LabelMistake, ...]:
    """Give the examples with any wrong label, the highest of losses (N,) first."""
    wrong = np.flatnonzero((said != truth).any(1))
    return tuple(
        LabelMistake(
            name=catalogue.names[chosen.indices[n]],
            truth=_name(truth[n], catalogue.classes),
            answer=_name(said[n], catalogue.classes),
            loss=float(losses[n]),
            **illustrate(chosen.inputs[n], catalogue.spec),
        )
        for n in wrong[np.argsort(-losses[wrong], kind="stable")][:MISTAKES].tolist()
    )


def _name(applies: Truth, classes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(label for label, yes in zip(classes, applies.tolist(), strict=True) if yes)
