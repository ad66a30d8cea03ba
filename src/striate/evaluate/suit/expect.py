"""Before training: data whose order carries no information is refused, with what to use instead."""

import numpy as np

from striate.data.catalogue import Catalogue
from striate.errors import DataError, UnsuitedError
from striate.evaluate.suit.suit import measure_suit
from striate.records.suit import SuitResult

TABLE = "plain"  # the format of a table of numbers, whose order of columns may mean nothing
NUMBERS = (TABLE, "arrays")  # formats of plain numbers; pictures, sounds and texts in files are what they say


def is_doubtful(catalogue: Catalogue) -> bool:
    """Say whether the data is numbers whose order has to be tested before a network is trained on it."""
    return catalogue.format in NUMBERS and _is_testable(catalogue)


def try_catalogue(catalogue: Catalogue, *, seed: int = 0, brief: bool = False) -> SuitResult:
    """Run the suit test on what is not in the test split; raises DataError for data that it does not apply to."""
    if not _is_testable(catalogue):
        raise DataError(
            "the suit test takes pictures or signals with classes or numbers to learn",
            got=f"{catalogue.task} of {catalogue.spec.modality}",
            fix="leave --suit out: the order of sounds, texts and clips is given by what they are",
        )
    rows = np.flatnonzero(catalogue.splits != "test")
    targets = catalogue.targets[rows]
    return measure_suit(
        np.asarray(catalogue.inputs[rows], np.float32),
        targets if catalogue.task == "classification" else targets[:, 0].astype(np.float64),
        table=catalogue.format == TABLE,
        seed=seed,
        brief=brief,
    )


def expect_suited(source: str, result: SuitResult) -> None:
    """Raise UnsuitedError for data found unsuited, with the figures and what to use instead."""
    if result.verdict != "unsuited":
        return
    best = max(result.baselines, key=lambda name: result.baselines[name])
    others = ", ".join(f"{name} {score:.3f}" for name, score in result.baselines.items())
    raise UnsuitedError(
        "a CNN needs data whose neighbouring values belong together: whose columns cannot be swapped at no loss",
        got=f"{source}, in which {result.reason}; without any order: {others} ({result.metric}, n={result.n})",
        fix=f"use {best} (scikit-learn), or train all the same with --allow-unsuited",
    )


def _is_testable(catalogue: Catalogue) -> bool:
    return catalogue.spec.modality in ("image", "signal") and catalogue.task in ("classification", "regression")
