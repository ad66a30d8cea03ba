"""What files of sounds are like inside: whether one was cut off, what it is when it cannot be opened, AAC by PyAV."""

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.faults import RefusedError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

MAGICS = {
    b"RIFF": "WAV",
    b"RF64": "WAV",
    b"fLaC": "FLAC",
    b"OggS": "Ogg",
    b"ID3": "MP3",
    b"\xff\xfb": "MP3",
    b"FORM": "AIFF",
    b".snd": "AU",
    b"caff": "CAF",
}
NO_SOUND = "is no sound of a known format"
BY_AV = {b"\x1a\x45\xdf\xa3": "WebM", b"0&\xb2u": "WMA", b"#!AMR": "AMR", b"\xff\xf1": "AAC", b"\xff\xf9": "AAC"}
UNKNOWN = 0x7FFFF000  # from here on a declared size means: not known when the header was written
PAGE = 65_307  # bytes of the largest Ogg page


def find_cut(file: Path) -> str:
    """Say what is missing at the end of a WAV, AIFF or Ogg file, "" where nothing is known to be.

    A WAV or AIFF file declares how many bytes of samples it holds; the last page of an Ogg stream is marked. libsndfile
    gives what is there without a word.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(12)
        if start[:4] in (b"RIFF", b"FORM"):
            end = _declared_end(stream, "little" if start[:4] == b"RIFF" else "big")
            return f"{end - size:,} of {end:,} bytes are missing" if end > size + 1 else ""
        if start[:4] == b"OggS":
            stream.seek(max(0, size - PAGE))
            return "" if _ends(stream.read()) else "its last page is missing"
    return ""


def _ends(tail: bytes) -> bool:
    """Tell whether the last page in the last bytes of an Ogg file is whole and marked as the last (RFC 3533, 6)."""
    page = tail[tail.rfind(b"OggS") :]
    return len(page) > 26 and bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


def _declared_end(stream: BinaryIO, order: Literal["little", "big"]) -> int:
    """Give where the samples of a file of chunks end by its own word, 0 where it does not say."""
    while len(head := stream.read(8)) == 8:
        length = int.from_bytes(head[4:], order)
        if head[:4] in (b"data", b"SSND"):
            return 0 if length >= UNKNOWN else stream.tell() + length
        stream.seek(length + length % 2, 1)
    return 0


def say_no_sound(file: Path, error: str) -> str:
    """Tell a damaged sound from what never was one, by its first bytes; `error` is libsndfile's word."""
    with file.open("rb") as stream:
        start = stream.read(12)
    kind = next((kind for magic, kind in MAGICS.items() if start.startswith(magic)), "")
    if not kind or (start[:4] == b"RIFF" and start[8:12] not in (b"WAVE", b"")):
        return NO_SOUND
    return f"is damaged: starts like {kind}, but cannot be read ({error.rstrip('.')})"


def needs_av(file: Path) -> bool:
    """Tell whether a file is of a format that libsndfile does not read and PyAV does."""
    return bool(_av_kind(file))


def _av_kind(file: Path) -> str:
    with file.open("rb") as stream:
        start = stream.read(12)
    if start[4:8] == b"ftyp":
        return "M4A"
    return next((kind for magic, kind in BY_AV.items() if start.startswith(magic)), "")


def measure_by_av(file: Path, most: int) -> tuple[int, int, int]:
    """Give rate, samples a channel and channels of the first sound track; decoded where the file does not say."""
    with _open(file) as container:
        track = _track(container)
        if track.duration is not None and track.time_base is not None:
            return int(track.rate), round(track.duration * track.time_base * track.rate), track.channels
    wave, rate = read_by_av(file, most)
    return rate, wave.shape[1], len(wave)


def read_by_av(file: Path, most: int) -> tuple[NDArray[np.float32], int]:
    """Decode the first sound track of a file by PyAV: all channels (C, T) and the rate; raises RefusedError."""
    import av

    parts: list[NDArray[np.float32]] = []
    with _open(file) as container:
        track = _track(container)
        rate, held = int(track.rate), 0
        resampler = av.AudioResampler(format="fltp", rate=rate)
        for frame in container.decode(track):
            for piece in resampler.resample(frame):
                parts.append(np.asarray(piece.to_ndarray(), np.float32))  # (C, n)
                held += parts[-1].size
            if held > most:
                raise RefusedError(f"holds more than {most:,} samples in all; cut it into pieces")
    if not parts:
        raise RefusedError("holds no samples")
    return np.concatenate(parts, axis=1), rate


def _open(file: Path) -> "InputContainer":
    try:
        import av
    except ImportError:
        raise RefusedError(f"is {_av_kind(file)}, which PyAV reads; pip install 'striate[video]'") from None
    return av.open(file)


def _track(container: "InputContainer") -> "AudioStream":
    if not container.streams.audio:
        raise RefusedError("has no sound track")
    return container.streams.audio[0]
