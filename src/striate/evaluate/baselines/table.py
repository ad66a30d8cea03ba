"""The table of baselines: which simpler methods each task on each kind of content is compared with."""

from collections.abc import Callable

from striate.data.catalogue import Catalogue
from striate.evaluate.baselines.clips import compare_clips
from striate.evaluate.baselines.detection import compare_boxes
from striate.evaluate.baselines.labels import label_all, label_pictures
from striate.evaluate.baselines.pictures import baselines
from striate.evaluate.baselines.segmentation import segment
from striate.evaluate.baselines.signals import compare_signals
from striate.evaluate.baselines.sounds import compare_sounds
from striate.evaluate.baselines.texts import compare_texts
from striate.evaluate.baselines.values import estimate_all, estimate_pictures
from striate.kinds import Modality, TaskName
from striate.records import Baseline

Compare = Callable[[Catalogue], dict[str, Baseline]]


def compare(catalogue: Catalogue) -> dict[str, Baseline]:
    """Train simpler methods on the training split and count them right on the test split; by name, plainest first."""
    method = METHODS.get((catalogue.task, catalogue.spec.modality)) or PLAIN.get(catalogue.task)
    return {} if method is None else method(catalogue)


def _classify_pictures(catalogue: Catalogue) -> dict[str, Baseline]:
    train, test = catalogue.select("train"), catalogue.select("test")
    return baselines(train.inputs, train.targets, test.inputs, test.targets, n_classes=len(catalogue.classes))


METHODS: dict[tuple[TaskName, Modality], Compare] = {
    ("classification", "image"): _classify_pictures,
    ("classification", "audio"): compare_sounds,
    ("classification", "clip"): compare_clips,
    ("detection", "image"): compare_boxes,
    ("multilabel", "image"): label_pictures,
    ("regression", "image"): estimate_pictures,
    ("segmentation", "image"): segment,
    ("classification", "text"): compare_texts,
    ("classification", "signal"): compare_signals,
}
PLAIN: dict[TaskName, Compare] = {"multilabel": label_all, "regression": estimate_all}  # of whatever content
