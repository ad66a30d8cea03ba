"""An ordinary folder of photographs of mixed sizes, and everything that goes wrong with such folders planted in it."""

import functools
import os
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

SUBJECTS: dict[str, Callable[[], np.ndarray]] = {
    "astronaut": functools.cache(data.astronaut),
    "cat": functools.cache(data.chelsea),
    "coffee": functools.cache(data.coffee),
}
SOUND = 67  # whole photographs of each subject, before the odd and the broken ones

# odd pictures that are used all the same: name -> what the ledger must state of them
STATED = {
    "cat/turned.jpg": "EXIF orientation applied",
    "cat/cut-out.png": "transparency drawn over white",
    "cat/palette.png": "palette turned into RGB",
    "cat/press.jpg": "CMYK converted to RGB",
    "cat/deep.png": "16-bit grey divided by 257 to 8 bits (largest value 65535)",
    "coffee/deep-colour.png": "16-bit colour reduced to 8 bits",
    "coffee/fax.png": "1-bit picture widened",
    "coffee/steam.gif": "several frames in one file; the first is used",
    "coffee/steam.png": "several frames in one file; the first is used",
    "coffee/steam.webp": "several frames in one file; the first is used",
    "coffee/pages.tif": "several frames in one file; the first is used",
    "coffee/really-a-png.jpg": "file name ending belies the format",
    "coffee/grey.png": "grey repeated in all three colours",
    "astronaut/again.png": "equal to another picture",
}
TURNED = tuple(f"cat/upright {orientation}.jpg" for orientation in range(1, 9))
# whole pictures under names, and with EXIF blocks, that some programs stumble over
ALSO = (
    *TURNED,
    *("astronaut/naïve ☕ 写真.jpg", "astronaut/two\nlines.jpg", "astronaut/folder.jpg/inside.png"),
    *("cat/exif absurd.jpg", "cat/exif garbage.jpg"),
    *((os.fsdecode(b"astronaut/caf\xe9.jpg"),) if sys.platform == "linux" else ()),
)


def plant(folder: Path) -> dict[str, str]:
    """Fill `folder` with class folders of photographs; give name -> fragment of the reason for each to be refused."""
    random = np.random.default_rng(0)
    for subject, photograph in SUBJECTS.items():
        (folder / subject).mkdir(parents=True)
        for i in range(SOUND):
            place = folder / subject / ("more/" if i % 8 == 7 else "") / f"{i:03d}.{('jpg', 'png')[i % 2]}"
            place.parent.mkdir(exist_ok=True)
            crop(photograph(), random).save(place)
    _plant_odd(folder, random)
    _plant_also(folder, random)
    _plant_hidden(folder)
    return _plant_broken(folder, random)


def crop(photograph: np.ndarray, random: np.random.Generator) -> Image.Image:
    """Cut a random part out of a photograph (H, W, 3) and scale it to a random size."""
    side = int(random.integers(150, 280))
    top, left = (int(random.integers(0, length - side)) for length in photograph.shape[:2])
    part = Image.fromarray(photograph[top : top + side, left : left + side])
    return part.resize((int(random.integers(60, 160)), int(random.integers(60, 160))))


def png(width: int, height: int, *, depth: int, colour: int, rows: bytes) -> bytes:
    """Write a PNG by hand, whatever its header claims."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def deep_colour(width: int, height: int) -> bytes:
    """Write a 16-bit RGB PNG."""
    values = np.arange(height * width * 3, dtype=">u2").reshape(height, -1)
    return png(width, height, depth=16, colour=2, rows=b"".join(b"\0" + row.tobytes() for row in values))


def _plant_odd(folder: Path, random: np.random.Generator) -> None:
    """Add pictures that are whole but unusual; STATED says what is done to them."""
    cat, coffee = (crop(SUBJECTS[name](), random) for name in ("cat", "coffee"))
    exif = Image.Exif()
    exif[0x0112] = 6
    cat.crop((0, 0, 60, 50)).save(folder / "cat/turned.jpg", exif=exif)
    cut_out = cat.convert("RGBA")
    cut_out.putalpha(Image.linear_gradient("L").resize(cat.size))
    cut_out.save(folder / "cat/cut-out.png")
    cat.quantize(16).save(folder / "cat/palette.png")
    cat.convert("CMYK").save(folder / "cat/press.jpg")
    deep = np.asarray(cat.convert("L")).astype(np.uint16) * 200
    deep[0, 0] = 65535
    Image.fromarray(deep).save(folder / "cat/deep.png")
    (folder / "coffee/deep-colour.png").write_bytes(deep_colour(70, 64))
    coffee.convert("1").save(folder / "coffee/fax.png")
    coffee.save(folder / "coffee/steam.gif", save_all=True, append_images=[cat.resize(coffee.size)])
    for i, name in enumerate(("steam.png", "steam.webp", "pages.tif")):
        first = coffee.crop((i, i, 60, 60))
        first.save(folder / "coffee" / name, save_all=True, append_images=[cat.resize(first.size)])
    coffee.rotate(90).save(folder / "coffee/really-a-png.jpg", format="PNG")
    coffee.convert("L").save(folder / "coffee/grey.png")
    (folder / "astronaut/again.png").write_bytes((folder / "astronaut/001.png").read_bytes())


def _plant_also(folder: Path, random: np.random.Generator) -> None:
    """Add pictures under strange names, and with every orientation and absurd EXIF blocks."""
    (folder / "astronaut/folder.jpg").mkdir()
    (folder / "cat/empty.jpg").mkdir()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 99, "x" * 60_000  # no such orientation; a very long name of the maker
    blocks = {"cat/exif absurd.jpg": exif.tobytes(), "cat/exif garbage.jpg": b"Exif\0\0II*\0" + random.bytes(5000)}
    for orientation, name in enumerate(TURNED, 1):
        exif = Image.Exif()
        exif[0x0112] = orientation
        blocks[name] = exif.tobytes()
    for name in ALSO:
        crop(SUBJECTS[name.split("/")[0]](), random).save(folder / name, exif=blocks.get(name, b""))


def _plant_hidden(folder: Path) -> None:
    """Add what systems leave behind: not to be counted."""
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (folder / "cat/Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / "empty class").mkdir()
    (folder / "cat/circle").symlink_to(folder, target_is_directory=True)


def _plant_broken(folder: Path, random: np.random.Generator) -> dict[str, str]:
    """Add what cannot be used, and say why each must be refused."""
    whole = (folder / "cat/000.jpg").read_bytes()
    packed = (folder / "coffee/001.png").read_bytes()
    middle = len(packed) // 2
    contents = {
        "cat/cut-off.jpg": (whole[: len(whole) // 2], "is cut off"),
        "cat/one-bit-wrong.png": (packed[:middle] + bytes([packed[middle] ^ 1]) + packed[middle + 1 :], "is damaged"),
        "cat/cut-off.png": (packed[:middle], "is cut off"),
        "cat/beheaded.png": (packed[:10] + b"\xff" * 40, "is damaged: starts like a PNG"),
        "cat/letter.jpg": (b"Dear Sir or Madam,\n", "is no picture"),
        "cat/notes.txt": (b"the black one is called Tom\n", "is no picture"),
        "coffee/nothing.png": (b"", "is empty"),
        "coffee/bomb.png": (png(40_000, 40_000, depth=8, colour=2, rows=b"\0"), "declares 1600000000 pixels"),
        "coffee/small-bomb.png": (png(16_000, 12_000, depth=1, colour=0, rows=b"\0"), "declares 192000000 pixels"),
        "coffee/phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), "is HEIC"),
        "read me.txt": (b"my pictures\n", "stands outside of any class folder"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    Image.fromarray(random.random((40, 40), np.float32)).save(folder / "coffee/heights.tif")
    (folder / "coffee/gone.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "coffee/loop.jpg").symlink_to("loop.jpg")
    os.mkfifo(folder / "coffee/pipe.png")
    closed = folder / "coffee/closed.png"
    closed.write_bytes(packed)
    closed.chmod(0)
    return {name: reason for name, (_, reason) in contents.items()} | {
        "coffee/heights.tif": "holds floating-point values",
        "coffee/gone.jpg": "is a link to nothing",
        "coffee/loop.jpg": "cannot be read",
        "coffee/pipe.png": "is no regular file",
        **_expect_closed(closed),
    }


def _expect_closed(file: Path) -> dict[str, str]:
    """Tell how a file without rights is refused; who may read it all the same, as root may, has none."""
    if os.access(file, os.R_OK):
        file.unlink()
        return {}
    return {"coffee/closed.png": "permission denied"}
