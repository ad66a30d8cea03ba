"""The pictures that people look at: drawn or sent in, kept under a name made from their pixels, the oldest let go."""

import hashlib
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from striate.data.decode.picture import Picture, decode, read_header
from striate.data.decode.quiet import quiet
from striate.errors import DataError, UsageError
from striate.layers.inputs.image import ImageInputLayer
from striate.records import Refusal

KEPT = 256  # pictures at most; as the network sees them they are small
MOST_PIXELS = 50_000_000  # that an upload may declare; a phone's camera makes 12 to 50 million
MOST_BYTES = 32 * 2**20  # of an upload


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Input:
    """One picture as the network sees it: pixels (C, H, W) uint8, and what is known of it.

    `truth` is its class where the data tells it, `facts` say what was done to the file.
    """

    id: str
    name: str
    pixels: Tensor
    truth: int | None = None
    facts: tuple[str, ...] = ()


class Inputs:
    """Pictures by id, as many as KEPT; the one that was not asked for for longest goes first."""

    def __init__(self, layer: ImageInputLayer) -> None:
        self._layer = layer
        self._kept: OrderedDict[str, Input] = OrderedDict()

    def add(self, content: bytes, name: str, *, truth: int | None = None) -> Input:
        """Decode a picture file, bring it to what the network sees, keep it; the same pixels get the same id.

        Raises DataError for what is no picture, or declares more pixels than MOST_PIXELS, before decoding it.
        """
        picture = _decode(content, name)
        pixels = self._layer.fit(torch.from_numpy(picture.pixels)[None])[0]
        digest = hashlib.sha256(pixels.numpy().tobytes()).hexdigest()[:16]
        one = Input(id=digest, name=name, pixels=pixels, truth=truth, facts=picture.facts)
        self._kept[one.id] = one
        self._kept.move_to_end(one.id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return one

    def find(self, id: str) -> Input:
        """Give a picture that was added; raises UsageError for one that is unknown or was let go."""
        if id not in self._kept:
            rule = f"an input is one of the data, or one of the last {KEPT} that were drawn or sent in"
            raise UsageError(rule, got=repr(id), fix="draw or send it again")
        self._kept.move_to_end(id)
        return self._kept[id]


def _decode(content: bytes, name: str) -> Picture:
    with tempfile.TemporaryDirectory(prefix="striate-") as folder, quiet():
        file = Path(folder) / "upload"
        file.write_bytes(content)
        header = read_header(file, name)
        if isinstance(header, Refusal):
            raise _refuse(header)
        height, width = header.size
        if height * width > MOST_PIXELS:
            got = f"{name}, which declares {width}x{height} pixels"
            raise DataError(f"an upload has at most {MOST_PIXELS:,} pixels", got=got, fix="send a smaller copy")
        picture = decode(file, name)
    if isinstance(picture, Refusal):
        raise _refuse(picture)
    return picture


def _refuse(refusal: Refusal) -> DataError:
    got = f"{refusal.name}, which {refusal.reason}"
    return DataError("an upload is a picture", got=got, fix="send a PNG, JPEG or WebP file")
