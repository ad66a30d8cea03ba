"""The door: which format a place is of, by content; folders in every layout; what is ambiguous or unknown is said."""

import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from striate.data.catalogue import assemble
from striate.data.decode.table import decode_listing
from striate.data.listing import split_role
from striate.data.open import open_data
from striate.data.place import Place
from striate.data.sources import folders, table
from striate.data.sources.class_folders import list_class_folders, match_class_folders
from striate.data.sources.source import Asked, Match
from striate.errors import DataError, UsageError
from striate.records import Refusal


def save(file: Path, seed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)).save(file, format="PNG")


def plant(root: Path, form: str, splits: tuple[str, ...] = ("",), classes: str = "ab", n: int = 4) -> Path:
    """Save pictures at root/`form`, which names {split}, {label} and {i}."""
    for s, split in enumerate(splits):
        for label in classes:
            for i in range(n):
                save(root / form.format(split=split, label=label, i=i), 1000 * s + 100 * ord(label) + i)
    return root


@pytest.mark.parametrize(
    ("word", "role"),
    [
        *(
            (word, "train")
            for word in ("train", "Train", "TRAINING", "training_set", "train_data", "train2017", "trainset")
        ),
        *((word, "train") for word in ("train-images", "Training Data", "trn", "01 train".removeprefix("01 "))),
        *(
            (word, "validation")
            for word in ("val", "Valid", "validation", "dev", "dev-set", "val2014", "validation_split")
        ),
        *(
            (word, "test")
            for word in ("test", "Testing", "eval", "holdout", "hold_out", "held-out", "test_images", "TEST")
        ),
        *(
            (word, "")
            for word in ("", "cat", "trains", "tests", "contest", "deval", "train_station", "data", "set", "1999")
        ),
    ],
)
def test_split_words(word: str, role: str) -> None:
    assert split_role(word) == role


@pytest.mark.parametrize(
    ("form", "splits", "expected"),
    [
        ("{label}/{i}.png", ("",), {"train", "validation", "test"}),
        ("{split}/{label}/{i}.png", ("Training_Set", "test_data"), {"train", "validation", "test"}),
        ("{split}/{label}/deep/{i}.png", ("train", "dev", "holdout"), {"train", "validation", "test"}),
        ("{label}/{split}/{i}.png", ("train", "Test"), {"train", "validation", "test"}),
        ("{label}/{split}/{i}.png", ("front", "back"), {"train", "validation", "test"}),
    ],
)
def test_layouts(form: str, splits: tuple[str, ...], expected: set[str], tmp_path: Path) -> None:
    catalogue = open_data(plant(tmp_path / "d", form, splits))
    assert catalogue.format == "folders"
    assert catalogue.classes == ("a", "b")
    assert set(catalogue.splits.tolist()) == expected
    if splits != ("",) and "front" not in splits:
        for name, split in zip(catalogue.names, catalogue.splits, strict=True):
            given = next(role for part in name.split("/") if (role := split_role(part)))
            assert split == given or given == "train"


def test_split_folders_without_class_folders_are_no_classes(tmp_path: Path) -> None:
    plant(tmp_path / "d", "{split}/{label}{i}.png", ("train", "test"))
    with pytest.raises(DataError, match=r"16 files \(16 \.png\).*sort the pictures into folders"):
        open_data(tmp_path / "d")


def test_pictures_are_told_by_content_where_names_do_not_tell(tmp_path: Path) -> None:
    assert open_data(plant(tmp_path / "d", "{label}/{i}")).ledger.used == 8
    for label in "ab":
        (tmp_path / "e" / label).mkdir(parents=True)
        (tmp_path / "e" / label / "0").write_bytes(b"\x01\x02no picture")
    with pytest.raises(DataError, match=r"2 files \(2 no ending\); the first, a/0, starts with b'.x01.x02no picture'"):
        open_data(tmp_path / "e")


@pytest.mark.parametrize(("ending", "modality"), [("wav", "audio"), ("mp4", "clip"), ("txt", "text"), ("jpg", "image")])
def test_class_folders_of_any_content(ending: str, modality: Any, tmp_path: Path) -> None:
    """What the source of another kind of content asks for; pictures are no match for it, and the other way round."""
    for name in ("train/a/0", "train/b/x/1", "test/a/2", "test/3", ".hidden"):
        file = tmp_path / f"{name}.{ending}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    (tmp_path / "train/a/cover.png").write_bytes(b"x")
    place = Place(tmp_path)
    assert (folders.recognise(place) is not None) == (modality == "image")
    match = match_class_folders(place, modality)
    assert match is not None and not match.certain and "a, b" in match.why
    listing = list_class_folders(place, Asked(), format="sounds", modality=modality)
    assert (listing.modality, listing.format, listing.classes) == (modality, "sounds", ("a", "b"))
    assert listing.splits.tolist() == ["test", "train", "train", "train"]
    assert [item.name for item in listing.refusals] == [f"test/3.{ending}"]
    assert listing.found == 5


def test_folders_that_hold_something_else_are_no_classes(tmp_path: Path) -> None:
    """As in a set of boxes: most files are pictures, most folders hold none."""
    plant(tmp_path, "pictures/{label}{i}.png")
    for name in ("notes", "lists"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.xml").write_text("<a/>")
    assert folders.recognise(Place(tmp_path)) is None


def test_nothing_is_dropped_in_silence(tmp_path: Path) -> None:
    """Whoever writes a source or a decoder: the balance is checked."""
    listing = list_class_folders(Place(plant(tmp_path, "{label}/{i}.png")), Asked(), format="it")
    decoded = decode_listing(listing, size=None, like=None)
    assert assemble(listing, decoded).ledger.used == 8
    for wrong in (replace(listing, found=9), replace(listing, refusals=(Refusal(name="x", reason="y"),))):
        with pytest.raises(DataError, match=r"of format it: [89] found, 8 used, [01] refused"):
            assemble(wrong, decoded)


def test_formats_of_arrays_in_memory() -> None:
    pictures, labels = np.arange(8, dtype=np.uint8).repeat(64).reshape(8, 8, 8), [0, 1] * 4
    assert open_data((pictures, labels), format="arrays").ledger.used == 8
    with pytest.raises(UsageError, match="one of arrays, got 'csv'"):
        open_data((pictures, labels), format="csv")


def source(name: str, certain: bool) -> Any:
    return types.SimpleNamespace(
        FORMAT=name, recognise=lambda _: Match(why=f"signs of {name}", certain=certain), read=lambda *_: name
    )


@pytest.mark.parametrize(
    ("sources", "outcome"),
    [
        ([("one", False), ("two", True)], "two"),
        ([("one", True)], "one"),
        ([("one", False)], "one"),
        ([("one", True), ("two", True), ("three", False)], "signs of one .one.; and signs of two .two.; say which"),
        ([("one", False), ("two", False)], "--format one or --format two"),
        ([], "data is .*starting with b'hello'"),
    ],
)
def test_certain_formats_beat_plausible_ones(
    sources: list[tuple[str, bool]], outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "it").write_text("hello")
    monkeypatch.setattr(table, "SOURCES", tuple((source(*one), one[0]) for one in sources))
    if outcome in ("one", "two"):
        assert table.read_place(Place(tmp_path / "it"), Asked()) == outcome
        return
    with pytest.raises(DataError, match=outcome):
        table.read_place(Place(tmp_path / "it"), Asked())


def test_a_named_format_overrules(tmp_path: Path) -> None:
    plant(tmp_path / "d", "{label}/{i}.png")
    assert open_data(tmp_path / "d", format="folders").format == "folders"
    with pytest.raises(UsageError, match="did you mean folders"):
        open_data(tmp_path / "d", format="folder")
    with pytest.raises(DataError, match="IDX files"):
        open_data(tmp_path / "d", format="idx")


@pytest.mark.parametrize("task", ["detection", "multilabel", "regression"])
def test_a_task_that_the_data_does_not_hold(task: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"for classification, asked for {task}"):
        open_data(plant(tmp_path / "d", "{label}/{i}.png"), task=task)


def test_names_that_look_alike_are_reported(tmp_path: Path) -> None:
    names = ("cat", "Cat", "c at", "caf\u00e9", "cafe\u0301", "dog")
    for k, name in enumerate(names):
        for i in range(3):
            save(tmp_path / "d" / name / f"{i}.png", 10 * k + i)
    catalogue = open_data(tmp_path / "d")
    assert len(catalogue.classes) == 6
    said = [item for item in catalogue.ledger.notices if "differ only in case or spaces" in item.what]
    assert [set(item.names) for item in said] == [{repr(name) for name in names[:5]}]


def test_what_is_of_no_format_is_described(tmp_path: Path) -> None:
    for i in range(3):
        (tmp_path / f"{i}.xyz").write_bytes(b"\x01\x02 strange")
    (tmp_path / "readme").write_text("hello")
    with pytest.raises(
        DataError, match=r"4 files.*\(3 \.xyz, 1 no ending\); the first, 0\.xyz, starts with b'\\x01"
    ) as caught:
        open_data(tmp_path)
    assert "a folder of class folders" in caught.value.rule


def test_folders_may_be_deeper_than_recursion(tmp_path: Path) -> None:
    plant(tmp_path / "d", "{label}/{i}.png")
    deep = tmp_path / "d/a"
    for _ in range(1200):
        deep = deep / "x"
        deep.mkdir()
    assert open_data(tmp_path / "d").ledger.used == 8
