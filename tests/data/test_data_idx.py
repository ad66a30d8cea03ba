"""IDX files: what MNIST publishes opens, what is damaged in any way is one clear error."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from striate.data.open import open_data
from striate.data.sources.idx import read_idx
from striate.errors import DataError

TRAIN, TEST = 40, 10


def idx(values: np.ndarray) -> bytes:
    codes = {"uint8": 0x08, "int32": 0x0C, "float32": 0x0D}
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, codes[values.dtype.name], values.ndim, *values.shape)
    return header + values.astype(values.dtype.newbyteorder(">")).tobytes()


def contents() -> dict[str, bytes]:
    random = np.random.default_rng(0)
    files = {}
    for word, n in (("train", TRAIN), ("t10k", TEST)):
        files[f"{word}-images-idx3-ubyte"] = idx(random.integers(0, 256, (n, 6, 5), dtype=np.uint8))
        files[f"{word}-labels-idx1-ubyte"] = idx((np.arange(n) % 3).astype(np.uint8))
    return files


def write(folder: Path, files: dict[str, bytes], *, packed: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(content, 1) if packed else content)
    return folder


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    "style", ["{}-images-idx3-ubyte", "{}-images.idx3-ubyte", "emnist-letters-{}-images-idx3-ubyte"]
)
def test_published_forms(packed: bool, style: str, tmp_path: Path) -> None:
    def rename(name: str) -> str:
        word, kind, number, _ = name.split("-")
        return style.format(word).replace("images", kind).replace("idx3", number)

    named = {rename(name): content for name, content in contents().items()}
    catalogue = open_data(write(tmp_path / "d", named, packed=packed))
    assert catalogue.format == "idx"
    assert catalogue.classes == ("0", "1", "2")
    assert catalogue.inputs.shape == (TRAIN + TEST, 1, 6, 5)
    assert (catalogue.splits == "test").sum() == TEST
    assert (catalogue.splits == "validation").sum() == 6
    expected = np.random.default_rng(0).integers(0, 256, (TRAIN, 6, 5), dtype=np.uint8)
    order = {name: i for i, name in enumerate(catalogue.names)}
    first = style.format("train") + ".gz" * packed + "[7]"
    assert (catalogue.inputs[order[first], 0] == expected[7]).all()
    assert catalogue.targets[order[first]] == 7 % 3


def test_unpacked_copies_are_preferred(tmp_path: Path) -> None:
    write(tmp_path / "d", contents())
    catalogue = open_data(write(tmp_path / "d", contents(), packed=False))
    assert catalogue.ledger.found == TRAIN + TEST
    assert [item.count for item in catalogue.ledger.notices if "unpacked copies" in item.what] == [2]


def test_one_pair_is_split(tmp_path: Path) -> None:
    files = {name.removeprefix("train-"): body for name, body in contents().items() if "train" in name}
    assert "given" not in open_data(write(tmp_path / "d", files)).split_rule


def test_class_names_beside(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", contents())
    (folder / "classes.txt").write_text("shirt\ndress\nbag\nnever seen\n")
    catalogue = open_data(folder)
    assert catalogue.classes == ("shirt", "dress", "bag")
    (folder / "classes.txt").write_text("shirt\ndress\n")
    with pytest.raises(DataError, match=r"one line a label.*2 lines for labels up to 2"):
        open_data(folder)


def broken(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Damage a file below the compression."""
    return lambda folder: (folder / name).write_bytes(
        gzip.compress(change(gzip.decompress((folder / name).read_bytes())))
    )


def raw(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Damage the compressed file itself."""
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (broken(IMAGES, lambda b: b"\x01" + b[1:]), "starts with 0, 0, type.*01 00 08 03"),
        (broken(IMAGES, lambda b: b[:2] + b"\x07" + b[3:]), "starts with 0, 0, type"),
        (broken(IMAGES, lambda b: b"PK\x03\x04" + b[4:]), "starts with 0, 0, type"),
        (broken(IMAGES, lambda b: b""), "starting with nothing"),
        (broken(IMAGES, lambda b: b[:9]), "as many bytes as its header declares"),
        (broken(IMAGES, lambda b: b[:-1]), "as many bytes.*1,199 of 1,200"),
        (broken(IMAGES, lambda b: b + b"\0"), "ends after its values"),
        (broken(IMAGES, lambda b: b[:4] + b"\xff" * 12 + b[16:]), "declares at most 32 GiB.*4294967295 x 4294967295 x"),
        (broken(IMAGES, lambda b: b[:4] + struct.pack(">III", 1 << 31, 0, 5)), "must match.*\\(2147483648, 0, 5\\)"),
        (
            broken(LABELS, lambda b: b[:4] + struct.pack(">I", 39) + b[8:-1]),
            r"must match.*\(40, 6, 5\), labels \(39,\)",
        ),
        (broken(LABELS, lambda b: idx(np.zeros(TRAIN, np.float32))), "of whole numbers must match"),
        (broken("t10k-images-idx3-ubyte.gz", lambda b: idx(np.zeros((TEST, 5, 5), np.uint8))), "have one shape"),
        (raw(IMAGES, lambda b: b[: len(b) // 2]), "readable to its end"),
        (raw(IMAGES, lambda b: b[:-5]), "readable to its end"),
        (raw(IMAGES, lambda b: b[:-8] + b"\0\0\0\0" + b[-4:]), "readable to its end.*CRC"),
        (raw(IMAGES, lambda b: b[:30] + b"\xff" * 30 + b[60:]), "readable to its end"),
        (lambda folder: (folder / LABELS).unlink(), "come in pairs"),
    ],
)
def test_damage_is_one_clear_error(damage: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "d", contents())
    damage(folder)
    with pytest.raises(DataError, match=message) as caught:
        open_data(folder)
    assert "-ubyte" in caught.value.got


def test_a_single_file_is_not_enough(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", contents())
    with pytest.raises(DataError, match="give the folder"):
        open_data(folder / IMAGES)


def test_no_more_is_unpacked_than_was_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 MiB of zeros follow 1,200 declared bytes: they take 64 kB packed."""
    folder = write(tmp_path / "d", contents())
    broken(IMAGES, lambda b: b + bytes(1 << 26))(folder)
    taken: list[int] = []
    read = gzip.GzipFile.read

    def count(stream: gzip.GzipFile, size: int = -1) -> bytes:
        piece = read(stream, size)
        taken.append(len(piece))
        return piece

    monkeypatch.setattr(gzip.GzipFile, "read", count)
    with pytest.raises(DataError, match="ends after its values"):
        read_idx(folder / IMAGES)
    assert sum(taken) == 4 + 12 + TRAIN * 6 * 5 + 1
