"""Rows that are decoded straight to disk, and rows that are read from there: nothing is lost, nothing left behind."""

import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from striate.data import room as room_module
from striate.data import rows as rows_module
from striate.data.decode.in_order import AHEAD, THREADS, TOGETHER, in_order
from striate.data.digest import fingerprint
from striate.data.room import Room, find_draft
from striate.data.rows import Rows, as_tensor, is_larger_than_memory, read_ahead

KINDS = [((3, 5, 4), np.uint8), ((7,), np.int16), ((2, 9), np.float32), ((), np.int64)]


def some(count: int, shape: tuple[int, ...], kind: type) -> NDArray[np.generic]:
    return np.random.default_rng(1).integers(0, 100, (count, *shape)).astype(kind)


@pytest.fixture
def mapped(tmp_path: Path) -> NDArray[np.generic]:
    """Twelve pictures in a read-only memory map."""
    np.save(tmp_path / "map.npy", some(12, (1, 40, 50), np.uint8))
    return np.load(tmp_path / "map.npy", mmap_mode="r")


@pytest.mark.parametrize(("shape", "kind"), KINDS)
@pytest.mark.parametrize("count", [0, 1, 11])
@pytest.mark.parametrize("where", ["disk", "memory", "no folder", "full disk", "disk full at the end"])
def test_rows_come_out_as_they_went_in(
    shape: tuple[int, ...], kind: type, count: int, where: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = some(11, shape, kind)[:count]
    if where == "memory":
        monkeypatch.setenv("STRIATE_CACHE", "off")
    if where == "no folder":
        cache.write_text("a file")
    room = Room(11, shape, kind)
    for i, row in enumerate(expected):
        if where == "full disk" and i == 6:
            monkeypatch.setattr(room_module, "_write", fail)
        room.add(np.asarray(row))
    if where == "disk full at the end":
        monkeypatch.setattr(room_module, "_write_header", fail)
    found = room.rows()
    assert found.dtype == kind
    assert np.array_equal(found, expected)
    assert isinstance(found, np.memmap) == (
        count > 0 and where in ("disk", "full disk") and (where, count) != ("full disk", 11)
    )
    del room, found
    assert not cache.is_dir() or list(cache.iterdir()) == []


def fail(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_a_row_that_does_not_fit_is_no_row() -> None:
    room = Room(2, (3,), np.uint8)
    for wrong in (np.zeros(4, np.uint8), np.zeros(3, np.int16)):
        with pytest.raises(ValueError, match="expected"):
            room.add(wrong)
    for _ in range(2):
        room.add(np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="row 2 of 2"):
        room.add(np.zeros(3, np.uint8))


def test_a_view_keeps_the_file(cache: Path) -> None:
    room = Room(3, (4,), np.uint8)
    room.add(np.arange(4, dtype=np.uint8))
    found = room.rows()
    assert find_draft(found, cache) is not None
    assert find_draft(found[:, :2], cache) is None
    assert find_draft(found.reshape(2, 2), cache) is None
    assert find_draft(found.view(np.int8), cache) is None
    view = found[0, 1:]
    del room, found
    assert len(list(cache.iterdir())) == 1
    assert view.tolist() == [1, 2, 3]


def test_a_room_that_is_left_leaves_nothing(cache: Path) -> None:
    room = Room(3, (4,), np.uint8)
    room.add(np.zeros(4, np.uint8))
    assert len(list(cache.iterdir())) == 1
    del room
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    "index", [3, -1, slice(2, 6), slice(None, None, 3), [4, 0, 4], np.array([1, 2]), np.arange(8) % 2 == 0]
)
def test_rows_are_those_of_an_array(index: object, mapped: NDArray[np.generic]) -> None:
    indices = np.array([11, 3, 4, 5, 0, 9, 2, 7])
    rows, expected = Rows(mapped, indices), np.array(mapped)[indices]
    found = rows[index]  # type: ignore[index]
    assert type(found) is np.ndarray
    assert found.flags.writeable
    assert np.array_equal(found, expected[index])  # type: ignore[index]
    if not isinstance(index, int):
        assert np.array_equal(rows.take(index)[:], expected[index])  # type: ignore[arg-type, index]
    assert (rows.shape, rows.dtype, rows.ndim, len(rows)) == (expected.shape, expected.dtype, expected.ndim, 8)
    assert np.array_equal(np.asarray(rows), expected)
    assert np.array_equal(list(rows), expected)


def test_a_tensor_shares_the_map(mapped: NDArray[np.generic]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensor = as_tensor(mapped)
    assert tensor.data_ptr() == mapped.ctypes.data
    assert torch.equal(tensor, torch.from_numpy(np.array(mapped)))


def test_reading_ahead_asks_for_whole_rows(mapped: NDArray[np.generic], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    class Mapping:
        """Stands for the map, and takes down what is asked for."""

        def madvise(self, advice: int, start: int, length: int) -> None:
            asked.append((start, start + length))

    real = mapped._mmap  # type: ignore[attr-defined]
    read_ahead(mapped, np.array([0, 11]))  # the system takes it
    base = np.frombuffer(real, np.uint8).ctypes.data
    monkeypatch.setattr(rows_module, "_begin", lambda mapping: base)
    view = mapped[3:]
    view._mmap = Mapping()  # type: ignore[attr-defined]
    read_ahead(view, np.array([0, 8]))
    offset = mapped.ctypes.data - base
    for (start, end), row in zip(asked, (3, 11), strict=True):
        assert start % 4096 == 0
        assert start <= offset + 2000 * row
        assert end == offset + 2000 * (row + 1)
    read_ahead(np.array(mapped), np.array([0]))  # in memory: nothing to do


def test_only_maps_can_be_larger_than_memory(mapped: NDArray[np.generic], monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_larger_than_memory(mapped)
    monkeypatch.setattr(rows_module, "_memory", lambda: 10_000)
    assert is_larger_than_memory(mapped)
    assert not is_larger_than_memory(np.array(mapped))


def test_work_comes_in_order_and_never_much_of_it_waits() -> None:
    begun: list[int] = []
    lock = threading.Lock()

    def work(i: int) -> int:
        time.sleep(0.001 * (i % 3))
        with lock:
            begun.append(i)
        return 10 * i

    most = (AHEAD * THREADS + 2) * TOGETHER
    found = []
    for result in in_order(work, list(range(5, 300)), "counting"):
        found.append(result)
        assert len(begun) - len(found) <= most
    assert found == [10 * i for i in range(5, 300)]


def test_work_that_fails_ends_it() -> None:
    def work(i: int) -> int:
        if i == 40:
            raise KeyboardInterrupt
        return i

    with pytest.raises(KeyboardInterrupt):
        list(in_order(work, range(1000), "counting"))
    results = in_order(lambda i: i, range(1000), "counting")
    assert next(iter(results)) == 0
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("array", [some(9, (3, 4), np.uint8), np.zeros((0, 4)), np.array(3.5), np.arange(20)[::2]])
def test_fingerprints_do_not_depend_on_the_pieces(
    array: NDArray[np.generic], monkeypatch: pytest.MonkeyPatch, cut: Callable[[int], None]
) -> None:
    whole = fingerprint("a", array)
    cut(10)
    assert fingerprint("a", array) == whole
    assert fingerprint("a", array.copy(), "b") != whole


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    from striate.data import digest

    return lambda size: monkeypatch.setattr(digest, "CHUNK", size)
