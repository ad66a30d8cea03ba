"""Records of results: every figure with its interval and n, the baselines beside it, the whole run."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from striate.kinds import TaskName
from striate.records.data import DataSummary, Ledger
from striate.records.input import InputSpec
from striate.records.interval import Interval
from striate.records.json import JSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Epoch:
    """One line of history.csv. Losses in nats, the task's score (see Run.metric), speed in examples per second.

    `loading_share`, in [0, 1], is the part of training time that the network waited for pictures (0 in records of
    before it was measured).
    """

    epoch: int
    step: int
    seconds: float
    train_loss: float
    validation_loss: float
    validation_score: float
    rate: float
    pictures_per_second: float
    loading_share: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScore:
    """One class on its own: recall (of those that are it, found), precision (of those called it, right), F1."""

    label: str
    recall: Interval
    precision: Interval
    f1: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationBin:
    """Predictions of like confidence: mean confidence against the share that was right."""

    confidence: float
    accuracy: float
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Expected calibration error (mean distance of confidence and accuracy over bins) with its bootstrap interval."""

    error: Interval
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """A wrong answer given with confidence; `picture` (data URI, PNG) is what the network saw, `text` what it read."""

    name: str
    truth: str
    answer: str
    probability: float
    truth_probability: float
    picture: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """A network on one split: `confusion[truth][answer]` counts; `mistakes` most confident first."""

    split: str
    accuracy: Interval
    loss: float
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Calibration
    mistakes: tuple[Mistake, ...]

    @property
    def headline(self) -> Interval:
        """The one figure that sums it up: accuracy."""
        return self.accuracy


AnyEvaluation: TypeAlias = Evaluation  # of whichever task


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """What a simpler method gets on the same test examples; `title` says in a few words what it does."""

    title: str
    value: float
    low: float
    high: float
    n: int
    trained_on: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """Where a figure was made: enough to judge whether another machine should give the same."""

    cpu: str
    cores: int
    threads: int
    device: str
    precision: str
    platform: str
    python: str
    torch: str
    striate: str
    route: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A training run, as run.json holds it and `train --json` prints it.

    `samples[class]` holds a few training pictures as the network sees them (data URIs, PNG).
    `stopped` says why training ended; `seconds` is the whole command, but for drawing the report; after a resume
    it holds the training of the processes before. `peak_memory` is the most that this process held, in bytes (0: not
    known). `temperature` divided the logits (see train/temper). `warnings` say what went wrong inside the network, at
    most two sentences; course.json beside the report holds what they follow from.
    """

    run: str
    model: str
    task: TaskName
    started: str
    seconds: float
    training_seconds: float
    stopped: Literal["completed", "early", "target", "minutes"]
    architecture: str
    line: str
    parameters: int
    input: InputSpec
    recipe: dict[str, JSON]
    seed: int
    metric: str = "accuracy"
    minutes: float | None
    target: float | None
    machine: Machine
    data: DataSummary
    ledger: Ledger
    history: tuple[Epoch, ...]
    best_epoch: int
    temperature: float
    validation: Interval
    test: AnyEvaluation
    baselines: dict[str, Baseline]
    samples: dict[str, tuple[str, ...]]
    peak_memory: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """A saved model on some data, as `test --json` prints it.

    `unseen` says how it is known that training saw none of the judged pictures: they are the test split that was
    `sealed` then; other `pixels` than those of catalogue.csv beside the model file, though perhaps of the same scenes;
    or not at all (`unchecked`), without that file.
    """

    run: str
    model: str
    task: TaskName
    seconds: float
    unseen: Literal["sealed", "pixels", "unchecked"]
    test: AnyEvaluation
    baselines: dict[str, Baseline]
    ledger: Ledger
    data: DataSummary


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """One answer: `probabilities[class]` in [0, 1], summing to 1; `probability` is that of `label`."""

    name: str
    label: str
    probability: float
    probabilities: dict[str, float]


AnyPrediction: TypeAlias = Prediction  # of whichever task
