"""The verb `test`: a saved model on some data, with the baselines beside it where there is data to train them on."""

import csv
import dataclasses
import time
from pathlib import Path
from typing import Unpack

import numpy as np

from striate.checkpoint import Loaded
from striate.data.align import align_classes
from striate.data.catalogue import Catalogue
from striate.data.open import Source, Words, open_data
from striate.errors import DataError, UsageError
from striate.evaluate.baselines.table import compare
from striate.evaluate.judge import judge
from striate.records import Assessment, Notice
from striate.runtime import clock


def evaluate(model: Loaded, source: "Source | Catalogue", **words: "Unpack[Words]") -> Assessment:
    """Judge a model on the test split of the data it was trained on, or on data that is new to it.

    The training data is told by its fingerprint, and its test split comes out as in training, since it depends on
    pixels and seed alone. New data is judged by its given test split, or as a whole, without the pictures that the
    model was trained or validated on (catalogue.csv beside the model file knows them). `words` about the source are
    those of `open_data`: format, labels, images, group. Raises DataError when the data
    has a class that the model does not know, or nothing is left to judge.
    """
    started = clock.began()
    if not isinstance(model, Loaded):
        raise UsageError("a model is judged when it is loaded", got=type(model).__name__, fix="use striate.load(path)")
    catalogue = source if isinstance(source, Catalogue) else _open_for(model, source, words)
    is_home = (catalogue.fingerprint, catalogue.seed, catalogue.split_rule) == (
        model.info.fingerprint,
        model.info.seed,
        model.info.split_rule,
    )
    known = set() if is_home else read_seen(model.path.with_name("catalogue.csv"))
    if known:
        catalogue = _leave_out(catalogue, known)
    catalogue = align_classes(catalogue, model.info.classes)
    simpler = compare(catalogue) if (catalogue.splits == "train").any() else {}
    return Assessment(
        run=str(model.path.parent),
        model=str(model.path),
        task=catalogue.task,
        test=judge(model.network, catalogue, "test"),
        unseen="sealed" if is_home else "pixels" if known else "unchecked",
        baselines=simpler,
        ledger=catalogue.ledger,
        data=catalogue.summary(),
        seconds=time.monotonic() - started,
    )


def _open_for(model: Loaded, source: "Source", words: Words) -> Catalogue:
    """Open data at the model's size, split as in training when it is the data of training."""
    spec, seed = model.info.input, model.info.seed
    catalogue = open_data(source, like=spec, task=model.info.task, seed=seed, as_test=True, **words)
    if catalogue.fingerprint != model.info.fingerprint:
        return catalogue
    return open_data(source, like=spec, task=model.info.task, seed=seed, **words)


def read_seen(file: Path) -> set[str]:
    """Give the digests of the pictures that a run trained or validated on; none when its catalogue is not there."""
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            return {row["digest"] for row in csv.DictReader(rows) if row.get("split") in ("train", "validation")}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError):
        return set()


def _leave_out(catalogue: Catalogue, known: set[str]) -> Catalogue:
    """Take pictures of training out of what is judged, and say so in the ledger."""
    seen = np.array([digest in known for digest in catalogue.digests], bool) & (catalogue.splits == "test")
    if not seen.any():
        return catalogue
    if seen.sum() == (catalogue.splits == "test").sum():
        raise DataError(
            "a model is judged on pictures that it was not trained on",
            got=f"{catalogue.source}, all of whose {int(seen.sum()):,} pictures were in training or validation",
            fix="give the whole folder that it was trained on, whose test split is known, or new pictures",
        )
    names = [catalogue.names[i] for i in np.flatnonzero(seen)]
    left = int((catalogue.splits == "test").sum()) - len(names)
    what = f"not judged, since training or validation saw them; {left:,} are"
    notice = Notice(what=what, count=len(names), names=tuple(names[:5]))
    ledger = dataclasses.replace(catalogue.ledger, notices=(*catalogue.ledger.notices, notice))
    return dataclasses.replace(catalogue, splits=np.where(seen, "", catalogue.splits), ledger=ledger)
