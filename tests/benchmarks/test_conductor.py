"""The conductor with two fake workers: turns, absences, medians and intervals."""

import json
import random
import sys
from pathlib import Path

import pytest

from benchmarks.speed.conductor import Contender, start, take_round
from benchmarks.speed.summary import ratio, summarise

FAKE = """
import json, sys
job = json.loads(sys.argv[1])
if "absent" in job:
    print(json.dumps({"absent": job["absent"]})); sys.exit()
print(json.dumps({"ready": True, "seconds": 0.5}), flush=True)
for line in sys.stdin:
    print(json.dumps({"seconds": job["seconds"] * int(line), "loss": 1.0}), flush=True)
"""


def fake(**job: object) -> Contender:
    return Contender(command=(sys.executable, "-c", FAKE), job=job)


def test_each_worker_takes_its_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.speed.conductor.PAUSE", 0.0)
    contenders = {"slow": fake(seconds=0.3), "quick": fake(seconds=0.1), "gone": fake(absent="no such thing")}
    workers, absent = start(contenders, tmp_path / "log")
    try:
        rounds = [take_round(workers, random.Random(n)) for n in range(3)]
    finally:
        for worker in workers:
            worker.stop()
    assert absent == {"gone": "no such thing"}
    times = {name: [row[name] for row in rounds] for name in ("slow", "quick")}
    assert times == {"slow": [0.6] * 3, "quick": [0.2] * 3}  # two steps of half a second fill a turn
    assert ratio(times["slow"], times["quick"])["median"] == pytest.approx(3)


def test_an_interval_holds_the_median_and_narrows_with_n() -> None:
    few, many = summarise([1, 2, 3, 4, 5]), summarise([1, 2, 3, 4, 5] * 20)
    assert few["low"] < few["median"] == 3 < few["high"]
    assert many["high"] - many["low"] < few["high"] - few["low"]
    json.dumps(few)
