"""The verb `test`: a saved model on some data, with the baselines beside it where there is data to train them on."""

import dataclasses
import time

import numpy as np

from striate.checkpoint import Loaded
from striate.data.catalogue import Catalogue
from striate.data.open import Source, open_data
from striate.errors import DataError
from striate.evaluate.baselines import baselines
from striate.evaluate.judge import judge
from striate.records import Assessment, Baseline


def evaluate(model: Loaded, source: "Source | Catalogue") -> Assessment:
    """Judge a model on the test split of the data it was trained on, or on data that is new to it.

    The training data is told by its fingerprint, and its test split comes out as in training, since it depends on
    pixels and seed alone. New data is judged by its given test split, or as a whole. Raises DataError when it has a
    class that the model does not know.
    """
    started = time.monotonic()
    catalogue = source if isinstance(source, Catalogue) else _open_for(model, source)
    catalogue = align_classes(catalogue, model.info.classes)
    train, test = catalogue.select("train"), catalogue.select("test")
    simpler: dict[str, Baseline] = {}
    if len(train.labels):
        n_classes = len(catalogue.classes)
        simpler = baselines(train.pictures, train.labels, test.pictures, test.labels, n_classes=n_classes)
    return Assessment(
        run=str(model.path.parent),
        model=str(model.path),
        task="classification",
        test=judge(model.network, catalogue, "test"),
        baselines=simpler,
        ledger=catalogue.ledger,
        data=catalogue.summary(),
        seconds=time.monotonic() - started,
    )


def _open_for(model: Loaded, source: "Source") -> Catalogue:
    """Open data at the model's size, split as in training when it is the data of training."""
    spec, seed = model.info.input, model.info.seed
    size = (spec.height, spec.width)
    catalogue = open_data(source, size=size, seed=seed, as_test=True)
    if catalogue.fingerprint != model.info.fingerprint:
        return catalogue
    return open_data(source, size=size, seed=seed)


def align_classes(catalogue: Catalogue, classes: tuple[str, ...]) -> Catalogue:
    """Count labels into the model's classes; raises DataError for a class that the model does not know."""
    unknown = sorted(set(catalogue.classes) - set(classes))
    if unknown:
        raise DataError(
            "the classes of the data must be known to the model",
            got=f"{', '.join(unknown[:10])} beside {', '.join(classes[:20])}",
            fix="rename the folders or labels, or train on this data",
        )
    place = np.array([classes.index(name) for name in catalogue.classes])
    return dataclasses.replace(catalogue, classes=classes, labels=place[catalogue.labels])
