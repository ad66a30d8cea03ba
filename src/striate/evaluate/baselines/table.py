"""The table of baselines: which simpler methods each task on each kind of content is compared with."""

from collections.abc import Callable

from striate.data.catalogue import Catalogue
from striate.evaluate.baselines.pictures import baselines
from striate.evaluate.baselines.signals import compare_signals
from striate.evaluate.baselines.texts import compare_texts
from striate.kinds import Modality, TaskName
from striate.records import Baseline

Compare = Callable[[Catalogue], dict[str, Baseline]]


def compare(catalogue: Catalogue) -> dict[str, Baseline]:
    """Train simpler methods on the training split and count them right on the test split; by name, plainest first."""
    method = METHODS.get((catalogue.task, catalogue.spec.modality))
    return {} if method is None else method(catalogue)


def _classify_pictures(catalogue: Catalogue) -> dict[str, Baseline]:
    train, test = catalogue.select("train"), catalogue.select("test")
    return baselines(train.inputs, train.targets, test.inputs, test.targets, n_classes=len(catalogue.classes))


METHODS: dict[tuple[TaskName, Modality], Compare] = {
    ("classification", "image"): _classify_pictures,
    ("classification", "text"): compare_texts,
    ("classification", "signal"): compare_signals,
}
