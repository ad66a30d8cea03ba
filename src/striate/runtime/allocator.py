"""The memory of a process that trains or serves: the C library keeps big blocks instead of giving them back each step.

By default glibc maps every large tensor afresh and unmaps it after use, so that each step pays a page fault for every
4 KiB (shared/PERFORMANCE.md). Here freed blocks stay in the heap, which is grown once, in huge pages where there are.
"""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, MMAP_MAX = -1, -2, -3, -4  # mallopt's parameters, malloc.h
NEVER = 2**31 - 1  # mallopt takes an int: trim when so many bytes are free at the end of the heap
PAD = 64 * 2**20  # bytes that the heap grows by at least
HEAP = 2**30  # bytes of address space that the heap is grown to at the start; pages come when first written
HUGE_PAGE = 2 * 2**20
HUGE = 14  # MADV_HUGEPAGE
OTHERS = ("jemalloc", "tcmalloc", "mimalloc")
SWITCH = Path("/sys/kernel/mm/transparent_hugepage/enabled")


@cache
def set_up_allocator() -> str:
    """Set the C library's allocator up for tensors, once a process; "" when done, else why it was left as it is.

    `STRIATE_ALLOCATOR=off` leaves it. Memory that was used stays with the process until it ends.
    """
    reason = why_not()
    if reason:
        return reason
    libc = ctypes.CDLL(None)
    if not (libc.mallopt(TRIM_THRESHOLD, NEVER) and libc.mallopt(TOP_PAD, PAD)):
        return "mallopt refused"
    if not libc.mallopt(MMAP_THRESHOLD, NEVER):  # glibc before 2.35 takes 32 MiB at most
        libc.mallopt(MMAP_MAX, 0)
    _grow_heap(libc)
    _ask_for_huge_pages(libc)
    return ""


def why_not() -> str:
    """Say why the allocator must be left as it is; "" when it may be set up."""
    if os.environ.get("STRIATE_ALLOCATOR", "").lower() == "off":
        return "STRIATE_ALLOCATOR=off"
    if sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"):
        return "not glibc"
    preloaded = os.environ.get("LD_PRELOAD", "")
    return next((f"{name} is preloaded" for name in OTHERS if name in preloaded), "")


def _grow_heap(libc: ctypes.CDLL) -> None:
    """Take a large block from the end of the heap and free it: the address space stays, no page is touched."""
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    block = libc.malloc(HEAP)
    if block:  # a limit on address space may refuse it
        libc.free(block)


def _ask_for_huge_pages(libc: ctypes.CDLL) -> None:
    """Advise huge pages for every stretch of the heap; refusal costs nothing."""
    if not SWITCH.exists() or "[never]" in SWITCH.read_text(encoding="utf-8"):
        return
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for first, last in heap_ranges(Path("/proc/self/maps").read_text(encoding="utf-8")):
        libc.madvise(first, last - first, HUGE)


def heap_ranges(maps: str) -> list[tuple[int, int]]:
    """List the heap's stretches of whole huge pages, [first, last) addresses; where it has a hole there are several.

    >>> heap_ranges("00100000-00900000 rw-p 00000000 00:00 0    [heap]")
    [(2097152, 8388608)]
    """
    ranges = []
    for line in maps.splitlines():
        if line.endswith("[heap]"):
            first, last = (int(address, 16) for address in line.split()[0].split("-"))
            first, last = -(-first // HUGE_PAGE) * HUGE_PAGE, last // HUGE_PAGE * HUGE_PAGE
            if first < last:
                ranges.append((first, last))
    return ranges


def peak_memory() -> int:
    """Tell the most memory that this process has held so far, in bytes; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
