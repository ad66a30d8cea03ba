"""What simpler methods get on clips from their middle frame alone: what no movement is needed for."""

import dataclasses

import numpy as np

from striate.data.catalogue import Catalogue
from striate.evaluate.baselines.pictures import baselines
from striate.records import Baseline

TITLES = {
    "exemplar": "One exemplar a class, its middle frame compared pixel by pixel",
    "hog_svm": "HOG features of the middle frame + linear SVM",
}


def compare_clips(catalogue: Catalogue) -> dict[str, Baseline]:
    """Give what `majority`, `exemplar` and `hog_svm` get from the middle frames of a catalogue's clips."""
    train, test = catalogue.select("train"), catalogue.select("test")
    middle = catalogue.inputs.shape[2] // 2
    seen, asked = (np.ascontiguousarray(part.inputs[:][:, :, middle]) for part in (train, test))
    found = baselines(seen, train.targets, asked, test.targets, n_classes=len(catalogue.classes))
    return {name: dataclasses.replace(one, title=TITLES.get(name, one.title)) for name, one in found.items()}
