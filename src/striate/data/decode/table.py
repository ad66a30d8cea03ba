"""The table of decoders: how the examples of each kind of content become inputs. A new kind is one line here."""

from typing import Protocol, get_args

from striate.data.cache import cached
from striate.data.decode.clips import decode_clips
from striate.data.decode.decoded import Decoded
from striate.data.decode.pictures import decode_files
from striate.data.decode.signals import decode_signals
from striate.data.decode.sounds import decode_sounds
from striate.data.decode.texts import decode_texts
from striate.data.decode.words import Unit
from striate.data.listing import Listing
from striate.errors import DataError, UsageError
from striate.kinds import Modality
from striate.records import AudioInput, ClipInput, ImageInput, InputSpec, SignalInput, TextInput

Size = int | tuple[int, int]


class Decoder(Protocol):
    """Gives inputs of one shape: by the rules of its kind, by a typed `size`, or as a model is fed (`like`)."""

    def __call__(self, listing: Listing, *, size: Size | None, like: InputSpec | None) -> Decoded:
        """Decode the examples of a listing; what cannot be used is refused by name. Raises DataError."""


def decode_listing(listing: Listing, *, size: Size | None, like: InputSpec | None, unit: Unit | None = None) -> Decoded:
    """Decode the examples of a listing by their kind; raises DataError for a kind that the model is not fed.

    A typed `unit` is one of texts; raises UsageError for it with anything else.
    """
    if like is not None and like.modality != listing.modality:
        raise DataError(
            "a model is given what it has learned from",
            got=f"{listing.source} of kind {listing.modality} for a model of kind {like.modality}",
            fix="give data of that kind, or another model",
        )
    if unit is not None:
        return _decode_by_unit(listing, size=size, unit=unit)
    decoder = DECODERS.get(listing.modality)
    if decoder is None:
        raise DataError(
            f"data is of a kind that can be decoded: {', '.join(DECODERS)}",
            got=f"{listing.source} of kind {listing.modality}",
            fix="give data of such a kind",
        )
    return decoder(listing, size=size, like=like)


def _decode_pictures(listing: Listing, *, size: Size | None, like: InputSpec | None) -> Decoded:
    return cached(listing, decode_files, size=(like.height, like.width) if isinstance(like, ImageInput) else size)


def _decode_sounds(listing: Listing, *, size: Size | None, like: InputSpec | None) -> Decoded:
    if size is not None:
        raise UsageError("a size is one of pictures", got=f"{size} for sounds", fix="leave --size out")
    return cached(listing, decode_sounds, like=like if isinstance(like, AudioInput) else None)


def _decode_clips(listing: Listing, *, size: Size | None, like: InputSpec | None) -> Decoded:
    return decode_clips(listing, size=size, like=like if isinstance(like, ClipInput) else None)


def _decode_texts(listing: Listing, *, size: Size | None, like: InputSpec | None) -> Decoded:
    return decode_texts(listing, size=_expect_length(size), like=like if isinstance(like, TextInput) else None)


def _decode_signals(listing: Listing, *, size: Size | None, like: InputSpec | None) -> Decoded:
    return decode_signals(listing, size=_expect_length(size), like=like if isinstance(like, SignalInput) else None)


def _decode_by_unit(listing: Listing, *, size: Size | None, unit: Unit) -> Decoded:
    if listing.modality != "text" or unit not in get_args(Unit):
        got = f"{unit} for {listing.source} of kind {listing.modality}"
        raise UsageError("a unit is that of texts, word or byte", got=got, fix="leave it out")
    return decode_texts(listing, size=_expect_length(size), unit=unit)


def _expect_length(size: Size | None) -> int | None:
    if isinstance(size, tuple):
        fix = "write --size 100"
        raise UsageError("the size of a text or signal is its length", got="x".join(map(str, size)), fix=fix)
    return size


DECODERS: dict[Modality, Decoder] = {
    "image": _decode_pictures,
    "audio": _decode_sounds,
    "clip": _decode_clips,
    "text": _decode_texts,
    "signal": _decode_signals,
}
