"""A full record of a run that never happened, small enough to build in a moment."""

from collections.abc import Callable

import numpy as np
import pytest

from striate.records import (
    Baseline,
    DataSummary,
    Epoch,
    Evaluation,
    ImageInput,
    KernelCourse,
    KernelSnapshot,
    LayerCourse,
    Ledger,
    Machine,
    NetworkCourse,
    Notice,
    Refusal,
    Run,
    UnitCourse,
    share,
)
from striate.report.picture import data_uri
from striate.tasks.classification import measure

LINE = "conv 4 3x3 pad 1 > skip(conv 4 3x3 pad 1 > relu) x2 > globalpool"
SPEC = ImageInput(channels=1, height=8, width=8, mean=(0.3,), std=(0.4,))


def make_test(classes: tuple[str, ...], n: int = 300) -> Evaluation:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, len(classes), n)
    logits = rng.normal(size=(n, len(classes))) + 2.5 * np.eye(len(classes))[labels]
    return measure(
        np.exp(logits) / np.exp(logits).sum(1, keepdims=True),
        labels,
        classes=classes,
        names=[f"folder/{i} <b>.png" for i in range(n)],
        inputs=rng.integers(0, 256, (n, 1, 8, 8), dtype=np.uint8),
        spec=SPEC,
        split="test",
    )


def make_epochs(losses: list[tuple[float, float, float]]) -> tuple[Epoch, ...]:
    """Epochs of (training loss, validation loss, validation accuracy)."""
    return tuple(
        Epoch(
            epoch=i,
            step=10 * i,
            seconds=float(i),
            train_loss=train,
            validation_loss=validation,
            validation_score=accuracy,
            rate=0.1,
            pictures_per_second=1000.0,
        )
        for i, (train, validation, accuracy) in enumerate(losses, 1)
    )


def make_baselines(n: int) -> dict[str, Baseline]:
    return {
        "majority": Baseline(title="Always the commonest class", value=0.3, low=0.25, high=0.35, n=n, trained_on=900),
        "exemplar": Baseline(title="One exemplar a class", value=0.5, low=0.45, high=0.55, n=n, trained_on=900),
        "hog_svm": Baseline(title="HOG features + linear SVM", value=0.6, low=0.55, high=0.65, n=n, trained_on=800),
    }


def make_run(
    classes: tuple[str, ...] = ("cat", "<script>alert(1)</script>", 'say "hi" & go'),
    refusals: int = 2,
    **changes: object,
) -> Run:
    test = make_test(classes)
    refused = tuple(Refusal(name=f"bad/{i} & co.png", reason=f"reason {i} <i>") for i in range(refusals))
    notice = Notice(what="CMYK converted to RGB", count=7, names=("a.jpg", "<u>.jpg"))
    ledger = Ledger(found=1500 + refusals, used=1500, refused=refusals, refusals=refused, notices=(notice,))
    fields: dict[str, object] = {
        "run": "runs/2026-11-21-<pets>",
        "model": "runs/2026-11-21-<pets>/model.safetensors",
        "task": "classification",
        "started": "2026-11-21T09:12:04+00:00",
        "seconds": 131.0,
        "training_seconds": 91.0,
        "stopped": "early",
        "architecture": LINE,
        "line": LINE,
        "parameters": 351,
        "input": SPEC,
        "recipe": {"epochs": 3, "optimizer": {"name": "sgd", "momentum": 0.9}, "note": "<em>"},
        "seed": 7,
        "machine": Machine(
            cpu="Some CPU",
            cores=2,
            threads=2,
            device="cpu",
            precision="float32",
            platform="Linux",
            python="3.11",
            torch="2.6",
            striate="0.1.0",
        ),
        "data": DataSummary(
            source="/data/<pets>",
            format="folder",
            classes=classes,
            counts={split: dict.fromkeys(classes, 100) for split in ("train", "validation", "test")},
            split_rule="by content",
            fingerprint="ab" * 32,
            size=(8, 8),
            original_sizes=((6, 8), (8, 8), (300, 400)),
            ledger=ledger,
        ),
        "ledger": ledger,
        "history": make_epochs([(1.0, 0.9, 0.5), (0.5, 0.6, 0.7), (0.4, 0.55, 0.75)]),
        "best_epoch": 3,
        "temperature": 0.8,
        "minutes": None,
        "target": None,
        "validation": share(220, 300),
        "test": test,
        "baselines": make_baselines(test.accuracy.n),
        "samples": {label: (data_uri(np.zeros((1, 8, 8), np.uint8)),) * 2 for label in classes},
    }
    return Run(**(fields | changes))  # type: ignore[arg-type]


def make_course(
    gradients: dict[str, tuple[float, ...]] | None = None,
    dead: dict[str, tuple[int, ...]] | None = None,
    drift: dict[str, tuple[float, ...]] | None = None,
    trained: bool = True,
) -> NetworkCourse:
    """Three looks: the gradients of each layer, how many of 16 units are dead, and one kernel of 2x2 in colour."""
    gradients = gradients or {"conv1": (0.02, 0.03, 0.01), "conv2": (0.02, 0.02, 0.02), "head": (0.3, 0.1, 0.1)}
    moved = drift or {}
    snapshots = tuple(
        KernelSnapshot(epoch=epoch, largest=0.1 * (epoch + 1), values=(127, -127, 0, 64) * 3) for epoch in (0, 4, 8)
    )
    return NetworkCourse(
        pictures=32,
        epochs=(0, 4, 8),
        steps=(0, 40, 80),
        layers=tuple(
            LayerCourse(name=name, gradient=sizes, drift=moved.get(name, (0.0, 0.5, 1.25)))
            for name, sizes in gradients.items()
        ),
        units=tuple(UnitCourse(name=name, units=16, dead=counts) for name, counts in (dead or {}).items()),
        kernels=KernelCourse(name="conv1", shape=(1, 3, 2, 2), trained=trained, snapshots=snapshots),
    )


@pytest.fixture
def course() -> Callable[..., NetworkCourse]:
    return make_course


@pytest.fixture
def run() -> Run:
    return make_run()


@pytest.fixture
def build() -> Callable[..., Run]:
    return make_run


@pytest.fixture
def epochs() -> Callable[..., tuple[Epoch, ...]]:
    return make_epochs
