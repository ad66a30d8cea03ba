"""The kernels as they are installed: without a compiler the install says what is lost; to load them takes no time."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from striate.kernels.library import library

REPOSITORY = Path(__file__).parents[2]
MOST_SECONDS = 0.06  # to load the library, beyond an empty Python; the benchmark's goal is a third of it
LOAD = "import striate.kernels.library as kernels; kernels.library()"


def test_without_a_compiler_the_install_succeeds_and_says_what_is_lost(tmp_path: Path) -> None:
    folders = ["--build-lib", str(tmp_path / "library"), "--build-temp", str(tmp_path / "objects")]
    command = [sys.executable, "setup.py", "build_ext", *folders]
    environment = {**os.environ, "CXX": "/nonexistent"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    for said in ("native kernels were not built", "/nonexistent", "install a C++ compiler"):
        assert said in done.stdout + done.stderr
    assert not list(tmp_path.rglob("_native*.so"))


def seconds(script: str) -> float:
    """Of the processor, so that a busy machine does not decide."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    start = os.times()
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)
    end = os.times()
    return end.children_user + end.children_system - start.children_user - start.children_system


@pytest.mark.skipif(library() is None, reason="the native kernels were not built")
def test_to_load_the_kernels_takes_no_time() -> None:
    more = [seconds(LOAD) - seconds("pass") for _ in range(5)]
    assert statistics.median(more) <= MOST_SECONDS
