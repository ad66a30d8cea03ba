"""What the native kernels do with unusual values and calls: as PyTorch does, or a plain refusal."""

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import Tensor

from striate.errors import ShapeError, UsageError
from striate.kernels import library as library_module
from striate.kernels.library import FIELDS, instruction_set, library
from striate.kernels.line import line
from striate.kernels.program import write_program
from striate.models.network import Network, build
from striate.notation import plan
from striate.records import ImageInput

pytestmark = pytest.mark.skipif(library() is None, reason="the native kernels were not built")

SHAPE = (3, 6, 7)
CLOSE = 1e-5  # of float32 sums in another order
DIRECT = [
    "conv 4 3 pad 1 > relu",
    "conv 4 3 pad 1 > relu > maxpool 2",
    "conv 4 3 pad 1 > maxpool 2 > relu",
    "conv 4 1 > maxpool 3 /2 pad 1",
    "conv 4 1 > avgpool 2",
    "conv 4 3 > batchnorm > relu",
    "conv 4 1 > skip(conv 4 3 pad 1) > relu > dense 3",
]
TILED = ["conv 8 1 > conv 8 3 pad 1 > relu", "conv 8 1 > conv 8 3 pad 1 > relu > maxpool 2"]
CALL = "conv 4 3 pad 1 > relu > maxpool 2 > dense 3"
SCRIPT = """
import os, sys, torch
from striate.models.network import build
from striate.notation import plan
from striate.records import ImageInput
spec = ImageInput(channels=3, height=6, width=7, mean=(0.0,) * 3, std=(1.0,) * 3)
network = build(plan("conv 8 3 pad 1 > relu > maxpool 2 > dense 4", (3, 6, 7)), spec).eval()
x = torch.rand(40, 3, 6, 7, generator=torch.Generator().manual_seed(0))
"""
FORK = """
torch.set_num_threads(2)
network.native = True
with torch.no_grad():
    before = network(x)
    child = os.fork()
    if child == 0:
        os._exit(0 if torch.equal(network(x), before) else 7)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def made(line: str) -> Network:
    channels, height, width = SHAPE
    spec = ImageInput(channels=channels, height=height, width=width, mean=(0.0,) * 3, std=(1.0,) * 3)
    return build(plan(line, SHAPE), spec).eval()


def pictures(n: int) -> Tensor:
    return torch.randn(n, *SHAPE, generator=torch.Generator().manual_seed(n))


def both(line: str, x: Tensor) -> tuple[Tensor, Tensor]:
    """What the kernels and what PyTorch's operators make of x."""
    network = made(line)
    with torch.no_grad():
        right = network(x)
        network.native = True
        return network(x), right


def python(script: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), **environment}
    command = [sys.executable, "-c", SCRIPT + script]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("line", DIRECT)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [(0, 0), (2, 3), (5, 6)])
def test_special_values_go_where_pytorch_lets_them_go(line: str, value: float, place: tuple[int, int]) -> None:
    x = pictures(9)
    x[4, 1, place[0], place[1]] = value
    found, right = both(line, x)
    torch.testing.assert_close(found, right, rtol=CLOSE, atol=CLOSE, equal_nan=True)


@pytest.mark.parametrize("line", TILED)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_special_values_are_not_lost_in_tiles(line: str, value: float) -> None:
    """Tiles of 2x2 may spread them to neighbours of the same picture, and to no other picture."""
    x = pictures(9)
    x[4, 1, 2, 3] = value
    found, right = both(line, x)
    assert not right[4].isfinite().all()
    assert not found[~right.isfinite()].isfinite().any()
    others = [n for n in range(9) if n != 4]
    torch.testing.assert_close(found[others], right[others], rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("kind", ["channels last", "every second picture", "one float off", "expanded"])
def test_any_strides_and_offsets(kind: str) -> None:
    x = pictures(10)
    off = torch.empty(x.numel() + 1)[1:].view_as(x).copy_(x)
    x = {
        "channels last": x.contiguous(memory_format=torch.channels_last),
        "every second picture": x[::2],
        "one float off": off,
        "expanded": x[:1].expand(10, -1, -1, -1),
    }[kind]
    found, right = both(CALL, x)
    torch.testing.assert_close(found, right, rtol=CLOSE, atol=CLOSE)


def test_no_examples() -> None:
    network, x = made(CALL).train(), pictures(1)[:0].requires_grad_()
    network.native = True
    y = network(x)
    y.sum().backward()
    assert y.shape == (0, 3)
    assert x.grad is not None and x.grad.shape == x.shape
    assert all(p.grad is not None and not p.grad.any() for p in network.parameters())


def call(
    x: Tensor, *, dtype: torch.dtype = torch.float32, cut: int | None = None, threads: int = 1
) -> tuple[Tensor, Tensor]:
    network = made(CALL)
    program = write_program(network.plan.layers)
    tensors: Sequence[Tensor] = [network.get_parameter(name).detach().to(dtype) for name in program.names]
    return line(x, tensors, program.numbers[:cut], training=False, bfloat16=False, threads=threads)


def test_wrong_calls_are_refused() -> None:
    x = pictures(2)
    assert call(x)[0].shape == (2, 3, 1, 1)
    for wrong in (x.double(), x.half(), x.int(), x[:, :2], x[..., :-1], x[0], x.flatten()):
        with pytest.raises(ShapeError):
            call(wrong)
    with pytest.raises(ShapeError, match="float32"):
        call(x, dtype=torch.double)
    for cut in (0, 1, FIELDS - 1, FIELDS + 1):
        with pytest.raises(ShapeError, match="whole numbers a step"):
            call(x, cut=cut)
    for threads in (0, -1, 1025):
        with pytest.raises(ShapeError, match="threads"):
            call(x, threads=threads)


def test_two_threads_at_once_compute_the_same_bits() -> None:
    network, batches = (
        made("conv 8 3 pad 1 > conv 8 3 pad 1 > relu > maxpool 2 > dense 4"),
        [pictures(n) for n in (33, 40)],
    )
    network.native = True
    with torch.no_grad():
        right = [network(x) for x in batches]

    def run(x: Tensor) -> list[Tensor]:
        with torch.no_grad():
            return [network(x) for _ in range(50)]

    with ThreadPoolExecutor(2) as pool:
        for many, one in zip(pool.map(run, batches), right, strict=True):
            assert all(torch.equal(found, one) for found in many)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_computes_the_same_bits() -> None:
    done = python(FORK)
    assert done.returncode == 0, done.stderr


def test_kernels_can_be_off() -> None:
    for value, possible in (("off", "False"), ("", "True")):
        done = python("print(network.native_possible)", STRIATE_KERNELS=value)
        assert (done.returncode, done.stdout.strip()) == (0, possible), done.stderr


def test_an_unknown_build_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_KERNELS", "sse9")
    instruction_set.cache_clear()
    try:
        with pytest.raises(UsageError, match="sse9"):
            call(pictures(1))
    finally:
        monkeypatch.undo()
        instruction_set.cache_clear()


def test_a_second_copy_of_the_library_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, right = library(), call(pictures(20), threads=2)[0]
    assert first is not None
    copied = tmp_path / "_native_again.so"
    shutil.copy(first._name, copied)
    monkeypatch.setattr(library_module, "__file__", str(tmp_path / "library.py"))
    library.cache_clear()
    try:
        second = library()
        assert second is not None and second._name == str(copied)
        assert torch.equal(call(pictures(20), threads=2)[0], right)
    finally:
        monkeypatch.undo()
        library.cache_clear()
