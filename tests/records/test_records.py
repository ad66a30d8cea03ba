"""Records to JSON and back: exact, checked all the way down, and naming the field that does not fit."""

import dataclasses
import json
import math
import typing
from typing import Any, Literal, get_args

import pytest
from scipy.stats import binomtest

from striate import records
from striate.kinds import Modality, TaskName
from striate.records import (
    Assessment,
    AudioInput,
    Baseline,
    BoxPicture,
    BoxPrediction,
    BoxScore,
    Calibration,
    CalibrationBin,
    Channel,
    ClassScore,
    ClipInput,
    DataSummary,
    DetectionEvaluation,
    DrawnBox,
    Dream,
    Epoch,
    Evaluation,
    Excitement,
    Explanation,
    Faithfulness,
    Field,
    Filtered,
    FoundBox,
    GradientTrace,
    ImageInput,
    Importance,
    InputSpec,
    Interval,
    Kernel,
    KernelCourse,
    KernelSnapshot,
    LayerCourse,
    Ledger,
    Lesson,
    Machine,
    Mistake,
    NetworkCourse,
    Notice,
    Prediction,
    Refusal,
    Run,
    SeenLayer,
    Share,
    SignalInput,
    SizeScore,
    Source,
    Term,
    TextInput,
    Trace,
    Unfolding,
    Unit,
    UnitCourse,
    Vote,
    Votes,
    WeightStep,
    from_json,
    share,
    to_json,
)

LEDGER = Ledger(
    found=12,
    used=10,
    refused=2,
    refusals=(Refusal(name="a/b.png", reason="truncated"), Refusal(name="set.idx[7]", reason="no label")),
    notices=(Notice(what="CMYK converted to RGB", count=1, names=("c.jpg",)),),
)
DATA = DataSummary(
    source="~/Bilder/Äpfel",
    format="folders",
    classes=("apple", "pear"),
    counts={"train": {"apple": 3, "pear": 3}, "test": {"apple": 2, "pear": 2}},
    split_rule="stratified by content hash",
    fingerprint="ab" * 32,
    size=(28, 32),
    original_sizes=((1, 2), (3, 4), (5000, 6000)),
    ledger=LEDGER,
)
TEST = Evaluation(
    split="test",
    accuracy=share(3, 4),
    loss=0.7,
    per_class=(ClassScore(label="apple", recall=share(2, 2), precision=share(2, 3), f1=0.8),),
    confusion=((2, 0), (1, 1)),
    calibration=Calibration(
        error=Interval(value=0.1, low=0.05, high=0.2, n=4),
        bins=(CalibrationBin(confidence=0.9, accuracy=0.75, n=4),),
    ),
    mistakes=(
        Mistake(name="x.png", truth="pear", answer="apple", probability=0.9, truth_probability=0.1, picture="data:,"),
    ),
)
BASELINES = {"majority": Baseline(title="always the commonest", value=0.5, low=0.15, high=0.85, n=4, trained_on=6)}
RUN = Run(
    run="runs/2026-11-21-fruit",
    model="runs/2026-11-21-fruit/model.safetensors",
    task="classification",
    started="2026-11-21T10:00:00+00:00",
    seconds=12.5,
    training_seconds=9.25,
    stopped="early",
    architecture="lenet5",
    line="conv 6 5x5 pad 2 > relu",
    parameters=61_706,
    input=ImageInput(channels=3, height=28, width=32, mean=(0.1, 0.2, 1 / 3), std=(0.3, 0.2, 0.1)),
    recipe={"epochs": 3, "rate": 0.1, "schedule": "onecycle", "flip": False, "nested": {"list": [1, None, "x"]}},
    seed=0,
    machine=Machine(
        cpu="a",
        cores=2,
        threads=1,
        device="cpu",
        precision="float32",
        platform="Linux",
        python="3.11",
        torch="2.6",
        striate="0.1",
    ),
    data=DATA,
    ledger=LEDGER,
    history=tuple(
        Epoch(
            epoch=i,
            step=10 * i,
            seconds=i / 3,
            train_loss=1 / (i + 1),
            validation_loss=1.0,
            validation_score=0.5,
            rate=1e-3,
            pictures_per_second=1e4,
        )
        for i in range(3)
    ),
    best_epoch=2,
    temperature=0.8,
    minutes=None,
    target=None,
    validation=share(1, 2),
    test=TEST,
    baselines=BASELINES,
    samples={"apple": ("data:image/png;base64,AA==",), "pear": ()},
)
ASSESSMENT = Assessment(
    run="r",
    model="m",
    task="classification",
    seconds=1.0,
    unseen="sealed",
    test=TEST,
    baselines=BASELINES,
    ledger=LEDGER,
    data=DATA,
)
PREDICTION = Prediction(name="x.png", label="pear", probability=0.75, probabilities={"apple": 0.25, "pear": 0.75})
COURSE = NetworkCourse(
    pictures=32,
    epochs=(0, 4),
    steps=(0, 40),
    layers=(LayerCourse(name="conv1", gradient=(0.5, 1e-7), drift=(0.0, 1.5)),),
    units=(UnitCourse(name="relu1", units=8, dead=(0, 6)),),
    kernels=KernelCourse(
        name="conv1",
        shape=(1, 1, 1, 2),
        trained=True,
        snapshots=(KernelSnapshot(epoch=0, largest=0.25, values=(-127, 3)),),
    ),
)
FIELD = Field(low=(0, 1), high=(3, 4), reached=9)
TRACE = Trace(
    layer="conv1",
    text="conv 4 3x3",
    cell=(1, 2, 3),
    rule="sum of value x weight over the patch, plus bias",
    terms=(Term(source="input", cell=(0, -1, 3), value=0.0, weight=0.5, product=0.0),),
    constants={"bias": 0.25},
    value=0.25,
    network=0.25,
    difference=0.0,
)
VOTES = Votes(
    label="pear",
    votes=(Vote(source="relu1", channel=3, total=1.5),),
    bias=0.5,
    total=2.0,
    probability=0.75,
    difference=1e-8,
)
GRADIENT = GradientTrace(
    layer="conv1",
    parameter="weight",
    index=(0, 0, 1, 1),
    shares=(Share(example=0, place=(2, 3), returned=0.5, value=2.0, product=1.0),),
    places=9,
    by_example=(1.0,),
    value=1.0,
    network=1.0,
    difference=0.0,
)
GRID = ((0.0, 0.5), (1.0, -1.0))
EXPLANATION = Explanation(
    label="pear",
    explained="apple",
    probability=0.75,
    probabilities={"apple": 0.25, "pear": 0.75},
    votes=(VOTES,),
    layers=(
        SeenLayer(
            name="conv1",
            text="conv 4 3x3",
            shape=(4, 2, 2),
            sees=((12, 17), (12, 17)),
            low=-1.0,
            high=1.0,
            channels=(Channel(index=3, importance=0.5, map=GRID),),
        ),
    ),
    importances=(
        Importance(
            method="gradcam",
            layers=("conv1",),
            label="apple",
            map=GRID,
            faithfulness=Faithfulness(
                verdict="failed",
                reason="2 of 20 random maps do as well",
                confidence=0.75,
                deletion=(0.25, 0.0),
                insertion=(0.0, 0.25),
                gain=0.125,
                random_gains=(0.1, 0.2, 0.3),
                random_p=0.75,
                shuffled_sums=(0.4, 0.5),
                shuffled_p=0.5,
                similarity=0.3,
            ),
        ),
    ),
)
EXCITEMENT = Excitement(example=7, cell=(2, 3), value=1.5, low=(0, 1), high=(1, 2), patch=(((255,),),))
DREAM = Dream(layer="conv1", channel=3, picture=(GRID,), before=0.25, after=2.5)
KERNEL = Kernel(
    layer="conv2",
    feature=1,
    reads="relu1",
    sources=(Source(channel=3, strength=0.5, total=-0.25, weights=GRID),),
)
LESSON = Lesson(
    letter="X",
    picture=GRID,
    moved=GRID,
    alike=0.5,
    features=(Filtered(name="crossing", feature=GRID, matches=GRID, pooled=GRID, rectified=GRID),),
)
UNFOLDING = Unfolding(trace=TRACE, field=FIELD)
STEP = WeightStep(gradient=GRADIENT, weight=0.5, change=-0.25, optimizer="muon")
UNIT = Unit(dream=DREAM, kernel=KERNEL, patches=(EXCITEMENT,))
INSIDE = [UNFOLDING, STEP, EXPLANATION, UNIT, LESSON]
INPUTS: list[InputSpec] = [
    AudioInput(rate=16_000, samples=16_000, window=512, hop=160, bands=64, low=20.0, high=7600.0, mean=-6.5, std=1 / 3),
    TextInput(unit="word", length=64, vocabulary=("good", "Äpfel")),
    SignalInput(channels=2, length=128, mean=(0.1, -20.0), std=(1 / 3, 1e4)),
    ClipInput(channels=1, frames=8, height=28, width=32, mean=(0.1,), std=(0.3,)),
]
DETECTED = DetectionEvaluation(
    split="test",
    map50=Interval(value=2 / 3, low=0.5, high=0.75, n=4),
    map=Interval(value=1 / 3, low=0.25, high=0.5, n=4),
    per_class=(BoxScore(label="apple", ap50=share(2, 3), ap=0.5, recall=share(2, 2), precision=share(2, 3), f1=0.8),),
    per_size=(SizeScore(size="small", n=2, ap50=0.5, ap=0.25),),
    boxes=2,
    tiny=0.5,
    tiny_pixels=8,
    worst=(
        BoxPicture(
            name="x.png",
            picture="data:,",
            width=32,
            height=28,
            truth=(DrawnBox(label="apple", score=1.0, box=(0.0, 1.5, 9.0, 9.0), right=False),),
            found=(),
        ),
    ),
)
BOXES = BoxPrediction(name="x.png", found=(FoundBox(label="apple", score=0.9, box=(0.0, 1.5, 9.0, 9.0)),))
DETECTION = [dataclasses.replace(ASSESSMENT, task="detection", test=DETECTED), BOXES]
WHOLE = [RUN, COURSE, ASSESSMENT, PREDICTION, LEDGER, *INPUTS, *INSIDE, *DETECTION]
each_whole = pytest.mark.parametrize("record", WHOLE, ids=lambda record: type(record).__name__)


def parts(record: Any) -> list[Any]:
    """A record and all records in it."""
    if isinstance(record, dict):
        return [part for value in record.values() for part in parts(value)]
    if isinstance(record, tuple):
        return [part for value in record for part in parts(value)]
    if not dataclasses.is_dataclass(record):
        return []
    return [record, *(part for field in dataclasses.fields(record) for part in parts(getattr(record, field.name)))]


def test_every_kind_of_record_takes_part() -> None:
    known = {getattr(records, name) for name in records.__all__}
    kinds = {kind for kind in known if isinstance(kind, type) and dataclasses.is_dataclass(kind)}
    assert {type(part) for part in parts(tuple(WHOLE))} == kinds


@each_whole
def test_record_to_text_and_back_is_exact(record: Any) -> None:
    text = json.dumps(to_json(record), allow_nan=False)
    assert from_json(type(record), json.loads(text)) == record


@pytest.mark.parametrize("spec", [RUN.input, *INPUTS], ids=lambda spec: spec.modality)
def test_a_run_knows_its_kind_of_input_by_the_modality(spec: InputSpec) -> None:
    run = dataclasses.replace(RUN, input=spec)
    assert from_json(Run, to_json(run)) == run
    document = to_json(run)
    document["input"] = {**document["input"], "shade": 1}
    with pytest.raises(TypeError, match=r"^Run\.input has no field shade$"):
        from_json(Run, document)


def test_an_input_of_before_there_were_others_is_an_image() -> None:
    document = to_json(RUN)
    del document["input"]["modality"]
    assert from_json(Run, document) == RUN


@pytest.mark.parametrize("part", parts(tuple(WHOLE)), ids=lambda part: type(part).__name__)
def test_every_field_is_checked(part: Any) -> None:
    """Give each field in turn a value of no record: the error names record and field."""
    document, kind = to_json(part), type(part)
    for field in dataclasses.fields(kind):
        for wrong in ({1}, object()):
            with pytest.raises(TypeError, match=rf"^{kind.__name__}\.{field.name}\b"):
                from_json(kind, {**document, field.name: wrong}) if field.name != "recipe" else _refuse(kind, field)


def _refuse(kind: type, field: Any) -> None:
    """`recipe` holds any JSON, but under names."""
    from_json(kind, {**to_json(RUN), field.name: 3})


@pytest.mark.parametrize(
    ("path", "wrong", "says"),
    [
        ("seconds", "12.5", "Run.seconds must be a number, got '12.5'"),
        ("seconds", True, "Run.seconds must be a number, got True"),
        ("seconds", 10**400, "Run.seconds must be a number"),
        ("parameters", 1.0, "Run.parameters must be a whole number, got 1.0"),
        ("seed", False, "Run.seed must be a whole number, got False"),
        ("parameters", None, "Run.parameters must be a whole number, got None"),
        ("run", 3, "Run.run must be str, got 3"),
        ("task", "translation", f"Run.task must be one of {get_args(TaskName)}, got 'translation'"),
        ("stopped", ["early"], "Run.stopped must be one of"),
        ("recipe", [], "Run.recipe must be an object"),
        ("history", {}, "Run.history must be a list"),
        ("history.1", 5, "Run.history[1] must be an object, got 5"),
        ("history.2.rate", "fast", "Run.history[2].rate must be a number, got 'fast'"),
        ("data.size", "wide", "Run.data.size must be a list, got 'wide'"),
        ("data.size", ["wide", 28], "Run.data.size[0] must be a whole number, got 'wide'"),
        ("data.original_sizes.1.0", "x", "Run.data.original_sizes[1][0] must be a whole number"),
        ("data.counts.train.pear", 0.5, "Run.data.counts.train.pear must be a whole number"),
        ("input.mean", 0.5, "Run.input.mean must be a list, got 0.5"),
        ("input.modality", "sound", f"Run.input.modality must be one of {get_args(Modality)}, got 'sound'"),
        ("input.modality", "audio", "Run.input has no field channels, height, resize, width"),
        ("test.accuracy", None, "Run.test.accuracy must be an object, got None"),
        ("test.confusion.0.1", "0", "Run.test.confusion[0][1] must be a whole number"),
        ("baselines.majority.n", [], "Run.baselines.majority.n must be a whole number"),
        ("samples.apple.0", b"x", "Run.samples.apple[0] must be str"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_value_is_named_by_its_path(path: str, wrong: Any, says: str) -> None:
    document: Any = to_json(RUN)
    place, keys = document, [int(key) if key.isdigit() else key for key in path.split(".")]
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = wrong
    with pytest.raises(TypeError) as raised:
        from_json(Run, document)
    assert str(raised.value).startswith(says)
    assert len(str(raised.value)) < 200 + len(says)  # a hostile value is not repeated at length


def test_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Run\.test has no field colour, shade$"):
        from_json(Run, {**to_json(RUN), "test": {**to_json(TEST), "shade": 1, "colour": 2}})


@each_whole
def test_missing_field_is_refused_unless_it_has_a_default(record: Any) -> None:
    kind, document = type(record), to_json(record)
    for field in dataclasses.fields(kind):
        less = {name: value for name, value in document.items() if name != field.name}
        if field.default is dataclasses.MISSING:
            with pytest.raises(TypeError, match=rf"^{kind.__name__} lacks {field.name}$"):
                from_json(kind, less)
        else:
            assert getattr(from_json(kind, less), field.name) == field.default


@pytest.mark.parametrize("value", [None, 3, "text", [], [1]])
def test_document_that_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^Ledger must be an object"):
        from_json(Ledger, value)


def test_not_a_number_is_written_as_null_and_comes_back() -> None:
    nothing = share(0, 0)
    document = to_json(nothing)
    assert document == {"value": None, "low": 0.0, "high": 1.0, "n": 0}
    assert math.isnan(from_json(Interval, document).value)


def test_whole_numbers_stand_for_numbers() -> None:
    interval = from_json(Interval, {"value": 1, "low": 0, "high": 1, "n": 3})
    assert interval == Interval(value=1.0, low=0.0, high=1.0, n=3)
    assert isinstance(interval.value, float)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A record with choices of type, which ours may get."""

    size: int | tuple[int, ...] | None = None
    mode: Literal["a", 1] = "a"


@pytest.mark.parametrize("size", [None, 3, (1, 2)])
def test_choices_of_type_are_tried_in_turn(size: Any) -> None:
    assert from_json(Choice, to_json(Choice(size=size))) == Choice(size=size)


def test_value_of_none_of_the_choices_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Choice\.size must be one of"):
        from_json(Choice, {"size": "large"})
    with pytest.raises(TypeError, match=r"^Choice\.mode must be one of \('a', 1\), got 'b'$"):
        from_json(Choice, {"mode": "b"})


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), 1j])
def test_what_json_cannot_hold_is_refused_on_the_way_out(value: Any) -> None:
    with pytest.raises(TypeError, match=f"got {type(value).__name__}"):
        to_json({"x": (value,)})


def test_records_are_frozen_and_say_what_they_are() -> None:
    for part in parts(tuple(WHOLE)):
        kind = type(part)
        assert kind.__doc__
        assert not hasattr(part, "__dict__")
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, dataclasses.fields(kind)[0].name, None)
        assert set(typing.get_type_hints(kind)) == {field.name for field in dataclasses.fields(kind)}


# ---- intervals


@pytest.mark.parametrize("n", [1, 2, 7, 100, 2_000, 10_000_000])
@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.5, 0.99, 1.0])
def test_share_is_the_wilson_interval(n: int, part: float) -> None:
    right = round(part * n)
    known = binomtest(right, n).proportion_ci(confidence_level=0.95, method="wilson")
    found = share(right, n)
    assert (found.value, found.n) == (right / n, n)
    assert found.low == pytest.approx(known.low, abs=1e-12)
    assert found.high == pytest.approx(known.high, abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_share_mirrors() -> None:
    for right in range(21):
        one, other = share(right, 20), share(20 - right, 20)
        assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-15)


def test_share_of_nothing_is_not_known() -> None:
    nothing = share(0, 0)
    assert math.isnan(nothing.value)
    assert (nothing.low, nothing.high, nothing.n) == (0.0, 1.0, 0)


def test_interval_is_printed_in_per_cent_with_n() -> None:
    assert str(share(9_281, 10_000)) == "92.81 % [92.29, 93.30] (n=10,000)"
