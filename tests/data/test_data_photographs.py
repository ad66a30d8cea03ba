"""A folder of photographs with every fault planted: the ledger balances and names each fault."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from photographs import ALSO, SOUND, STATED, SUBJECTS, TURNED, deep_colour, png
from PIL import Image

from striate.data.catalogue import Catalogue
from striate.data.decode.fit import fit
from striate.data.decode.picture import Header, Picture, decode, read_header
from striate.data.decode.quiet import quiet
from striate.data.listing import SPLITS, show_name
from striate.data.open import open_data
from striate.errors import DataError, UsageError
from striate.records import Refusal, from_json, to_json
from striate.records.data import DataSummary


def test_ledger_balances(photographs: Catalogue, planted: tuple[Path, dict[str, str]]) -> None:
    folder, refused = planted
    ledger = photographs.ledger
    there = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    on_disk = {show_name(path.relative_to(folder).as_posix()) for path in there}
    counted = {name for name in on_disk if name not in (".DS_Store", "cat/Thumbs.db", "cat/circle")}
    assert ledger.found == len(counted) == ledger.used + ledger.refused
    assert {refusal.name for refusal in ledger.refusals} == set(refused)
    assert set(photographs.names) == counted - set(refused)
    assert ledger.used == len(photographs.names) == SOUND * len(SUBJECTS) + len(STATED) + len(ALSO)
    assert ledger.used >= 200 and ledger.refused >= 15


def test_each_refusal_has_its_reason(photographs: Catalogue, planted: tuple[Path, dict[str, str]]) -> None:
    reasons = {refusal.name: refusal.reason for refusal in photographs.ledger.refusals}
    assert {name: part for name, part in planted[1].items() if part not in reasons[name]} == {}


@pytest.mark.parametrize(("name", "fact"), STATED.items())
def test_each_oddity_is_stated(name: str, fact: str, photographs: Catalogue) -> None:
    assert [item for item in photographs.ledger.notices if fact in item.what and name in item.names]


def test_turned_pictures_are_counted(photographs: Catalogue) -> None:
    turned = [item.count for item in photographs.ledger.notices if item.what == "EXIF orientation applied"]
    assert turned == [len(TURNED)]  # of which orientation 1 was upright already; and cat/turned.jpg


def test_what_is_passed_over_is_stated(photographs: Catalogue) -> None:
    said = {item.what: item.names for item in photographs.ledger.notices}
    assert said["hidden files passed over, not counted as found"] == (".DS_Store", "cat/Thumbs.db")
    assert said["folders linked a second time, read once"] == ("cat/circle",)
    assert said["class folders without any file, left out"] == ("empty class",)


def test_pictures_are_one_size_and_split(photographs: Catalogue) -> None:
    assert photographs.inputs.shape[1:] == (3, 64, 64)
    assert photographs.inputs.dtype == np.uint8
    assert photographs.classes == ("astronaut", "cat", "coffee")
    for split in SPLITS:
        selection = photographs.select(split)
        assert len(selection.inputs) == len(selection.targets) == len(selection.indices)
        assert set(selection.targets.tolist()) == {0, 1, 2}
    with pytest.raises(UsageError, match="validation"):
        photographs.select("validate")


def test_equal_pictures_share_a_split(photographs: Catalogue) -> None:
    places = [photographs.names.index(name) for name in ("astronaut/001.png", "astronaut/again.png")]
    assert photographs.digests[places[0]] == photographs.digests[places[1]]
    assert photographs.splits[places[0]] == photographs.splits[places[1]]


def test_summary_is_a_record(photographs: Catalogue) -> None:
    summary = photographs.summary()
    assert from_json(DataSummary, to_json(summary)) == summary
    assert sum(sum(counts.values()) for counts in summary.counts.values()) == photographs.ledger.used
    assert summary.original_sizes[0][0] * summary.original_sizes[0][1] <= np.prod(summary.original_sizes[2])


def test_csv_holds_every_example(photographs: Catalogue, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.csv"
    photographs.write_csv(file)
    with file.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert ",".join(header) == "name,class,objects,split,height,width,digest,status,reason"
    assert len(rows) == photographs.ledger.found
    assert sum(row[7] == "refused" for row in rows) == photographs.ledger.refused
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == ["catalogue.csv"]


def test_csv_is_all_or_nothing(photographs: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "catalogue.csv").write_text("old")

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        photographs.write_csv(tmp_path / "catalogue.csv")
    assert (tmp_path / "catalogue.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["catalogue.csv"]


def pixels(file: Path) -> np.ndarray:
    with quiet():
        picture = decode(file, "it")
    assert isinstance(picture, Picture), picture
    return picture.pixels


def test_exif_turns_the_picture(tmp_path: Path) -> None:
    """Each of the eight orientations brings the same scene upright, in JPEG, PNG and TIFF."""
    upright = np.zeros((24, 40), np.uint8)
    upright[:8, :16] = 200
    upright[16:, 32:] = 90
    stored = {1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.T}
    stored |= {6: np.rot90(upright), 7: np.rot90(upright, 2).T, 8: np.rot90(upright, -1)}
    for orientation, values in stored.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        for ending in ("jpg", "png", "tif"):
            file = tmp_path / f"{orientation}.{ending}"
            Image.fromarray(np.ascontiguousarray(values)).save(file, exif=exif)
            assert np.abs(pixels(file)[0].astype(int) - upright).max() <= 8, file.name
            header = read_header(file, "it")
            assert isinstance(header, Header)
            assert sorted(header.size) == [24, 40]


def test_16_bits_keep_their_range(tmp_path: Path) -> None:
    values = np.array([[0, 256, 257], [32768, 65534, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    assert pixels(tmp_path / "deep.png")[0].tolist() == np.rint(values / 257).astype(int).tolist()


def test_alpha_is_drawn_over_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[10, 20, 30, 255], [10, 20, 30, 0]]], np.uint8)).save(tmp_path / "a.png")
    assert pixels(tmp_path / "a.png")[:, 0].T.tolist() == [[10, 20, 30], [255, 255, 255]]
    Image.fromarray(np.array([[[10, 255], [10, 0]]], np.uint8), mode=None).save(tmp_path / "la.png")
    assert pixels(tmp_path / "la.png").tolist() == [[[10, 255]]]


def test_16_bit_grey_with_alpha_is_grey(tmp_path: Path) -> None:
    rows = b"\0" + np.array([[65535, 65535], [0, 65535]], ">u2").tobytes()
    (tmp_path / "la.png").write_bytes(png(2, 1, depth=16, colour=4, rows=rows))
    assert pixels(tmp_path / "la.png").tolist() == [[[255, 0]]]
    (tmp_path / "rgb.png").write_bytes(deep_colour(4, 3))
    assert pixels(tmp_path / "rgb.png").shape == (3, 3, 4)


def test_no_warning_of_pillow_leaks(tmp_path: Path) -> None:
    """A picture between Pillow's warning and its limit: warned of by Pillow, decoded by us."""
    Image.new("1", (10_000, 9_000)).save(tmp_path / "large.png")
    assert pixels(tmp_path / "large.png").shape == (1, 9_000, 10_000)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(13, "Permission denied"), "cannot be read: permission denied"),
        (MemoryError(), "cannot be read: not enough memory"),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error"),
    ],
)
def test_unreadable_files_are_refused(
    error: Exception, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised by hand, since the tests may run as root, who may read everything."""
    Image.new("L", (4, 4)).save(tmp_path / "a.png")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", fail)
    assert decode(tmp_path / "a.png", "a.png") == Refusal(name="a.png", reason=reason)


def test_special_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")
    reasons = {"pipe.png": "no regular file", "loop.png": "cannot be read", "phone.jpg": "HEIC", "none.png": "missing"}
    for name, reason in reasons.items():
        refusal = decode(tmp_path / name, name)
        assert isinstance(refusal, Refusal)
        assert reason in refusal.reason


def save_classes(folder: Path, sizes: list[tuple[int, int]], mode: str = "L") -> None:
    """Write the same number of random pictures (width, height) of two classes."""
    random = np.random.default_rng(1)
    for label in ("a", "b"):
        (folder / label).mkdir(parents=True)
        for i, size in enumerate(sizes):
            values = random.integers(0, 256, (size[1], size[0]), dtype=np.uint8)
            Image.fromarray(values).convert(mode).save(folder / label / f"{i}.png")


@pytest.mark.parametrize(
    ("sizes", "asked", "expected"),
    [
        ([(20, 30)] * 3, None, (30, 20)),
        ([(128, 9)] * 3, None, (9, 128)),
        ([(129, 90)] * 3, None, (64, 64)),
        ([(20, 20), (20, 20), (20, 21)], None, (32, 32)),
        ([(60, 300)] * 2 + [(400, 60)], None, (48, 48)),
        ([(200, 300), (300, 200), (150, 150)], None, (96, 96)),
        ([(20, 30)] * 3, 16, (16, 16)),
        ([(20, 30)] * 3, (10, 12), (10, 12)),
    ],
)
def test_size_rule(
    sizes: list[tuple[int, int]],
    asked: int | tuple[int, int] | None,
    expected: tuple[int, int],
    tmp_path: Path,
) -> None:
    save_classes(tmp_path / "p", sizes)
    catalogue = open_data(tmp_path / "p", size=asked)
    assert catalogue.inputs.shape == (6, 1, *expected)
    letterboxed = [item for item in catalogue.ledger.notices if "letterboxed" in item.what]
    assert sum(item.count for item in letterboxed) == sum((height, width) != expected for width, height in sizes) * 2


@pytest.mark.parametrize("asked", [0, -1, 5000, (8, 0)])
def test_impossible_sizes_are_refused(asked: int | tuple[int, int], tmp_path: Path) -> None:
    save_classes(tmp_path / "p", [(8, 8)] * 3)
    with pytest.raises(UsageError, match="pixels"):
        open_data(tmp_path / "p", size=asked)


def test_damaged_pictures_do_not_choose_the_size(tmp_path: Path) -> None:
    """A cut-off colour photograph among grey 20x20 pictures: those stay grey and 20x20."""
    save_classes(tmp_path / "p", [(20, 20)] * 4)
    whole = tmp_path / "photo.jpg"
    Image.effect_noise((300, 300), 50).convert("RGB").save(whole)
    (tmp_path / "p/a/cut.jpg").write_bytes(whole.read_bytes()[:3000])
    catalogue = open_data(tmp_path / "p")
    assert catalogue.inputs.shape == (8, 1, 20, 20)
    assert catalogue.ledger.refused == 1


def test_pictures_are_the_files_pixels(tmp_path: Path) -> None:
    save_classes(tmp_path / "p", [(30, 20)] * 3)
    catalogue = open_data(tmp_path / "p", size=24)
    for name, picture, size in zip(catalogue.names, catalogue.inputs, catalogue.sizes, strict=True):
        values = np.asarray(Image.open(tmp_path / "p" / name))
        assert (picture == fit(values[None, None], (24, 24))[0]).all()
        assert size.tolist() == [20, 30]


def split_folders(folder: Path, *splits: str) -> None:
    for i, split in enumerate(splits):
        for label in ("a", "b"):
            (folder / split / label / "deep").mkdir(parents=True)
            for k in range(4):
                values = np.random.default_rng([i, k, ord(label)]).integers(0, 256, (8, 8), dtype=np.uint8)
                Image.fromarray(values).save(folder / split / label / "deep" / f"{k}.png")


@pytest.mark.parametrize(
    ("tops", "counts"),
    [
        (("train", "val", "test"), (8, 8, 8)),
        (("Training", "VALID", "Testing"), (8, 8, 8)),
        (("train", "test"), (6, 2, 8)),
        (("train", "validation"), (6, 8, 2)),
        (("train",), (4, 2, 2)),
    ],
)
def test_given_splits_are_kept(tops: tuple[str, ...], counts: tuple[int, int, int], tmp_path: Path) -> None:
    split_folders(tmp_path / "p", *tops)
    catalogue = open_data(tmp_path / "p")
    assert catalogue.classes == ("a", "b")
    assert tuple((catalogue.splits == name).sum() for name in SPLITS) == counts
    assert "as given" in catalogue.split_rule


def test_folders_beside_splits_are_refused(tmp_path: Path) -> None:
    split_folders(tmp_path / "p", "train", "test")
    (tmp_path / "p/docs/img").mkdir(parents=True)
    Image.new("L", (8, 8)).save(tmp_path / "p/docs/img/logo.png")
    Image.new("L", (8, 8)).save(tmp_path / "p/test/unlabelled.png")
    catalogue = open_data(tmp_path / "p")
    assert catalogue.classes == ("a", "b")
    assert [item.name for item in catalogue.ledger.refusals] == ["docs/img/logo.png", "test/unlabelled.png"]


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    save_classes(tmp_path / "p", [(8, 8)] * 3)
    (tmp_path / "p/a").rename(tmp_path / "p/train")
    assert open_data(tmp_path / "p").classes == ("b", "train")


@pytest.mark.parametrize(
    ("sizes", "spoil", "message"),
    [
        ([], "", "an empty folder"),
        ([(8, 8)] * 3, "one class", "at least two classes are needed, got 1: a"),
        ([(8, 8)] * 2, "", "at least 3 different usable pictures to learn from .*a: 2, b: 2"),
        ([(8, 8)] * 3, "one left", "got a: 1;"),
        ([(8, 8)] * 3, "loose", "3 files, none of them in a class folder"),
        ([(8, 8)] * 3, "broken", "half of the files must be readable.*6 of 6"),
        ([(8, 8)] * 3, "text", "a: 0, b: 0"),
    ],
)
def test_poor_folders_are_errors(sizes: list[tuple[int, int]], spoil: str, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    save_classes(folder, sizes)
    files = sorted(folder.rglob("*.png"))
    if spoil == "one class":
        [file.unlink() for file in files[3:]]
    if spoil == "one left":
        [file.unlink() for file in files[1:3]]
    if spoil == "loose":
        folder = folder / "a"
    for file in files if spoil in ("broken", "text") else ():
        file.write_bytes(file.read_bytes()[:60] if spoil == "broken" else b"text")
    with pytest.raises(DataError, match=message) as caught:
        open_data(folder)
    assert caught.value.fix


def test_names_of_columns_need_columns(tmp_path: Path) -> None:
    """What was asked for is never ignored."""
    save_classes(tmp_path / "p", [(8, 8)] * 3)
    for asked in ({"labels": "kind"}, {"images": "where"}):
        with pytest.raises(DataError, match="name columns"):
            open_data(tmp_path / "p", **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "bmp", "webp", "ppm"])
def test_no_damage_escapes(ending: str, tmp_path: Path) -> None:
    """Whatever bytes change: a picture or a refusal, never an exception, never a warning."""
    random = np.random.default_rng(len(ending))
    file = tmp_path / f"a.{ending}"
    Image.effect_noise((30, 20), 60).convert("RGB").save(file)
    whole = np.frombuffer(file.read_bytes(), np.uint8)
    outcomes = set()
    for i in range(40):
        content = whole[: random.integers(1, len(whole)) if i % 2 else None].copy()
        places = random.integers(0, min(len(content), 80 if i % 4 else len(content)), 4)
        content[places] = random.integers(0, 256, 4)
        file.write_bytes(content.tobytes())
        with quiet():
            outcomes |= {type(decode(file, "it")), type(read_header(file, "it"))}
    assert Refusal in outcomes
    assert outcomes <= {Refusal, Picture, Header}


def test_missing_sources_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="data must exist"):
        open_data(tmp_path / "nowhere")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(DataError, match="a folder of class folders"):
        open_data(tmp_path / "a.pdf")


def test_exif_behind_the_pixels_counts(tmp_path: Path) -> None:
    """A PNG may carry its EXIF after the pixels."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3)).save(tmp_path / "a.png", exif=exif)
    content = (tmp_path / "a.png").read_bytes()
    start, end = content.index(b"eXIf") - 4, content.index(b"IDAT") - 4
    tail = content.index(b"IEND") - 4
    (tmp_path / "a.png").write_bytes(content[:start] + content[end:tail] + content[start:end] + content[tail:])
    assert pixels(tmp_path / "a.png").tolist() == [[[3, 0], [4, 1], [5, 2]]]
