"""Labels of a catalogue counted into the classes of a model that exists already."""

import dataclasses

import numpy as np

from striate.data.catalogue import Catalogue
from striate.errors import DataError


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
    return dataclasses.replace(catalogue, classes=classes, targets=place[catalogue.targets])
