"""The allocator set-up: when it is left out, and that freed blocks stay in the process."""

import subprocess
import sys

import pytest

from striate.runtime.allocator import heap_ranges, peak_memory, why_not

FAULTS = """
import resource, sys, torch
from striate.runtime.allocator import set_up_allocator
torch.set_num_threads(1)
assert set_up_allocator() == sys.argv[1], set_up_allocator()
def work():
    torch.ones(2**24).add_(1)  # 64 MiB
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5): work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")


def count_faults(reason: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, reason], check=True, capture_output=True, text=True)
    return int(done.stdout)


@linux
def test_big_blocks_are_not_fetched_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = count_faults("")
    monkeypatch.setenv("STRIATE_ALLOCATOR", "off")
    assert kept * 10 < count_faults("STRIATE_ALLOCATOR=off")


@linux
@pytest.mark.parametrize("name", ["jemalloc", "tcmalloc", "mimalloc"])
def test_another_allocator_is_left_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", f"/usr/lib/lib{name}.so.2")
    assert why_not() == f"{name} is preloaded"


def test_a_heap_with_a_hole_has_two_ranges() -> None:
    maps = (
        "00001000-00400000 rw-p 00000000 00:00 0    [heap]\n"
        "00400000-00500000 rw-p 00000000 00:00 0\n"
        "00500000-00a00000 rw-p 00000000 00:00 0    [heap]\n"
        "00b00000-00b10000 rw-p 00000000 00:00 0    [heap]\n"
    )
    assert heap_ranges(maps) == [(0x200000, 0x400000), (0x600000, 0xA00000)]


def test_peak_memory_is_in_bytes() -> None:
    assert 10_000_000 < peak_memory() < 10**12 or sys.platform == "win32"
