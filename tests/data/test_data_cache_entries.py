"""Entries of any content: sounds, clips and targets too; keyed by what decides them; safe beside other processes."""

import dataclasses
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from striate.data.cache import cached, clear_cache, show_cache
from striate.data.cache_entry import INPUTS, STAMPS, read_entry, write_entry
from striate.data.cache_folder import LIMIT, cache_limit, list_entries
from striate.data.decode import pictures
from striate.data.decode.decoded import Decoded
from striate.data.decode.faults import RefusedError
from striate.data.listing import Listing
from striate.data.room import Room
from striate.errors import UsageError
from striate.kinds import TaskName
from striate.records import AudioInput, ClipInput, ImageInput, InputSpec, Notice, Refusal, SignalInput, TextInput

AUDIO = AudioInput(rate=8000, samples=50, window=20, hop=10, bands=4, low=50.0, high=4000.0, mean=-1.5, std=2.0)
CONTENTS: list[tuple[InputSpec, tuple[int, ...], type]] = [
    (ImageInput(channels=3, height=5, width=6, mean=(0.0,) * 3, std=(1.0,) * 3), (3, 5, 6), np.uint8),
    (AUDIO, (50,), np.int16),
    (TextInput(unit="word", length=4, vocabulary=("a", "é")), (4,), np.int32),
    (SignalInput(channels=2, length=7, mean=(0.0,) * 2, std=(1.0,) * 2), (2, 7), np.float32),
    (ClipInput(channels=1, frames=2, height=3, width=3, mean=(0.5,), std=(1.0,)), (1, 2, 3, 3), np.uint8),
]
each_content = pytest.mark.parametrize(
    ("spec", "shape", "kind"), CONTENTS, ids=lambda item: getattr(item, "modality", "")
)


def list_of(folder: Path, *, task: TaskName = "classification", targets: Any = None) -> Listing:
    """Four files, whose content nobody reads here."""
    folder.mkdir(exist_ok=True)
    names = tuple(f"{i}.bin" for i in range(4))
    for name in names:
        if not (folder / name).exists():
            (folder / name).write_text(name)
    return Listing(
        source=str(folder),
        format="files",
        task=task,
        classes=("a", "b"),
        names=names,
        targets=np.array([0, 1, 0, 1]) if targets is None else targets,
        splits=np.full(4, "", "<U10"),
        found=4,
        paths=tuple(folder / name for name in names),
    )


def decoded(spec: InputSpec, inputs: NDArray[Any], targets: NDArray[Any] | None = None, **changed: object) -> Decoded:
    """Three of four examples, the other refused."""
    made = Decoded(
        kept=np.array([0, 2, 3]),
        inputs=inputs,
        targets=targets,
        spec=spec,
        sizes=np.array([[9, 8], [7, 6], [5, 4]], np.int32),
        digests=("a" * 64, "b" * 64, "c" * 64),
        refusals=(Refusal(name="1.bin", reason="is damaged: no sound"),),
        notices=(Notice(what="cut", count=1, names=("2.bin",)),),
    )
    return dataclasses.replace(made, **changed)  # type: ignore[arg-type]


def random(count: int, shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    return np.random.default_rng(5).integers(0, 90, (count, *shape)).astype(kind)


class Work:
    """Gives the same result each time, its arrays made in a Room if it is so asked, and counts how often."""

    __name__ = "work"

    def __init__(self, result: Decoded, *, through: bool = False) -> None:
        self.result, self.through, self.count = result, through, 0

    def __call__(self, listing: Listing, **choices: object) -> Decoded:
        self.count += 1
        if not self.through:
            return self.result
        targets = None if self.result.targets is None else fill(self.result.targets)
        return dataclasses.replace(self.result, inputs=fill(self.result.inputs), targets=targets)


def fill(rows: NDArray[Any]) -> NDArray[Any]:
    room = Room(len(rows) + 2, rows.shape[1:], rows.dtype)
    for row in rows:
        room.add(row)
    return room.rows()


def expect_equal(one: Decoded, other: Decoded) -> None:
    for field in dataclasses.fields(Decoded):
        first, second = getattr(one, field.name), getattr(other, field.name)
        if isinstance(second, np.ndarray):
            assert first.dtype == second.dtype
            assert np.array_equal(first, second)
        else:
            assert first == second


@each_content
@pytest.mark.parametrize("through", [False, True], ids=["made in memory", "made in a room"])
@pytest.mark.parametrize("fitted", [False, True], ids=["", "targets"])
def test_any_content_comes_back(
    spec: InputSpec, shape: tuple[int, ...], kind: type, through: bool, fitted: bool, tmp_path: Path, cache: Path
) -> None:
    expected = decoded(spec, random(3, shape, kind), random(3, (2, 5), np.float32) if fitted else None)
    work, listing = Work(expected, through=through), list_of(tmp_path / "files")
    miss, hit = cached(listing, work, rate=8000), cached(listing, work, rate=8000)
    assert work.count == 1
    for found in (miss, hit):
        expect_equal(found, expected)
        assert isinstance(found.inputs, np.memmap)
        assert not found.inputs.flags.writeable
    assert list_entries(cache) == list(cache.iterdir())  # and nothing beside them


def test_nothing_usable_is_an_entry_too(tmp_path: Path) -> None:
    nothing = {"kept": np.zeros(0, np.int64), "sizes": np.zeros((0, 2), np.int32), "digests": ()}
    expected = decoded(CONTENTS[0][0], random(0, (3, 5, 6), np.uint8), **nothing)
    work, listing = Work(expected), list_of(tmp_path / "files")
    for _ in range(2):
        found = cached(listing, work)
        assert len(found.kept) == len(found.sizes) == len(found.inputs) == 0
    assert work.count == 1


BOXES = tuple(np.array([[0, 1, 1, 5, 5]], float) for _ in range(4))
MOVED = (*BOXES[:3], BOXES[3] + 1)


@dataclasses.dataclass(frozen=True)
class Outline:
    """A mask of a long polygon, or in a file."""

    points: NDArray[np.float64] | None = None
    file: Path | None = None


def outlines(change: int = 0) -> tuple[Outline, ...]:
    points = np.zeros((5000, 2))
    points[2500] = change
    return tuple(Outline(points=points) for _ in range(4))


@pytest.mark.parametrize(
    ("first", "second", "again"),
    [
        ({"rate": 8000}, {"rate": 8000}, False),
        ({"rate": 8000}, {"rate": 4000}, True),
        ({"like": AUDIO}, {"like": dataclasses.replace(AUDIO, samples=51)}, True),
        ({"size": None}, {"size": (9, 9)}, True),
    ],
)
def test_choices_decide(first: dict[str, Any], second: dict[str, Any], again: bool, tmp_path: Path) -> None:
    work, listing = Work(decoded(AUDIO, random(3, (50,), np.int16))), list_of(tmp_path / "files")
    cached(listing, work, **first)
    cached(listing, work, **second)
    assert work.count == 1 + again


@pytest.mark.parametrize(
    ("task", "first", "second", "again"),
    [
        ("classification", np.array([0, 1, 0, 1]), np.array([0, 1, 0, 0]), False),
        ("transcription", ("a", "b", "c", "d"), ("a", "b", "c", ""), False),
        ("detection", BOXES, BOXES, False),
        ("detection", BOXES, MOVED, True),
        ("segmentation", outlines(), outlines(), False),
        ("segmentation", outlines(), outlines(1), True),  # in the middle of a long array, which repr leaves out
    ],
)
def test_targets_decide_where_they_are_fitted(
    task: TaskName, first: Any, second: Any, again: bool, tmp_path: Path
) -> None:
    work = Work(decoded(AUDIO, random(3, (50,), np.int16)))
    cached(list_of(tmp_path / "files", task=task, targets=first), work)
    cached(list_of(tmp_path / "files", task=task, targets=second), work)
    assert work.count == 1 + again


def test_a_mask_in_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    work = Work(decoded(AUDIO, random(3, (50,), np.int16)))
    masks = tuple(Outline(file=tmp_path / f"{i}.png") for i in range(4))
    for i, mask in enumerate(masks):
        assert mask.file is not None
        mask.file.write_text(f"{i}")
    for expected in (1, 1):
        cached(list_of(tmp_path / "files", task="segmentation", targets=masks), work)
        assert work.count == expected
    (tmp_path / "2.png").write_text("another")
    cached(list_of(tmp_path / "files", task="segmentation", targets=masks), work)
    assert work.count == 2


def test_content_at_hand_is_not_kept(tmp_path: Path, cache: Path) -> None:
    listing = dataclasses.replace(list_of(tmp_path / "files"), paths=(), contents=("a", "b", "c", "d"))
    work = Work(decoded(AUDIO, random(3, (50,), np.int16)))
    cached(listing, work)
    assert list_entries(cache) == []


@pytest.fixture
def entry(tmp_path: Path, cache: Path) -> tuple[Path, Callable[[], int]]:
    """An entry, and how often it had to be made after opening it once more."""
    work, listing = Work(decoded(AUDIO, random(3, (50,), np.int16))), list_of(tmp_path / "files")
    cached(listing, work)

    def count() -> int:
        expect_equal(cached(listing, work), work.result)
        return work.count

    return list_entries(cache)[0], count


def test_a_file_that_was_only_touched_is_read_once_in_full(
    entry: tuple[Path, Callable[[], int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, count = entry
    os.utime(folder / INPUTS, (1, 1))
    assert count() == 1
    monkeypatch.setattr("striate.data.cache_entry._checksum", lambda file: "never asked")
    assert count() == 1


@pytest.mark.parametrize("with_stamps", [True, False])
def test_a_changed_byte_is_found_though_times_are_set_back(
    with_stamps: bool, entry: tuple[Path, Callable[[], int]]
) -> None:
    folder, count = entry
    before = (folder / INPUTS).stat()
    with (folder / INPUTS).open("r+b") as file:
        file.seek(200)
        file.write(b"\x7f")
    os.utime(folder / INPUTS, ns=(before.st_atime_ns, before.st_mtime_ns))
    if not with_stamps:
        (folder / STAMPS).unlink()
    assert count() == 2
    assert count() == 2


def test_processes_that_write_at_once_leave_one_entry(tmp_path: Path, cache: Path) -> None:
    """Threads stand for processes: what they do meets in the file system alone."""
    expected = decoded(AUDIO, random(3, (50,), np.int16))
    folder, errors = cache / "key", []

    def write() -> None:
        for _ in range(15):
            try:
                write_entry(folder, dataclasses.replace(expected, inputs=fill(expected.inputs)), source="p")
                found = read_entry(folder)
                if found is not None:  # a neighbour may just be putting its own there
                    expect_equal(found, expected)
            except BaseException as error:
                errors.append(error)

    cache.mkdir()
    folder.mkdir()
    (folder / "table.json").write_text("rubbish of a damaged entry")
    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    found = read_entry(folder)
    assert found is not None
    expect_equal(found, expected)
    assert list(cache.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("said", "limit"),
    [("", LIMIT), ("5000", 5000), ("20GB", 20 * 10**9), ("1.5 kb", 1500), ("2TB", 2 * 10**12), ("7mb", 7 * 10**6)],
)
def test_the_limit_is_read(said: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE_LIMIT", said)
    assert cache_limit() == limit


@pytest.mark.parametrize("said", ["much", "-1", "GB", "1e9", "10 giga"])
def test_no_limit_is_guessed(said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE_LIMIT", said)
    work = Work(decoded(AUDIO, random(3, (50,), np.int16)))
    with pytest.raises(UsageError, match="STRIATE_CACHE_LIMIT is a number"):
        cached(list_of(tmp_path / "files"), work)
    assert work.count == 0


def test_data_over_the_limit_is_said_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STRIATE_CACHE_LIMIT", "1000")
    work, listing = Work(decoded(AUDIO, random(3, (50,), np.int16))), list_of(tmp_path / "files")
    expect_equal(cached(listing, work), work.result)
    assert "over its limit of 1,000" in capsys.readouterr().err
    cached(listing, work)
    assert work.count == 1
    other = list_of(tmp_path / "others")
    cached(other, work)
    cached(listing, work)
    assert work.count == 3


def test_what_is_kept_is_shown_and_cleared(tmp_path: Path, cache: Path) -> None:
    (cache / "routes").parent.mkdir(exist_ok=True)
    (cache / "routes.json").write_text("{}")
    (cache / "draft-x.npy").write_text("half")
    for name in ("first", "second"):
        cached(list_of(tmp_path / name), Work(decoded(AUDIO, random(3, (50,), np.int16))))
    os.utime(list_entries(cache)[1], (1, 1))
    contents = show_cache()
    assert [entry.source for entry in contents.entries] == [str(tmp_path / "second"), str(tmp_path / "first")]
    assert [(entry.modality, entry.shape, entry.examples) for entry in contents.entries] == [
        ("audio", AUDIO.shape, 3)
    ] * 2
    assert contents.entries[1].used.startswith("1970")
    assert contents.bytes == sum(entry.bytes for entry in contents.entries) > 600
    assert (contents.folder, contents.limit) == (str(cache), LIMIT)
    assert clear_cache() == contents
    assert show_cache().entries == ()
    assert [path.name for path in cache.iterdir()] == ["routes.json"]


def test_a_cache_that_is_off_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE", "off")
    assert (show_cache().folder, clear_cache().entries) == ("", ())


def test_targets_follow_their_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a task's fitting gives lies beside the pictures; what it refuses is refused with them."""
    listing = list_of(tmp_path / "files")
    for i in (0, 2, 3):
        Image.new("L", (20 + i, 30), 20 * i).save(listing.paths[i], format="PNG")

    def make(listing: Listing, size: tuple[int, int]) -> Callable[[int, tuple[int, int]], NDArray[np.int32]]:
        def fit(i: int, original: tuple[int, int]) -> NDArray[np.int32]:
            if i == 2:
                raise RefusedError("has a box outside of the picture")
            return np.array([i, *original, *size], np.int32)

        return fit

    monkeypatch.setitem(pictures.FITS, "classification", make)
    for _ in range(2):
        found = cached(listing, pictures.decode_files, size=16)
        assert found.targets is not None
        assert found.targets.tolist() == [[0, 30, 20, 16, 16], [3, 30, 23, 16, 16]]
        assert found.kept.tolist() == [0, 3]
        assert found.inputs.shape == (2, 1, 16, 16)
        assert [(item.name, item.reason) for item in found.refusals] == [
            ("1.bin", "is no picture of a known format"),
            ("2.bin", "has a box outside of the picture"),
        ]


def test_a_file_that_cannot_be_moved_is_copied(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, while it is mapped."""
    expected = decoded(AUDIO, random(3, (50,), np.int16), random(3, (2,), np.float32))
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if path.name.startswith("draft-"):
            raise PermissionError(13, "in use")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    work, listing = Work(expected, through=True), list_of(tmp_path / "files")
    for _ in range(2):
        expect_equal(cached(listing, work), expected)
    assert work.count == 1
    assert list_entries(cache) == list(cache.iterdir())
