"""The cache: a hit equals a miss bit for bit, a damaged entry is never believed, failure to write is no failure."""

import os
from pathlib import Path

import numpy as np
import pytest
from photographs import plant
from PIL import Image

from striate.data.cache_folder import cache_folder, list_entries
from striate.data.catalogue import Catalogue
from striate.data.decode import pictures as files
from striate.data.open import open_data
from striate.records import Refusal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    for label in ("a", "b"):
        (tmp_path / "p" / label).mkdir(parents=True)
        for i in range(4):
            Image.fromarray(random.integers(0, 256, (9, 9), dtype=np.uint8)).save(tmp_path / "p" / label / f"{i}.png")
    return tmp_path / "p"


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of all files that were decoded."""
    seen: list[str] = []
    decode = files.decode
    monkeypatch.setattr(files, "decode", lambda file, name: (seen.append(name), decode(file, name))[1])
    return seen


def same(one: Catalogue, other: Catalogue) -> bool:
    arrays = ("targets", "splits", "inputs", "sizes")
    plain = ("source", "format", "task", "classes", "names", "spec", "digests")
    plain += ("split_rule", "seed", "ledger", "fingerprint")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays) and all(
        getattr(one, name) == getattr(other, name) for name in plain
    )


def test_hit_equals_miss(tmp_path: Path, decodings: list[str]) -> None:
    plant(tmp_path / "photographs")
    for name in ("gone.jpg", "loop.jpg"):  # with a file that is missing, nothing is kept
        (tmp_path / "photographs/coffee" / name).unlink()
    miss = open_data(tmp_path / "photographs")
    count = len(decodings)
    hit = open_data(tmp_path / "photographs")
    assert len(decodings) == count > 0
    assert same(miss, hit)
    assert isinstance(hit.inputs, np.memmap)
    assert not hit.inputs.flags.writeable


def test_switched_off(folder: Path, monkeypatch: pytest.MonkeyPatch, decodings: list[str]) -> None:
    monkeypatch.setenv("STRIATE_CACHE", "off")
    assert same(open_data(folder), open_data(folder))
    assert len(decodings) == 16


def test_default_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIATE_CACHE")
    assert cache_folder() == Path.home() / ".cache/striate"


def test_changes_are_seen(folder: Path, decodings: list[str]) -> None:
    before = open_data(folder)
    Image.new("L", (9, 9), 7).save(folder / "a/0.png")
    after = open_data(folder)
    assert before.fingerprint != after.fingerprint
    assert len(decodings) == 16
    assert open_data(folder, size=12).inputs.shape[2:] == (12, 12)
    assert len(decodings) == 24


def save_grey(folder: Path, values: range) -> None:
    """Write one uncompressed picture a value, all of one size, all written at the same time, in two classes."""
    for i, value in enumerate(values):
        file = folder / "ab"[i % 2] / f"{i}.bmp"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (9, 9), value).save(file)
        os.utime(file, ns=(10**18, 10**18))


def test_equal_names_sizes_and_times_are_not_enough(tmp_path: Path) -> None:
    """Two folders as tar or cp -p leave them."""
    save_grey(tmp_path / "one", range(8))
    save_grey(tmp_path / "other", range(100, 108))
    first, second = open_data(tmp_path / "one"), open_data(tmp_path / "other")
    assert first.names == second.names
    assert sorted(first.inputs[:, 0, 0, 0].tolist()) == list(range(8))
    assert sorted(second.inputs[:, 0, 0, 0].tolist()) == list(range(100, 108))


@pytest.mark.parametrize("way", ["written over", "put in its place", "folders exchanged"])
def test_times_that_were_set_back_deceive_nobody(way: str, tmp_path: Path) -> None:
    save_grey(tmp_path / "one", range(8))
    open_data(tmp_path / "one")
    if way == "written over":
        save_grey(tmp_path / "one", range(100, 108))
    else:
        save_grey(tmp_path / "other", range(100, 108))
        if way == "put in its place":
            for file in (tmp_path / "other").rglob("*.bmp"):
                file.replace(tmp_path / "one" / file.relative_to(tmp_path / "other"))
        else:
            (tmp_path / "one").rename(tmp_path / "old")
            (tmp_path / "other").rename(tmp_path / "one")
    assert sorted(open_data(tmp_path / "one").inputs[:, 0, 0, 0].tolist()) == list(range(100, 108))


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("cannot be read: permission denied", False),
        ("cannot be read: Input/output error", False),
        ("cannot be read: not enough memory", False),
        ("is missing", False),
        ("is a link to nothing", False),
        ("is empty (0 bytes)", True),
        ("is damaged: broken data stream", True),
    ],
)
def test_refusals_that_may_pass_are_not_kept(
    reason: str, kept: bool, folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file itself does not change: its folder was closed, or its disk away."""
    with monkeypatch.context() as patch:
        decode = files.decode
        patch.setattr(
            files,
            "decode",
            lambda file, name: Refusal(name=name, reason=reason) if name == "a/0.png" else decode(file, name),
        )
        assert [item.reason for item in open_data(folder).ledger.refusals] == [reason]
    assert bool(list_entries(cache)) == kept
    assert open_data(folder).ledger.refused == kept


def test_a_missing_file_is_found_when_it_comes_back(folder: Path, tmp_path: Path, decodings: list[str]) -> None:
    (tmp_path / "t.csv").write_text("path,label\n" + "".join(f"p/{k}/{i}.png,{k}\n" for k in "ab" for i in range(4)))
    (folder / "a/0.png").rename(tmp_path / "away.png")
    assert [item.reason for item in open_data(tmp_path / "t.csv").ledger.refusals] == ["is missing"]
    (tmp_path / "away.png").rename(folder / "a/0.png")
    assert open_data(tmp_path / "t.csv").ledger.used == 8


def test_labels_and_seed_are_not_cached(folder: Path, decodings: list[str]) -> None:
    assert open_data(folder, seed=0).splits.tolist() != open_data(folder, seed=5).splits.tolist()
    assert open_data(folder, seed=5).seed == 5
    assert len(decodings) == 8


@pytest.mark.parametrize("file", ["inputs.npy", "table.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "empty"])
def test_damaged_entries_are_rebuilt(file: str, damage: str, folder: Path, cache: Path, decodings: list[str]) -> None:
    expected = open_data(folder)
    pixels = np.array(expected.inputs)
    (entry,) = cache.iterdir()
    content = bytearray((entry / file).read_bytes())
    content[-20] ^= 1
    bad = {"flip": content, "cut": content[:-7], "empty": b""}
    (entry / file).unlink()
    if damage != "remove":
        (entry / file).write_bytes(bad[damage])
    again = open_data(folder)
    assert (np.array(again.inputs) == pixels).all()
    assert again.ledger == expected.ledger
    assert len(decodings) == 16
    open_data(folder)
    assert len(decodings) == 16


def test_full_disk_is_said_once(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    assert len(open_data(folder).names) == 8
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "No space left on device" in said.err
    assert said.out == ""
    assert list(cache.iterdir()) == []


def test_no_permission_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file stands where the cache should be."""
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "taken"))
    assert len(open_data(folder).names) == 8
    assert "not kept" in capsys.readouterr().err


def test_oldest_entries_go(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE_LIMIT", "5KB")
    open_data(folder, size=9)
    (first,) = cache.iterdir()
    os.utime(first, (1, 1))
    open_data(folder, size=10)
    (second,) = set(cache.iterdir()) - {first} or cache.iterdir()
    open_data(folder, size=20)
    left = set(cache.iterdir())
    assert first not in left
    assert sum(path.stat().st_size for entry in left for path in entry.iterdir()) <= 8000
    assert open_data(folder, size=20).inputs.shape[2:] == (20, 20)
    assert second.parent == cache


def test_half_written_entries_of_yesterday_go(folder: Path, cache: Path) -> None:
    old, new = cache / "draft-old", cache / "draft-new"
    old.mkdir(parents=True)
    new.mkdir()
    os.utime(old, (1, 1))
    open_data(folder)
    assert not old.exists()
    assert new.exists()
