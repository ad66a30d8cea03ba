"""One file to samples: by content not by name, mixed to one channel, with everything done to it stated."""

import importlib
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.containers import find_cut, measure_by_av, needs_av, read_by_av, say_no_sound
from striate.data.decode.faults import RefusedError, say_why
from striate.data.decode.resample import resample
from striate.errors import DataError
from striate.records import AudioInput, Refusal

if TYPE_CHECKING:
    import soundfile

MAX_SAMPLES = 1 << 27  # of all channels of one file: 2.3 hours at 16 kHz
SILENT = 3 / 32768  # a sound whose values all lie within this of each other
FULL = 32767 / 32768  # from here on a value may have been clipped
RUN = 4  # values in a row at one extreme that count as clipped
WILD = 1.5  # times full scale: beyond it values were never meant for it
Floats = NDArray[np.float32]
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundHeader:
    """What a file declares before it is decoded: samples a second, samples a channel, channels."""

    rate: int
    samples: int
    channels: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sound:
    """A decoded file: (T,) float32 within [-1, 1] at `rate` Hz, one channel, and what was done to it."""

    wave: Floats
    rate: int
    facts: tuple[str, ...]

    def count(self, rate: int) -> int:
        """Give the length of the whole sound in samples of `rate` Hz."""
        return round(len(self.wave) * rate / self.rate)


def read_sound_header(file: Path, name: str) -> SoundHeader | Refusal:
    """Read what `file` declares, without decoding it; `name` is what a refusal calls it."""
    return _attempt(_header, file, name)


def decode_sound(file: Path, name: str) -> Sound | Refusal:
    """Decode `file`, or say why it cannot be used; `name` is what a refusal calls it.

    Several channels are mixed to one. Refused are files that are missing, unreadable, empty, damaged or cut off, no
    sounds, silent, with values that are no numbers, or of more than 134,217,728 declared samples.
    """
    return _attempt(_decode, file, name)


def read_sound(file: Path, spec: AudioInput, name: str | None = None) -> NDArray[np.int16] | Refusal:
    """Give a file as a network of `spec` hears it, (T,) int16, or say why it cannot be used."""
    sound = decode_sound(file, str(file) if name is None else name)
    return sound if isinstance(sound, Refusal) else fit_sound(sound, spec.rate, spec.samples)


def fit_sound(sound: Sound, rate: int, samples: int) -> NDArray[np.int16]:
    """Resample to `rate` Hz, and bring to `samples`: the loudest part of a longer sound, silence after a shorter one.

    >>> wave = np.array([0, 0, 0.5, 0.5, 0], np.float32)
    >>> fit_sound(Sound(wave=wave, rate=8000, facts=()), 8000, 2).tolist()
    [16384, 16384]
    """
    wave = resample(sound.wave, sound.rate, rate)
    start = find_loudest(wave, samples)
    steps = np.rint(wave[start : start + samples].astype(np.float64) * 32768).clip(-32768, 32767).astype(np.int16)
    return np.pad(steps, (0, samples - len(steps)))


def find_loudest(wave: Floats, samples: int) -> int:
    """Give where the stretch of `samples` with the most energy begins: the first of several, 0 in a shorter sound."""
    if len(wave) <= samples:
        return 0
    energy = np.concatenate([[0.0], np.cumsum(wave.astype(np.float64) ** 2)])
    return int((energy[samples:] - energy[:-samples]).argmax())


def check_waves(stack: NDArray[np.generic], rate: int) -> Floats:
    """Bring sounds (N, T) int16, or floating-point numbers in [-1, 1], to float32; raises DataError for any other."""
    if stack.ndim == 2 and stack.dtype == np.int16:
        return stack.astype(np.float32) / np.float32(32768)
    if stack.ndim == 2 and stack.dtype.kind == "f":
        wave: Floats = stack.astype(np.float32)
        if (np.abs(wave) <= 1).all():
            return wave
    raise DataError(
        f"arrays of sounds are (T,) or (N, T) samples at {rate:,} Hz, int16 or in [-1, 1]",
        got=f"{stack.dtype} {stack.shape}",
        fix="mix channels to one, resample, and divide by the largest value that the type holds",
    )


def _attempt(work: Callable[[Path], Result], file: Path, name: str) -> Result | Refusal:
    """Do `work` on a file. A stranger's file may raise anything, and each way is a refusal by name."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError("is no regular file")
        if status.st_size == 0:
            raise RefusedError("is empty (0 bytes)")
        with file.open("rb"):
            pass  # a closed file is told by the system's own words
        return work(file)
    except DataError:
        raise
    except Exception as error:
        return Refusal(name=name, reason=say_why(error, file))


def _header(file: Path) -> SoundHeader:
    if needs_av(file):
        rate, samples, channels = measure_by_av(file, MAX_SAMPLES)
        return SoundHeader(rate=rate, samples=samples, channels=channels)
    with _open(file) as sound:
        return SoundHeader(rate=sound.samplerate, samples=sound.frames, channels=sound.channels)


def _decode(file: Path) -> Sound:
    channels, rate = read_by_av(file, MAX_SAMPLES) if needs_av(file) else _read(file)  # (C, T)
    if not channels.size:
        raise RefusedError("holds no samples")
    if not np.isfinite(channels).all():
        raise RefusedError("holds not-a-number or infinity")
    facts: list[str] = []
    wave = _mix(_bound(channels, facts), facts)
    if _is_clipped(wave):
        facts.append("clipped: louder than the recording could hold, in places; kept")
    return Sound(wave=wave, rate=rate, facts=tuple(facts))


def _read(file: Path) -> tuple[Floats, int]:
    """Give all channels (C, T) and the rate."""
    with _open(file) as sound:
        declared, rate = sound.frames, int(sound.samplerate)
        try:
            wave = sound.read(dtype="float32", always_2d=True)
        except import_soundfile().LibsndfileError as error:
            raise RefusedError(f"is cut off or damaged: {error.error_string.rstrip('.')}") from None
    cut = find_cut(file) or (f"{len(wave):,} of {declared:,} samples are there" if len(wave) < declared else "")
    if cut:
        raise RefusedError(f"is cut off: {cut}")
    return wave.T, rate


def _open(file: Path) -> "soundfile.SoundFile":
    """Open a sound; what is none is told from what is damaged. Raises DataError where soundfile is not installed."""
    package = import_soundfile()
    try:
        sound: soundfile.SoundFile = package.SoundFile(file)
    except package.LibsndfileError as error:
        raise RefusedError(say_no_sound(file, error.error_string)) from None
    if not 0 < sound.samplerate <= 2_000_000 or sound.frames * sound.channels > MAX_SAMPLES:
        declared = f"{sound.frames:,} samples of {sound.channels} channels at {sound.samplerate:,} Hz"
        sound.close()
        raise RefusedError(f"declares {declared}, over the limit of {MAX_SAMPLES:,} in all; cut it into pieces")
    return sound


def import_soundfile() -> ModuleType:
    """Import soundfile when it is first needed; raises DataError that names the extra where it is missing."""
    try:
        return importlib.import_module("soundfile")
    except (ImportError, OSError) as error:
        raise DataError(
            "sounds are read by soundfile", got=f"none installed ({error})", fix="pip install 'striate[audio]'"
        ) from None


def _bound(channels: Floats, facts: list[str]) -> Floats:
    """Bring values into [-1, 1]: those of floating-point files may lie anywhere."""
    peak = float(np.abs(channels).max())
    if peak > WILD:
        facts.append("values far beyond full scale, divided by the largest")
        return np.asarray(channels / np.float32(peak), np.float32)
    return channels.clip(-1, 1)


def _mix(channels: Floats, facts: list[str]) -> Floats:
    """Mix (C, T) to (T,); raises RefusedError for silence."""
    wave = np.ascontiguousarray(channels[0]) if len(channels) == 1 else channels.mean(0, dtype=np.float32)
    if np.ptp(wave) < SILENT:
        loud = len(channels) > 1 and max(np.ptp(channel) for channel in channels) >= SILENT
        raise RefusedError("has channels that cancel each other; save one of them" if loud else "is silent")
    if len(channels) > 1:
        facts.append(f"{len(channels)} channels mixed to one")
    return wave


def _is_clipped(wave: Floats) -> bool:
    """Tell whether a few values in a row lie at full scale."""
    full = np.abs(wave) >= FULL
    if full.sum() < RUN:
        return False
    return bool((np.convolve(full, np.ones(RUN), "valid") == RUN).any())
