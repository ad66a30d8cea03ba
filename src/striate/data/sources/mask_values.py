"""What mask files hold before anybody says what it means: whole numbers or colours, and how many pixels of each."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from striate.data.decode.faults import RefusedError
from striate.data.decode.picture import work_upright
from striate.records import Refusal

MOST = 4096  # different colours of a mask; one with more is a photograph
SHADES = 256
DEEP = ("I", "I;16", "I;16L", "I;16B", "I;16N")
GREY = 0x010101


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Seen:
    """What one mask holds: its values, None where it has colours; its colours 0xRRGGBB, None where there are too many;
    pixels by shade of grey (256,). `palette` gives the colours of values where the file has a palette; `lossy` tells
    of JPEG, which blurs.
    """

    name: str
    values: frozenset[int] | None
    colours: frozenset[int] | None
    shades: NDArray[np.int64]
    palette: dict[int, int] | None = None
    lossy: bool = False


def see(file: Path, name: str) -> Seen | Refusal:
    """Count what a mask holds; refuse a file that cannot be read, by `name`."""
    return work_upright(partial(_see, name=name), file, name)


def read_values(image: Image.Image) -> NDArray[Any]:
    """Give the whole numbers (H, W) of a mask: places in a palette, or shades of grey, 255 for white of 1 bit."""
    return np.asarray(image) if image.mode == "P" or image.mode in DEEP else _opaque(image)[..., 0]


def read_colours(image: Image.Image) -> NDArray[np.int64]:
    """Give the colours (H, W) of a mask as 0xRRGGBB; what is wholly transparent is black."""
    red, green, blue = np.moveaxis(_opaque(image).astype(np.int64), -1, 0)
    packed: NDArray[np.int64] = red << 16 | green << 8 | blue
    return packed


def read_shades(image: Image.Image) -> NDArray[np.uint8]:
    """Give the shades of grey (H, W) of a mask, whatever its colours."""
    return np.asarray(Image.fromarray(_opaque(image)).convert("L"))


def _see(image: Image.Image, format: str, *, name: str) -> Seen:
    if image.mode == "F":
        raise RefusedError("holds floating-point values; save the mask with 8 or 16 bits")
    if image.mode in DEEP:
        found = np.unique(np.asarray(image)).tolist()
        values = frozenset(found) if len(found) <= MOST else None
        return Seen(name=name, values=values, colours=None, shades=np.zeros(SHADES, np.int64))
    pixels = _opaque(image)
    colours = _find_colours(Image.fromarray(pixels))
    shades = np.bincount(read_shades(image).ravel(), minlength=SHADES)
    lossy = format in ("JPEG", "MPO")
    if image.mode == "P":
        palette = _palette(image)
        used = {value: palette[value] for value in np.unique(np.asarray(image)).tolist()}
        return Seen(name=name, values=frozenset(used), colours=colours, shades=shades, palette=used, lossy=lossy)
    is_grey = colours is not None and all(colour % GREY == 0 for colour in colours)
    values = frozenset(colour // GREY for colour in colours or ()) if is_grey else None
    return Seen(name=name, values=values, colours=colours, shades=shades, lossy=lossy)


def _find_colours(image: Image.Image) -> frozenset[int] | None:
    """Give the colours 0xRRGGBB of an RGB picture; None where there are too many."""
    counted = cast("list[tuple[int, tuple[int, int, int]]] | None", image.getcolors(MOST))
    return None if counted is None else frozenset(red << 16 | green << 8 | blue for _, (red, green, blue) in counted)


def _opaque(image: Image.Image) -> NDArray[np.uint8]:
    """Give red, green, blue (H, W, 3), black where nothing is seen."""
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB"))
    pixels = np.asarray(image.convert("RGBA"))
    return np.where(pixels[..., 3:] == 0, np.uint8(0), pixels[..., :3])


def _palette(image: Image.Image) -> dict[int, int]:
    """Give the colour of each place in a palette; places beyond its end are black."""
    flat = np.array(image.getpalette("RGB") or (), np.int64).reshape(-1, 3)
    given = dict(enumerate((flat @ (1 << 16, 1 << 8, 1)).tolist()))
    return {place: given.get(place, 0) for place in range(SHADES)}
