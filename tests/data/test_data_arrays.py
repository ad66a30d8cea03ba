"""Arrays in files and in memory: layouts, ranges and names by rule, and never a pickle."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from striate.data.decode.pixels import put_channels_first, reduce_16_bits
from striate.data.open import open_data
from striate.data.sources import arrays as arrays_module
from striate.errors import DataError

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (12, 8, 9), dtype=np.uint8)
LABELS = np.arange(12) % 2


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((12, 8, 9), (12, 1, 8, 9)),
        ((12, 8, 9, 1), (12, 1, 8, 9)),
        ((12, 8, 9, 3), (12, 3, 8, 9)),
        ((12, 3, 8, 9), (12, 3, 8, 9)),
        ((12, 8, 9, 4), (12, 3, 8, 9)),
    ],
)
def test_layouts(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    pictures = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    catalogue = open_data((pictures, LABELS))
    assert catalogue.inputs.shape == expected
    if shape[-1] == 3:
        assert (catalogue.inputs == pictures.transpose(0, 3, 1, 2)).all()


@pytest.mark.parametrize("shape", [(12, 72), (12, 3, 8, 3), (12, 8, 9, 5), (12, 2, 3, 8, 8), (12,)])
def test_ambiguous_layouts_are_errors(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError):
        open_data((np.zeros(shape, np.uint8), LABELS))
    if len(shape) > 3:
        with pytest.raises(DataError, match="only one axis"):
            put_channels_first(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    ("values", "expected", "said"),
    [
        (np.array([0, 7, 255], np.uint8), [0, 7, 255], None),
        (np.array([False, True, True]), [0, 255, 255], "bool values"),
        (np.array([0, 0.5, 1], np.float32), [0, 128, 255], "scaled by 255"),
        (np.array([-1, 0, 1], np.float64), [0, 128, 255], r"moved from [-1, 1]"),
        (np.array([-1, 1, 1], np.int8), [0, 255, 255], r"moved from [-1, 1]"),
        (np.array([0, 7.4, 255], np.float32), [0, 7, 255], "rounded to 8 bits"),
        (np.array([0, 7, 255], np.int64), [0, 7, 255], "rounded to 8 bits"),
        (np.array([0, 7, 255], np.uint16), [0, 7, 255], "rounded to 8 bits"),
        (np.array([0, 257, 65535], np.uint16), [0, 1, 255], "uint16 values from 0 to 65535 divided by 257"),
        (np.array([0, 0.5, 1], np.float16), [0, 128, 255], "scaled by 255"),
    ],
)
def test_ranges(values: np.ndarray, expected: list[int], said: str | None) -> None:
    pictures = np.zeros((12, 3, 9), values.dtype)
    pictures[:, 0, :3] = values
    pictures[:, 1, :8] = np.unpackbits(np.arange(12, dtype=np.uint8)[:, None], axis=1) * values[2]  # all different
    catalogue = open_data((pictures, LABELS))
    assert catalogue.inputs[0, 0, 0, :3].tolist() == expected
    whats = [item.what for item in catalogue.ledger.notices if item.count == 12]
    assert any(said in what for what in whats) if said else not [what for what in whats if "values" in what]


@pytest.mark.parametrize("values", [np.float32([-2, 2]), np.float32([0, 300]), np.int32([0, 70000]), np.int32([-5, 9])])
def test_unknown_ranges_are_errors(values: np.ndarray) -> None:
    pictures = np.zeros((12, 8, 8), values.dtype)
    pictures[0, 0, :2] = values
    with pytest.raises(DataError, match="pixel values lie in"):
        open_data((pictures, LABELS))


def test_16_bits_round_to_the_nearest() -> None:
    values = np.arange(65536, dtype=np.uint16)
    assert (reduce_16_bits(values) == np.rint(values / 257)).all()


def test_pictures_with_nan_are_refused_by_name() -> None:
    pictures = PICTURES / 255
    pictures[3, 0, 0], pictures[5, 1, 1] = np.nan, np.inf
    catalogue = open_data((pictures, LABELS))
    assert [item.name for item in catalogue.ledger.refusals] == ["images[3]", "images[5]"]
    assert (catalogue.ledger.found, catalogue.ledger.used) == (12, 10)
    assert "images[3]" not in catalogue.names


FORMS: list[Any] = [
    (PICTURES, LABELS),
    (PICTURES.tolist(), LABELS.tolist()),
    {"images": PICTURES, "labels": LABELS},
    {"X": PICTURES, "y": LABELS[:, None]},
    {"data": PICTURES, "target": LABELS.astype(float)},
    {"x_train": PICTURES[:8], "y_train": LABELS[:8], "x_test": PICTURES[8:], "y_test": LABELS[8:]},
]


@pytest.mark.parametrize("source", FORMS)
def test_in_memory(source: Any) -> None:
    catalogue = open_data(source)
    assert (catalogue.inputs[:, 0] == PICTURES).all()
    assert (catalogue.targets == LABELS).all()
    assert catalogue.classes == ("0", "1")


def test_pictures_with_labels_beside() -> None:
    names = np.array(["cat", "ant"])[LABELS]
    catalogue = open_data(PICTURES, labels=names)
    assert catalogue.classes == ("ant", "cat")
    assert [catalogue.classes[i] for i in catalogue.targets] == names.tolist()


def test_npz(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez_compressed(file, x_train=PICTURES, y_train=LABELS, X_TEST=PICTURES[:4], y_test=LABELS[:4])
    catalogue = open_data(file)
    assert (catalogue.splits == "test").sum() == 4
    assert catalogue.names[0] == "x_train[0]"
    assert [item.count for item in catalogue.ledger.notices if "another given split" in item.what] == [
        4 + sum(split == "validation" for split in catalogue.splits[:4])
    ]
    assert open_data(tmp_path).fingerprint == catalogue.fingerprint


def test_npz_by_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", scans=PICTURES, kinds=LABELS)
    assert len(open_data(tmp_path / "a.npz", images="scans", labels="kinds").names) == 12
    with pytest.raises(DataError, match="did you mean scans"):
        open_data(tmp_path / "a.npz", images="scan", labels="kinds")


def test_npy_pair(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", PICTURES)
    np.save(tmp_path / "labels.npy", LABELS)
    assert (open_data(tmp_path).inputs[:, 0] == PICTURES).all()
    with pytest.raises(DataError, match=r"images.npy and labels.npy into a folder"):
        open_data(tmp_path / "images.npy")
    (tmp_path / "labels.npy").write_bytes((tmp_path / "labels.npy").read_bytes()[:-3])
    with pytest.raises(DataError, match=r"labels\.npy"):
        open_data(tmp_path)


class Trap:
    """Code that a pickle would run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path("trap sprung").touch, ())


def test_objects_are_never_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez(tmp_path / "a.npz", images=np.array([Trap()] * 3, object), labels=np.arange(3))
    with pytest.raises(DataError, match="no Python objects"):
        open_data(tmp_path / "a.npz")
    assert not (tmp_path / "trap sprung").exists()


def npy(kind: str, shape: tuple[int, ...], values: bytes = b"") -> bytes:
    """Write an .npy file by hand, whatever its header claims."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": kind, "fortran_order": False, "shape": shape})
    return stream.getvalue() + values


TALL_TALES = [
    (npy("|u1", (99_000_000, 1000, 1000)), "takes 99,000,000,000,"),
    (npy("<f8", (2, 8, 9), bytes(1151)), "there are "),
    (npy("<f8", (1 << 70, 8, 9)), "takes "),
    (npy("|u1", (1 << 70, 0, 9)), r"a\.npz|images"),
    (npy("|u1", (1 << 40, 0, 9)), "height and width"),
    (npy("|u1", (-1, -8, 9), bytes(72)), r"shape \(-1, -8, 9\)"),
    (npy("|V0", (1 << 62, 8, 9)), r"a\.npz|images"),
    (npy("|O", (1 << 62, 8, 9)), "no Python objects"),
    (b"\x93NUMPY\x01\x00\x20\x1f" + b"-" * 7967 + b"1", r"a\.npz|images"),
    (b"\x93NUMPY\x01\x00", r"a\.npz|images"),
    (b"PK\5\6" + bytes(18), r"a\.npz|images"),
]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("content", "message"), TALL_TALES)
def test_absurd_headers_are_errors(content: bytes, message: str, packed: bool, tmp_path: Path) -> None:
    """No memory is taken that the file cannot fill."""
    if packed:
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            archive.writestr("images.npy", content)
            archive.writestr("labels.npy", npy("|u1", (1,), b"1"))
    else:
        (tmp_path / "images.npy").write_bytes(content)
        (tmp_path / "labels.npy").write_bytes(npy("|u1", (1,), b"1"))
    with pytest.raises(DataError, match=message):
        open_data(tmp_path)


def test_a_packed_array_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "a.npz", images=PICTURES, labels=LABELS)
    monkeypatch.setattr(arrays_module, "MAX_BYTES", 500)
    with pytest.raises(DataError, match=r"images\.npy declares 992 bytes, over the limit of 500"):
        open_data(tmp_path / "a.npz")


def test_only_wanted_arrays_are_read(tmp_path: Path) -> None:
    """A third array, which is damaged, is none of our business."""
    np.savez(tmp_path / "a.npz", images=PICTURES, labels=LABELS)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("more.npy", npy("|u1", (99_000_000, 1000, 1000)))
    assert len(open_data(tmp_path / "a.npz").names) == 12


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_no_damage_escapes(ending: str, tmp_path: Path) -> None:
    """Whatever bytes change: arrays or a DataError."""
    random = np.random.default_rng(len(ending))
    np.save(tmp_path / "images.npy", PICTURES)
    np.save(tmp_path / "labels.npy", LABELS)
    if ending == "npz":
        np.savez_compressed(tmp_path / "images.npz", images=PICTURES[:, :2, :2], labels=LABELS)
        (tmp_path / "labels.npy").unlink()
        (tmp_path / "images.npy").unlink()
    file = tmp_path / f"images.{ending}"
    whole = np.frombuffer(file.read_bytes(), np.uint8)
    outcomes = set()
    for i in range(150):
        content = whole.copy()
        places = random.integers(0, min(len(content), (90, 10_000)[i % 2]), 3)
        content[places] = random.integers(0, 256, 3)
        file.write_bytes(content.tobytes())
        try:
            open_data(tmp_path)
            outcomes.add("read")
        except DataError:
            outcomes.add("refused")
    assert "refused" in outcomes


@pytest.mark.parametrize("cut", [0, 4, 30, 200, -40])
def test_damaged_npz(cut: int, tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", images=PICTURES, labels=LABELS)
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:cut])
    with pytest.raises(DataError, match=r"a\.npz"):
        open_data(tmp_path / "a.npz")


def test_flipped_npz(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", images=PICTURES, labels=LABELS)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[len(content) // 3] ^= 255
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz"):
        open_data(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("source", "labels", "message"),
    [
        ({"photos": PICTURES, "labels": LABELS}, None, "with photos, labels"),
        ({}, None, "with nothing"),
        ((PICTURES, LABELS[:5]), None, "same N"),
        ((PICTURES, np.eye(2)[LABELS]), None, "single 1 in every row.*argmax"),
        ((PICTURES, LABELS + 1j), None, "whole numbers or text"),
        ((PICTURES, (LABELS + 0x110000).astype(np.uint32).view("<U1")), None, r"Unicode, got U\+110001"),
        ((PICTURES[:, :0], LABELS), None, "height and width"),
        ((PICTURES[:0], LABELS[:0]), None, "at least one"),
        ((PICTURES, LABELS * 0), None, "at least two classes"),
        ((PICTURES.astype(complex), LABELS), None, "pictures are numbers"),
        (PICTURES, None, "arrays in memory are"),
        ("nowhere", LABELS, "names a column"),
    ],
)
def test_faulty_arrays_are_errors(source: Any, labels: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        open_data(source, labels=labels)


def test_labels_of_text_can_be_written() -> None:
    """As os.listdir gives the name of a folder that is no UTF-8."""
    names = np.array([b"caf\xe9".decode("utf-8", "surrogateescape"), "bar"])[LABELS]
    assert open_data((PICTURES, names)).classes == ("bar", r"caf\xe9")
