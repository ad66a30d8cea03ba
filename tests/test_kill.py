"""`kill -9` at random moments of a real training, in real processes: the same model file and course, byte for byte."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from striate.data.xo import make_xo

STRIATE = Path(sys.executable).with_name("striate")
KILLS = 6
COMMAND = ["train", "letters.npz", "--architecture", "xo", "--epochs", "12"]


@pytest.mark.slow
def test_killed_anywhere_the_model_file_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_THREADS", "1")  # a busy neighbour may change the threads of a new run, not its others
    pictures, labels = make_xo(6000, seed=0)
    np.savez(tmp_path / "letters.npz", images=pictures[:, 0], labels=labels)
    started = time.monotonic()
    subprocess.run([STRIATE, *COMMAND, "--run", "whole"], cwd=tmp_path, check=True, capture_output=True)
    seconds = time.monotonic() - started

    chance, kills = random.Random(0), 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [STRIATE, *COMMAND, "--run", "parts"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=chance.uniform(1.0, seconds / 2))
            break
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
    assert kills >= KILLS // 2
    if not (tmp_path / "parts" / "run.json").exists():
        subprocess.run([STRIATE, *COMMAND, "--run", "parts"], cwd=tmp_path, check=True, capture_output=True)
    for file in ("model.safetensors", "course.json"):
        whole, parts = ((tmp_path / name / file).read_bytes() for name in ("whole", "parts"))
        assert whole == parts


@pytest.mark.slow
def test_ctrl_c_leaves_a_usable_model_and_the_command_goes_on(tmp_path: Path) -> None:
    pictures, labels = make_xo(6000, seed=0)
    np.savez(tmp_path / "letters.npz", images=pictures[:, 0], labels=labels)
    process = subprocess.Popen(
        [STRIATE, *COMMAND, "--run", "run"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch   2/"):
            process.send_signal(signal.SIGINT)
            break
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    model = tmp_path / "run" / "model.safetensors"
    assert model.exists()
    assert not (tmp_path / "run" / "run.json").exists()
    answer = subprocess.run(
        [STRIATE, "test", "run", "letters.npz", "--json"], cwd=tmp_path, check=True, capture_output=True
    )
    assert answer.stdout
    subprocess.run([STRIATE, *COMMAND, "--run", "run"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "run" / "run.json").exists()
