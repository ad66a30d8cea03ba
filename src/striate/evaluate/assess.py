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
    """Judge a model on the test split of `source`: the given one, or the one that training set aside.

    The split of the training data comes out as in training, since it depends on pixels and seed alone; data that
    training did not see is split likewise, and only its test split is judged. Raises DataError when the classes are
    not those of the model.
    """
    started = time.monotonic()
    spec, seed = model.info.input, model.info.seed
    catalogue = (
        source if isinstance(source, Catalogue) else open_data(source, size=(spec.height, spec.width), seed=seed)
    )
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
