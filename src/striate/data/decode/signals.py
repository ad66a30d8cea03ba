"""Signals, of files or at hand, to arrays of one length: channels first, not-a-number where there is no value."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.decoded import Decoded
from striate.data.decode.encoding import decode_bytes
from striate.data.decode.faults import RefusedError, say_why
from striate.data.digest import digest
from striate.data.listing import Listing, note
from striate.data.npy import read_npy
from striate.data.numbers import read_rows
from striate.errors import DataError
from striate.records import Notice, Refusal, SignalInput
from striate.runtime.progress import track

WHOLE = 0.99  # of signals of several lengths, that the common length holds whole at least
APART = 1.5  # times the length that holds them: longer signals are the exception, and cut
LONGEST = 8192  # values of a channel at most
Signal = NDArray[np.float32]  # (C, T)


def decode_signals(listing: Listing, *, size: int | None = None, like: SignalInput | None = None) -> Decoded:
    """Bring all signals of a listing to one length: `size`, that of a model (`like`), or one that their own suggest.

    That is the longest, or where it is an exception, the one that holds 99 % of them whole; 8,192 at most. Longer ones
    are cut, shorter ones padded with not-a-number. Refused are signals that cannot be read, are empty, hold an infinity
    or no value at all, or have another number of channels than most. Raises DataError when more than half are refused.
    """
    results = list(track(_read_all(listing), "reading signals", total=len(listing.names)))
    channels = like.channels if like is not None else _choose_channels(results)
    checked = [_check(result, channels, name) for result, name in zip(results, listing.names, strict=True)]
    refusals = tuple(each for each in checked if isinstance(each, Refusal))
    kept = [i for i, each in enumerate(checked) if not isinstance(each, Refusal)]
    signals = [each for each in checked if not isinstance(each, Refusal)]
    _expect_sound(listing, refusals)
    lengths = np.array([signal.shape[1] for signal in signals], np.int64)
    length = like.length if like is not None else size or choose_length(lengths)
    inputs = np.stack([fit_signal(signal, length) for signal in signals])
    return Decoded(
        kept=np.array(kept, np.int64),
        inputs=inputs,
        spec=like or SignalInput(channels=channels, length=length, mean=(0.0,) * channels, std=(1.0,) * channels),
        sizes=np.array([signal.shape for signal in signals], np.int32),
        digests=tuple(digest(signal) for signal in signals),
        refusals=refusals,
        notices=_notices(signals, [listing.names[i] for i in kept], length),
    )


def choose_length(lengths: NDArray[np.int64]) -> int:
    """Give the common length for signals of `lengths` (N,): the longest, unless it stands apart; 8,192 at most.

    >>> choose_length(np.array([150, 200])), choose_length(np.array([150] * 200 + [900]))
    (200, 150)
    """
    most = float(np.quantile(lengths, WHOLE, method="higher"))
    return int(min(lengths.max() if lengths.max() <= APART * most else most, LONGEST))


def fit_signal(signal: Signal, length: int) -> Signal:
    """Cut a signal (C, T) after `length` values, or pad it with not-a-number: (C, length)."""
    fitted = np.full((len(signal), length), np.nan, np.float32)
    fitted[:, : signal.shape[1]] = signal[:, :length]
    return fitted


def read_signal(source: "Path | str", spec: SignalInput) -> Signal:
    """Give what a network sees of the signal in a file, (C, T): rows are time, columns channels.

    Raises RefusedError, whose text is the reason, for a file that cannot be read or used.
    """
    file = Path(source)
    checked = _check(_try_file(file, file.name), spec.channels, file.name)
    if isinstance(checked, Refusal):
        raise RefusedError(checked.reason)
    return fit_signal(checked, spec.length)


def read_signal_file(file: Path) -> Signal:
    """Read a signal (C, T) from a file of numbers: rows are time, columns channels; a single row is one channel.

    Files ending in .npy are NumPy's, all others text. Raises RefusedError or OSError.
    """
    try:
        if file.suffix.lower() == ".npy":
            values = np.asarray(read_npy(file))
            if values.dtype.kind not in "biuf" or values.ndim not in (1, 2):
                raise RefusedError(f"holds {values.dtype} of shape {values.shape}, no numbers (T,) or (T, C)")
        else:
            values = read_rows(decode_bytes(file.read_bytes()).text)
    except DataError as error:
        raise RefusedError(f"is no signal: {error.rule}, got {error.got}") from None
    values = values[:, None] if values.ndim == 1 else values.T if len(values) == 1 else values
    with np.errstate(over="ignore"):  # beyond float32: an infinity, which is refused
        return np.ascontiguousarray(values.T.astype(np.float32))  # (T, C) -> (C, T)


def _read_all(listing: Listing) -> Iterator[Signal | Refusal]:
    """Yield every signal, or why it cannot be read."""
    if listing.paths:
        yield from map(_try_file, listing.paths, listing.names)
    else:
        yield from (np.asarray(signal, np.float32) for signal in listing.contents)


def _try_file(file: Path, name: str) -> Signal | Refusal:
    try:
        return read_signal_file(file)
    except RefusedError as error:
        return Refusal(name=name, reason=str(error))
    except OSError as error:
        return Refusal(name=name, reason=say_why(error, file))


def _choose_channels(results: list[Signal | Refusal]) -> int:
    """Give the number of channels that most signals have, the smaller of two that are as common."""
    counts = Counter(len(signal) for signal in results if not isinstance(signal, Refusal) and signal.size)
    return max(sorted(counts), key=lambda channels: counts[channels], default=1)


def _check(signal: Signal | Refusal, channels: int, name: str) -> Signal | Refusal:
    """Refuse what no network can learn from or be asked about."""
    if isinstance(signal, Refusal):
        return signal
    if not signal.size:
        return Refusal(name=name, reason="is empty")
    if len(signal) != channels:
        return Refusal(name=name, reason=f"has {len(signal)} channels, not {channels}")
    if np.isinf(signal).any():
        return Refusal(name=name, reason="holds infinity")
    return Refusal(name=name, reason="holds no value, all are missing") if np.isnan(signal).all() else signal


def _notices(signals: list[Signal], names: list[str], length: int) -> tuple[Notice, ...]:
    """Sum up what was done to signals, and which ones say nothing."""

    def named(holds: Callable[[Signal], bool]) -> list[str]:
        return [name for signal, name in zip(signals, names, strict=True) if holds(signal)]

    return (
        *note(f"longer than {length}, cut after it", named(lambda signal: signal.shape[1] > length)),
        *note(f"shorter than {length}, padded as missing", named(lambda signal: signal.shape[1] < length)),
        *note("with missing values, taken as the channel's mean", named(lambda signal: bool(np.isnan(signal).any()))),
        *note("the same value throughout each channel, kept", named(_is_constant)),
    )


def _is_constant(signal: Signal) -> bool:
    with np.errstate(invalid="ignore"):
        first = signal[:, :1]
        return bool(((signal == first) | np.isnan(signal)).all())


def _expect_sound(listing: Listing, refusals: tuple[Refusal, ...]) -> None:
    """Stop when most of the signals cannot be used: what is left would not be the owner's data."""
    if 2 * len(refusals) > len(listing.names):
        first = "; ".join(f"{refusal.name} {refusal.reason}" for refusal in refusals[:3])
        got = f"{listing.source}: {len(refusals)} of {len(listing.names)} are not: {first}"
        raise DataError("at least half of the signals must be usable", got=got, fix="write numbers, a row a moment")
