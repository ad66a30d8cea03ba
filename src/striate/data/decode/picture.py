"""One file to pixels: by content not by name, upright, 8 bits, grey or RGB, with everything done to it stated."""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from striate.data.decode.faults import MAX_PIXELS, RefusedError, say_bomb, say_why
from striate.data.decode.pixels import draw_over_white, reduce_16_bits
from striate.errors import DataError
from striate.records import Refusal

FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000", "ICO", "PCX", "QOI")
GREY = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N"})
DEEP = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What a file declares before it is decoded: (height, width) upright, and whether it is grey by mode."""

    size: tuple[int, int]
    grey: bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Picture:
    """A decoded file: (C, H, W) uint8 with C 1 or 3; what was done to it; the largest value of 16-bit grey, or 0."""

    pixels: NDArray[np.uint8]
    facts: tuple[str, ...]
    largest: int = 0


def read_header(file: Path, name: str) -> Header | Refusal:
    """Read what `file` declares, without decoding it; `name` is what a refusal calls it."""
    return _attempt(_header, file, name)


def decode(file: Path, name: str) -> Picture | Refusal:
    """Decode `file`, or say why it cannot be used; `name` is what a refusal calls it.

    EXIF orientation is applied, transparency drawn over white, palettes and other colour spaces become RGB, 16-bit
    grey is divided by 257, the first of several frames is taken. Refused are files that are missing, unreadable,
    empty, damaged or cut off, no pictures, of floating-point values, or of more than 178,956,970 declared pixels.
    Pillow's own warnings pass unless the caller is inside `quiet()`.
    """
    return _attempt(_decode, file, name)


def work_upright(work: Callable[[Image.Image, str], Result], file: Path, name: str) -> Result | Refusal:
    """Do `work` on a picture as it is written, turned upright, and its format; or say why it cannot be used.

    For pictures whose numbers are no colours, such as masks. Refused are the same files as by `decode`, and those for
    which `work` raises RefusedError.
    """

    def turn(image: Image.Image, file: Path) -> Result:
        format = image.format or ""
        if format == "PNG":
            _verify(file)
        image.load()
        return work(ImageOps.exif_transpose(image), format)

    return _attempt(turn, file, name)


def from_image(image: Image.Image) -> NDArray[np.uint8]:
    """Give the pixels (C, H, W) of a picture that is already open in Pillow, by the same rules as `decode`.

    Raises DataError for one that `decode` would refuse.
    """
    try:
        orientation, grey = _orientation(image), _is_grey(image)
        return _pixels(ImageOps.exif_transpose(image) if orientation > 1 else image, [], grey)[0]
    except RefusedError as error:
        raise DataError("a picture must be usable", got=f"one that {error}", fix="convert it to L or RGB") from None


def _attempt(work: Callable[[Image.Image, Path], Result], file: Path, name: str) -> Result | Refusal:
    """Do `work` on the opened picture. A stranger's file may raise anything, and each way is a refusal by name."""
    try:
        _expect_content(file)
        with file.open("rb") as stream, Image.open(stream, formats=_formats()) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise RefusedError(say_bomb(f"{width}x{height}"))
            return work(image, file)
    except Exception as error:
        return Refusal(name=name, reason=say_why(error, file))


def _header(image: Image.Image, file: Path) -> Header:
    height, width = image.height, image.width
    return Header(size=(width, height) if _orientation(image) >= 5 else (height, width), grey=_is_grey(image))


def _decode(image: Image.Image, file: Path) -> Picture:
    if image.format == "PNG":
        _verify(file)
    facts = [*_container_facts(image, file)]
    orientation, grey = _orientation(image), _is_grey(image)
    image.load()
    orientation = max(orientation, _orientation(image))  # a PNG may tell last; a TIFF is turned by Pillow meanwhile
    if orientation > 1:
        facts.append("EXIF orientation applied")
    pixels, largest = _pixels(ImageOps.exif_transpose(image) if orientation > 1 else image, facts, grey)
    return Picture(pixels=pixels, facts=tuple(facts), largest=largest)


def _container_facts(image: Image.Image, file: Path) -> list[str]:
    """Say what only the file, not its pixels, can tell."""
    facts = []
    expected = Image.registered_extensions().get(file.suffix.lower())
    kind = "JPEG" if image.format == "MPO" else image.format
    if expected is not None and {expected, kind} not in ({kind}, {"MPO", "JPEG"}):
        facts.append("file name ending belies the format; read by content")
    if getattr(image, "is_animated", False):
        facts.append("several frames in one file; the first is used")
    if image.mode not in DEEP and _is_deep(image):
        facts.append("16-bit colour reduced to 8 bits (upper byte kept)")
    if kind in ("AVIF", "JPEG2000") and image.mode not in DEEP:
        facts.append("AVIF or JPEG 2000 read with 8 bits a channel, whatever its depth")
    return facts


def _pixels(image: Image.Image, facts: list[str], grey: bool) -> tuple[NDArray[np.uint8], int]:
    """Turn an upright picture into (C, H, W) uint8 and the largest 16-bit value, adding to `facts`."""
    if image.mode == "F":
        raise RefusedError("holds floating-point values, whose range nobody agreed on; save it with 8 or 16 bits")
    if image.mode in DEEP:
        return _from_deep(np.asarray(image), facts)
    if image.mode == "1":
        facts.append("1-bit picture widened to 8 bits")
    if image.mode in ("P", "PA"):
        facts.append("palette turned into RGB")
    elif image.mode not in ("1", "L", "LA", "La", "RGB", "RGBA", "RGBa", "RGBX"):
        facts.append(f"{image.mode} converted to RGB")
    if image.has_transparency_data:
        return _from_transparent(image, facts, grey), 0
    if grey:
        return np.array(image.convert("L"))[None], 0
    return _channels_first(image.convert("RGB")), 0


def _from_deep(values: NDArray[np.generic], facts: list[str]) -> tuple[NDArray[np.uint8], int]:
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise RefusedError(f"holds 32-bit values from {low} to {high}; save it with 8 or 16 bits")
    facts.append("16-bit grey divided by 257 to 8 bits")
    return reduce_16_bits(values)[None], high


def _from_transparent(image: Image.Image, facts: list[str], grey: bool) -> NDArray[np.uint8]:
    pixels = _channels_first(image.convert("RGBA"))  # (4, H, W)
    if pixels[3].min() < 255:
        facts.append("transparency drawn over white")
    opaque = draw_over_white(pixels)
    return opaque[:1] if grey else opaque


def _channels_first(image: Image.Image) -> NDArray[np.uint8]:
    return np.stack([np.asarray(channel) for channel in image.split()])  # twice as fast as to transpose


def _is_deep(image: Image.Image) -> bool:
    """Tell whether the file holds more than 8 bits a channel: Pillow's tiles name the raw mode, e.g. RGB;16B."""
    tiles = [(tile[0], tile[3]) for tile in getattr(image, "tile", ())]
    return any(";16" in str(args) or (codec.startswith("ppm") and args[-1] > 255) for codec, args in tiles)


def _is_grey(image: Image.Image) -> bool:
    """Tell whether a picture is grey by mode; Pillow opens 16-bit grey with alpha as RGBA."""
    return image.mode in GREY or any("LA;16" in str(tile[3]) for tile in getattr(image, "tile", ()))


def _orientation(image: Image.Image) -> int:
    """Give the EXIF orientation 1..8; a damaged EXIF block counts as upright, since the pixels are whole."""
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # Pillow would decode the pixels to look behind them
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # EXIF is a format of its own, with its own ways to be broken
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _verify(file: Path) -> None:
    """Check the checksums of a PNG, which decoding alone does not."""
    with Image.open(file, formats=("PNG",)) as image:
        image.verify()


def _expect_content(file: Path) -> None:
    """Refuse what must not even be opened: a pipe would wait for ever."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError("is no regular file")
    if status.st_size == 0:
        raise RefusedError("is empty (0 bytes)")


def _formats() -> tuple[str, ...]:
    """Give the formats that this Pillow was built with; none of them runs a program, as EPS would."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)
