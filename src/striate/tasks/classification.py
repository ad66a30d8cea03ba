"""One label a picture: the size of the head, the loss, the probabilities, and the figures of a whole split."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.errors import ShapeError
from striate.records import AnyPrediction, ClassScore, Evaluation, InputSpec, Interval, Mistake, Prediction, share
from striate.tasks.calibration import calibrate
from striate.tasks.illustrate import illustrate

MISTAKES = 24  # the most confident ones, as many as an evaluation shows


metric = "accuracy"


def head(classes: tuple[str, ...], spec: InputSpec) -> int:
    """Give the number of logits of the head: one a class."""
    return len(classes)


def keep(outputs: torch.Tensor) -> torch.Tensor:
    """Keep all logits (N, K)."""
    return outputs


def score(kept: torch.Tensor, targets: torch.Tensor) -> float:
    """Give the share of logits (N, K) whose largest is that of the label (N,).

    >>> score(torch.tensor([[0.0, 1.0], [0.0, 1.0]]), torch.tensor([1, 0]))
    0.5
    """
    return float((kept.argmax(1) == targets).to(torch.float64).mean())


def answer(
    kept: torch.Tensor,
    *,
    names: Sequence[str],
    sizes: Sequence[tuple[int, ...]],
    classes: tuple[str, ...],
    spec: InputSpec,
) -> list[AnyPrediction]:
    """Give the likeliest class of each example from logits (N, K), with the probabilities of all."""
    return [
        Prediction(
            name=name,
            label=classes[row.argmax()],
            probability=float(row.max()),
            probabilities=dict(zip(classes, row.tolist(), strict=True)),
        )
        for name, row in zip(names, decode(kept), strict=True)
    ]


def judge(kept: torch.Tensor, catalogue: Catalogue, split: str) -> Evaluation:
    """Judge the logits (N, K) of all examples of a split."""
    chosen = catalogue.select(split)
    return measure(
        decode(kept),
        chosen.targets,
        classes=catalogue.classes,
        names=[catalogue.names[i] for i in chosen.indices],
        inputs=chosen.inputs,
        spec=catalogue.spec,
        split=split,
    )


def loss(logits: torch.Tensor, labels: torch.Tensor, *, smoothing: float = 0.0) -> torch.Tensor:
    """Average the cross-entropy of logits (N, K) against labels (N,) in 0..K-1; in nats.

    mean over n of -sum over k of q[n, k] log softmax(logits[n])[k], where q gives the label 1 - smoothing and shares
    `smoothing` in [0, 1) evenly among all K classes. Source: Szegedy et al. 2016, arXiv:1512.00567, section 7.

    >>> round(loss(torch.zeros(1, 2), torch.tensor([1])).item(), 4)
    0.6931
    """
    return torch.nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)


def decode(logits: torch.Tensor) -> NDArray[np.float64]:
    """Turn logits (N, K) of any precision and device into probabilities (N, K): softmax in float64.

    >>> decode(torch.zeros(1, 4)).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    wide = logits.detach().to("cpu").to(torch.float64)  # in two steps: some devices know no float64
    probabilities: NDArray[np.float64] = torch.softmax(wide, dim=1).numpy()
    return probabilities


def measure(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    *,
    classes: Sequence[str],
    names: Sequence[str],
    inputs: NDArray[Any],
    spec: InputSpec,
    split: str,
) -> Evaluation:
    """Judge probabilities (N, K) against labels (N,) in 0..K-1, N > 0: every figure with its interval.

    The answer is the likeliest class, the first of several that are equal. `names[n]` and `inputs[n]`, as
    `spec` describes it, illustrate the 24 most confident mistakes.
    Raises ShapeError where the sizes do not fit together.
    """
    given, truth = np.asarray(probabilities, np.float64), np.asarray(labels, np.int64)
    _check(given, truth, classes=classes, names=names, inputs=inputs)
    answers = given.argmax(1)
    right, confidence = answers == truth, given.max(1)
    confusion = _confuse(truth, answers, n_classes=len(classes))
    return Evaluation(
        split=split,
        accuracy=share(int(right.sum()), len(truth)),
        loss=_likelihood_loss(given, truth),
        per_class=tuple(_score(confusion, k, label) for k, label in enumerate(classes)),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        calibration=calibrate(confidence, right),
        mistakes=tuple(
            Mistake(
                name=names[n],
                truth=classes[truth[n]],
                answer=classes[answers[n]],
                probability=float(confidence[n]),
                truth_probability=float(given[n, truth[n]]),
                **illustrate(inputs[n], spec),
            )
            for n in _worst(confidence, right)
        ),
    )


def _likelihood_loss(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean of -log of what the true class was given; a probability of 0 counts as the smallest positive number."""
    given = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(given, np.finfo(np.float64).tiny)).mean())


def _confuse(labels: NDArray[np.int64], answers: NDArray[np.int64], *, n_classes: int) -> NDArray[np.int64]:
    """Count (K truth, K answer)."""
    cells = np.bincount(labels * n_classes + answers, minlength=n_classes * n_classes)
    return cells.reshape(n_classes, n_classes)


def _score(confusion: NDArray[np.int64], k: int, label: str) -> ClassScore:
    hits, is_k, called_k = int(confusion[k, k]), int(confusion[k].sum()), int(confusion[:, k].sum())
    recall, precision = share(hits, is_k), share(hits, called_k)
    return ClassScore(label=label, recall=recall, precision=precision, f1=_f1(hits, recall, precision))


def _f1(hits: int, recall: Interval, precision: Interval) -> float:
    """2 hits / (number that are it + number called it); 0 where both are 0."""
    return 2 * hits / max(1, recall.n + precision.n)


def _worst(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[int]:
    """Indices of the wrong answers, the most confident first."""
    wrong = np.flatnonzero(~right)
    return [int(n) for n in wrong[np.argsort(-confidence[wrong], kind="stable")][:MISTAKES]]


def _check(
    probabilities: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    classes: Sequence[str],
    names: Sequence[str],
    inputs: NDArray[Any],
) -> None:
    shape = (len(labels), len(classes))
    if not len(labels) or probabilities.shape != shape or len(names) != len(labels) or len(inputs) != len(labels):
        raise ShapeError(
            "probabilities (N, K), N labels, N names, N inputs and K classes with N > 0 must fit together",
            got=f"probabilities {probabilities.shape}, labels {labels.shape}, {len(names)} names, "
            f"{len(inputs)} inputs, {len(classes)} classes",
            fix="give all of one split that is not empty",
        )
