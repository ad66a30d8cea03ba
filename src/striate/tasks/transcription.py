"""A text an example, read along the columns of a picture or the steps of a sound: CTC, and what was misread."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.data.catalogue import Catalogue
from striate.data.letters import END, decode_letters
from striate.notation.heads import StepHead
from striate.records import AnyPrediction, InputSpec, Interval, Misreading, Reading, TranscriptionEvaluation, share
from striate.tasks.edit import edit_distances
from striate.tasks.illustrate import illustrate

metric = "characters right"
BLANK = 0  # the class of steps that say nothing; symbols follow
RESAMPLES = 1000
WORST = 24  # misread texts that an evaluation shows


def head(classes: tuple[str, ...], spec: InputSpec) -> StepHead:
    """Give the head: at every step a vote for nothing and for each symbol."""
    return StepHead(1 + len(classes), (1,), bias=True)


def loss(outputs: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Average over examples of the CTC loss a symbol, of logits (N, 1 + K, T) against targets (N, L); in nats.

    -log of the probability of all ways along the steps that spell the text, blanks and repeats left out. Source:
    Graves et al. 2006, "Connectionist temporal classification", equations 3 to 8. `smoothing` is not used: the blank
    spreads what is sure already. Texts that need more steps than there are count 0.
    """
    lengths = (targets != END).sum(1)
    steps = torch.full((len(outputs),), outputs.shape[2], dtype=torch.long)
    spoken = torch.log_softmax(outputs, dim=1).permute(2, 0, 1)  # (T, N, 1 + K)
    labels = torch.where(targets == END, 0, targets) + 1
    return torch.nn.functional.ctc_loss(spoken, labels, steps, lengths.cpu(), blank=BLANK, zero_infinity=True)


def keep(outputs: Tensor) -> Tensor:
    """Keep the likeliest class of each step and the log of its probability: (N, 2, T)."""
    sure, best = torch.log_softmax(outputs, dim=1).max(dim=1)
    return torch.stack([best.to(sure.dtype), sure], dim=1)


def score(kept: Tensor, targets: Tensor) -> float:
    """Give 1 - CER: the share of characters that are right, less those too many; 0 at least."""
    read = [row[row != END] for row in _collapse(kept)]
    said = [row[row != END] for row in targets.numpy()]
    wrong = edit_distances([_spell(row) for row in read], [_spell(row) for row in said])
    return max(0.0, 1.0 - float(wrong.sum()) / max(1, sum(map(len, said))))


def answer(
    kept: Tensor,
    *,
    names: Sequence[str],
    sizes: Sequence[tuple[int, ...]],
    classes: tuple[str, ...],
    spec: InputSpec,
) -> list[AnyPrediction]:
    """Read each example: the text of its likeliest way, and that way's probability."""
    sure = kept[:, 1].double().sum(1).exp().tolist()
    texts = [decode_letters(row, classes) for row in _collapse(kept)]
    return [Reading(name=n, text=text, probability=p) for n, text, p in zip(names, texts, sure, strict=True)]


def judge(kept: Tensor, catalogue: Catalogue, split: str) -> TranscriptionEvaluation:
    """Judge what was read of all examples of a split, with the texts that were misread most."""
    chosen = catalogue.select(split)
    read = [decode_letters(row, catalogue.classes) for row in _collapse(kept)]
    said = [decode_letters(row, catalogue.classes) for row in chosen.targets]
    wrong, lengths = edit_distances(read, said), np.array([len(text) for text in said])
    worst = [int(n) for n in np.argsort(-wrong, kind="stable")[:WORST] if wrong[n]]
    return TranscriptionEvaluation(
        split=split,
        characters=_bound(wrong, lengths),
        exact=share(int((wrong == 0).sum()), len(wrong)),
        mistakes=tuple(
            Misreading(
                name=catalogue.names[chosen.indices[n]],
                truth=said[n],
                answer=read[n],
                picture=illustrate(chosen.inputs[n], catalogue.spec).get("picture", ""),
            )
            for n in worst
        ),
    )


def _collapse(kept: Tensor) -> NDArray[np.int64]:
    """The likeliest way (N, 2, T) as symbols (N, T): repeats and blanks gone, END after the last."""
    best = kept[:, 0].numpy().astype(np.int64)
    changes = np.concatenate([np.ones((len(best), 1), bool), best[:, 1:] != best[:, :-1]], axis=1)
    out = np.full_like(best, END)
    for row, way, said in zip(out, best, changes & (best != BLANK), strict=True):
        symbols = way[said] - 1
        row[: len(symbols)] = symbols
    return out


def _spell(row: NDArray[np.int64]) -> str:
    """Any text in which equal symbols are equal letters."""
    return "".join(chr(0x4E00 + symbol) for symbol in row.tolist())


def _bound(wrong: NDArray[np.int64], lengths: NDArray[np.int64]) -> Interval:
    """1 - CER with the percentiles of 1,000 seeded resamples of the examples."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(wrong), size=(RESAMPLES, len(wrong)))
    values = 1 - wrong[drawn].sum(1) / np.maximum(1, lengths[drawn].sum(1))
    value = 1 - wrong.sum() / max(1, lengths.sum())
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(value=float(max(0, value)), low=float(max(0, low)), high=float(max(0, high)), n=len(wrong))
