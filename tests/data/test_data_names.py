"""Names of files and classes as people really have them: any bytes, any digits, any control characters."""

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from striate.data.listing import order_classes, show_name
from striate.data.open import open_data
from striate.records import to_json

posix = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not take such names")


def save(folder: bytes | str, name: bytes | str, seed: int) -> None:
    """Write a random picture into a folder, both named as the system takes them."""
    path = Path(os.fsdecode(folder)) / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (9, 9), dtype=np.uint8)).save(path, format="PNG")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"10", "9", "1"}, ("1", "9", "10")),
        ({"-2", "1", "-10"}, ("-10", "-2", "1")),
        ({"01", "1", "0"}, ("0", "01", "1")),
        ({"9" * 18, "-" + "9" * 18, "5"}, ("-" + "9" * 18, "5", "9" * 18)),
        ({"--5", "1"}, ("--5", "1")),
        ({"-", "1"}, ("-", "1")),
        ({"²", "10", "9"}, ("10", "9", "²")),
        ({"٣", "10", "9"}, ("10", "9", "٣")),
        ({"9" * 5000, "10", "9"}, ("10", "9", "9" * 5000)),
        ({"9" * 19, "10", "9"}, ("10", "9", "9" * 19)),
        ({"10\n", "9"}, ("10\n", "9")),
        ({"", "10", "9"}, ("", "10", "9")),
        (set(), ()),
    ],
)
def test_classes_are_ordered(names: set[str], expected: tuple[str, ...]) -> None:
    assert order_classes(names) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"caf\xe9.png", r"caf\xe9.png"),
        ("café ²\n\x1b[31m.png".encode(), "café ²\n\x1b[31m.png"),
        (b"\xff\xfe\x80", r"\xff\xfe\x80"),
        (b"\xed\xa0\x80", r"\xed\xa0\x80"),
    ],
)
def test_names_are_shown(raw: bytes, expected: str) -> None:
    name = raw.decode("utf-8", "surrogateescape")
    assert show_name(name) == expected == raw.decode("utf-8", "backslashreplace")


def test_half_a_character_is_shown() -> None:
    """As Windows and files of arrays may hold them."""
    assert show_name("a\ud800b") == r"a\ud800b"


@posix
def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path) + b"/p\xff"
    for i in range(4):
        save(root + b"/caf\xe9", b"caf%c.png" % (0xE0 + i), i)
        save(root + b"/bar", f"é{i}.png", 10 + i)
    Path(os.fsdecode(root + b"/bar/broken\xe9.png")).write_bytes(b"\x89PNG")
    Path(os.fsdecode(root + b"/loose\xe9.png")).write_bytes(b"")
    Path(os.fsdecode(root + b"/bar/.hidden\xe9")).write_bytes(b"")
    Path(os.fsdecode(root + b"/empty\xe9")).mkdir()
    Path(os.fsdecode(root + b"/bar/circle\xe9")).symlink_to(os.fsdecode(root))
    catalogue = open_data(os.fsdecode(root))
    assert catalogue.classes == ("bar", r"caf\xe9")
    assert catalogue.names[4:] == tuple(rf"caf\xe9/caf\xe{i}.png" for i in range(4))
    assert {item.name for item in catalogue.ledger.refusals} == {r"bar/broken\xe9.png", r"loose\xe9.png"}
    assert catalogue.source.endswith(r"/p\xff")
    record = json.dumps(to_json(catalogue.summary()), ensure_ascii=False).encode()
    assert all(name.encode() in record for name in (r".hidden\\xe9", r"empty\\xe9", r"circle\\xe9"))
    again = open_data(os.fsdecode(root))  # out of the cache
    assert (again.names, again.fingerprint) == (catalogue.names, catalogue.fingerprint)


@posix
def test_sources_that_are_no_utf_8(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9"))
    for i in range(8):
        save(str(folder), f"{i}.png", i)
    (folder / "t.csv").write_text("path,label\n" + "".join(f"{i}.png,{i % 2}\n" for i in range(8)))
    np.savez(folder / "t.npz", images=np.arange(8, dtype=np.uint8).repeat(81).reshape(8, 9, 9), labels=np.arange(8) % 2)
    for name in ("t.csv", "t.npz"):
        assert open_data(folder / name).source.endswith(rf"/\xe9/{name}")


@posix
def test_control_characters_stay_and_do_no_harm(tmp_path: Path) -> None:
    names = ["\x1b[31mred.png", "two\nlines.png", "back\rspace.png", 'comma,"quoted".png', "\x7f\x85\u2028\u202e.png"]
    for i, name in enumerate(names):
        save(str(tmp_path / "p/\x1b]0;title\x07\n"), name, i)
        save(str(tmp_path / "p/plain\t"), name, 10 + i)
    catalogue = open_data(tmp_path / "p")
    assert catalogue.classes == ("\x1b]0;title\x07\n", "plain\t")
    assert {name.partition("/")[2] for name in catalogue.names} == set(names)
    catalogue.write_csv(tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(row["name"] for row in rows) == catalogue.names
    assert b"\r\n" not in (tmp_path / "c.csv").read_bytes()
