"""The choice of an engine: made among those that agree, kept for later, damaged files and weights taken for none."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from engine_networks import CPU, network, pictures

from striate.data.memo import MOST
from striate.models.engines import choose as choose_file
from striate.models.engines import route as route_file
from striate.models.engines.choose import Choice, Trial, choose
from striate.models.engines.engine import Engine, Run
from striate.models.engines.memory import FILE, key_of, recall, remember
from striate.models.engines.route import MeasuredRoute, batch_size, describe_choice
from striate.models.engines.table import ENGINES
from striate.models.infer import infer
from striate.models.network import Network
from striate.records import to_json


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and short measurements."""
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path))
    monkeypatch.setattr(choose_file, "SECONDS", 0.05)
    return tmp_path


def made_up(change: Callable[[np.ndarray], np.ndarray], *, packages: tuple[str, ...] = ()) -> Engine:
    """An engine that changes what PyTorch answers."""

    def prepare(network: Network, *, batch: int, threads: int) -> Run:
        return lambda x: change(infer(network, x, CPU).numpy())

    return dataclasses.replace(ENGINES["torch"], prepare=prepare, packages=packages)


def fail(_: np.ndarray) -> np.ndarray:
    raise RuntimeError("no such kernel")


def chosen(made: Network, x: np.ndarray, *, threads: int = 1) -> tuple[Choice, Run]:
    found = choose(made, x, infer(made, x, CPU).numpy(), threads=threads)
    assert found is not None
    return found


def test_only_engines_that_agree_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "wrong", made_up(lambda logits: logits + np.float32(0.01)))
    monkeypatch.setitem(ENGINES, "broken", made_up(fail))
    monkeypatch.setitem(ENGINES, "absent", made_up(lambda logits: logits, packages=("no_such_package",)))
    made = network("lenet5")
    x = pictures(made, 4)
    reference = infer(made, x, CPU).numpy()
    choice, run = chosen(made, x)
    np.testing.assert_allclose(run(x), reference, atol=1e-4 * reference.std())
    reasons = {trial.engine: trial.reason for trial in choice.trials if trial.reason}
    assert reasons["wrong"] == "its logits are not those of PyTorch"
    assert reasons["broken"] == "failed: no such kernel"
    assert "no_such_package not installed" in reasons["absent"]
    timed = [trial for trial in choice.trials if trial.seconds is not None]
    assert {"torch", "onnxruntime", "openvino"} <= {trial.engine for trial in timed}
    assert choice.engine == timed[0].engine == min(timed, key=lambda trial: trial.seconds or 0).engine


def test_rounded_engines_are_never_chosen_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = dataclasses.replace(ENGINES["openvino-bf16"], obstacle=lambda network: "")
    monkeypatch.setitem(ENGINES, "openvino-bf16", quick)
    made = network("lenet5")
    x = pictures(made, 2)
    choice, _ = chosen(made, x)
    assert "openvino-bf16" not in {trial.engine for trial in choice.trials}


def test_small_work_is_tried_on_one_thread_and_on_all() -> None:
    made = network("lenet5")
    x = pictures(made, 2)
    choice, _ = chosen(made, x, threads=2)
    tried = {(trial.engine, trial.threads) for trial in choice.trials}
    assert {("onnxruntime", 1), ("onnxruntime", 2), ("torch", 2)} <= tried
    assert ("torch", 1) not in tried


def test_network_that_answers_nonsense_stays_with_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_file, "CHOICE_SECONDS", -1000.0)
    made = network("lenet5")
    made.head.bias.data[0] = np.nan
    route = MeasuredRoute(made, CPU)
    for _ in range(2):
        assert np.isnan(route.answer(pictures(made, 80))[:, 0]).all()
    assert route.engine == "torch"
    assert recall(key_of(made, CPU, batch_size(made))) is None


# ---- what is kept

CHOICE = Choice(
    engine="onnxruntime",
    threads=1,
    batch=8,
    setup_seconds=0.25,
    trials=(
        Trial(engine="onnxruntime", threads=1, seconds=1e-4),
        Trial(engine="torch", threads=1, seconds=4e-4),
        Trial(engine="native", threads=1, reason="none"),
    ),
)


def test_choice_comes_back(folder: Path) -> None:
    remember("key", CHOICE)
    remember("other", dataclasses.replace(CHOICE, threads=2))
    assert recall("key") == CHOICE
    assert [path.name for path in folder.iterdir()] == [FILE]


GOOD = to_json(CHOICE)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[1]",
        '{"key": 3}',
        json.dumps({"key": {**GOOD, "threads": "2"}}),
        json.dumps({"key": {**GOOD, "threads": 0}}),
        json.dumps({"key": {**GOOD, "batch": -1}}),
        json.dumps({"key": {**GOOD, "engine": "openvino-bf16"}}),
        json.dumps({"key": {**GOOD, "engine": "../../x"}}),
        json.dumps({"key": {**GOOD, "setup_seconds": None}}),
        "[" * 100_000,
    ],
)
def test_damaged_memory_is_none_and_is_mended(content: str, folder: Path) -> None:
    (folder / FILE).write_text(content)
    assert recall("key") is None
    remember("key", CHOICE)
    assert recall("key") == CHOICE


def test_memory_is_bounded() -> None:
    for index in range(MOST + 3):
        remember(f"key{index}", CHOICE)
    assert recall("key2") is None
    assert recall("key3") == recall(f"key{MOST + 2}") == CHOICE


def test_no_memory_when_it_is_off_or_no_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    for place in ("off", str(folder / "file")):
        monkeypatch.setenv("STRIATE_CACHE", place)
        remember("key", CHOICE)
        assert recall("key") is None


def test_key_tells_what_decides_and_nothing_else() -> None:
    same = key_of(network("lenet5"), CPU, 8)
    retrained = network("lenet5")
    retrained.head.bias.data += 1
    assert key_of(retrained, CPU, 8) == same
    others = [
        key_of(network("compact"), CPU, 8),
        key_of(network("lenet5", outputs=6), CPU, 8),
        key_of(network("lenet5"), dataclasses.replace(CPU, threads=2), 8),
        key_of(network("lenet5"), CPU, 1),
    ]
    assert len({same, *others}) == 5


# ---- when the choice is made


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("measured")


def test_small_job_does_not_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_file, "choose", refuse)
    made = network("lenet5")
    route = MeasuredRoute(made, CPU)
    for n in (300, 1, 5):
        x = pictures(made, n)
        np.testing.assert_array_equal(route.answer(x), infer(made, x, CPU).numpy())
    assert route.engine == "torch"


def test_large_job_measures_once_and_keeps_the_choice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(route_file, "CHOICE_SECONDS", -1000.0)
    made = network("lenet5")
    x = pictures(made, 150)
    reference = infer(made, x, CPU).numpy()
    route = MeasuredRoute(made, CPU)
    route.answer(x)
    monkeypatch.setattr(route_file, "choose", refuse)
    np.testing.assert_allclose(route.answer(x), reference, atol=1e-4 * reference.std())
    kept = recall(key_of(made, CPU, batch_size(made)))
    assert kept is not None
    assert route.engine == kept.engine
    assert f"answered by {kept.engine}" in capsys.readouterr().err


def test_kept_choice_is_taken_up_without_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_file, "choose", refuse)
    monkeypatch.setattr(route_file, "IMPORT_SECONDS", -1000.0)
    made = network("lenet5")
    remember(key_of(made, CPU, 1), dataclasses.replace(CHOICE, batch=1))
    x = pictures(made, 1)
    route = MeasuredRoute(made, CPU)
    first = route.answer(x)
    assert route.engine == "onnxruntime"
    np.testing.assert_allclose(route.answer(x), first, atol=1e-4 * first.std())


@pytest.mark.parametrize("change", [lambda logits: logits + np.float32(1), fail])
def test_kept_choice_that_no_longer_serves_is_measured_anew(
    change: Callable[[np.ndarray], np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route_file, "IMPORT_SECONDS", -1000.0)
    made = network("lenet5")
    x = pictures(made, 1)
    reference = infer(made, x, CPU).numpy()
    remember(key_of(made, CPU, 1), dataclasses.replace(CHOICE, batch=1))
    monkeypatch.setitem(ENGINES, "onnxruntime", made_up(change, packages=ENGINES["onnxruntime"].packages))
    assert recall(key_of(made, CPU, 1)) is not None
    route = MeasuredRoute(made, CPU)
    for _ in range(2):
        np.testing.assert_allclose(route.answer(x), reference, atol=1e-4 * reference.std())
    assert route.engine in ("torch", "openvino")


def test_batch_shrinks_for_large_networks() -> None:
    assert batch_size(network("lenet5")) == 64
    large = network("lenet5")
    object.__setattr__(large, "plan", _plan_of("resnet18", (3, 224, 224)))
    assert batch_size(large) == 8


def _plan_of(line: str, shape: tuple[int, int, int]) -> object:
    from striate.models.zoo import plan_network

    return plan_network(line, shape, outputs=10)


def test_choice_is_told_in_one_line() -> None:
    said = describe_choice(CHOICE)
    assert (
        said == "pictures are now answered by onnxruntime on 1 thread, 4.0 times as fast as torch (measured, 8 at once)"
    )
