"""All files of a listing to sounds of one rate and length: two threads, order kept, faults by name."""

import dataclasses
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.containers import NO_SOUND
from striate.data.decode.decoded import Decoded
from striate.data.decode.hearing import choose_hearing, say_length
from striate.data.decode.sound import SoundHeader, decode_sound, fit_sound, import_soundfile, read_sound_header
from striate.data.digest import fingerprint
from striate.data.listing import Listing, note
from striate.errors import DataError
from striate.records import AudioInput, Notice, Refusal
from striate.runtime.progress import track

THREADS = 2
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Example:
    """A sound after decoding: (T,) int16 as the network hears it, with what must be remembered of the original."""

    heard: NDArray[np.int16]
    header: SoundHeader
    length: int  # of the whole sound, in samples at the rate of `heard`
    digest: str
    facts: tuple[str, ...]


def decode_sounds(listing: Listing, *, like: AudioInput | None = None) -> Decoded:
    """Decode all files of `listing`; rate and length are those of `like`, or chosen by the sounds that can be used.

    Headers are read first, so that only what is heard is held in memory; should a file prove to be unusable whose
    header had a say in the choice, the others are decoded again. Raises DataError when more than half are damaged, or
    soundfile is not installed.
    """
    import_soundfile()
    headers = _in_order(read_sound_header, listing, range(len(listing.paths)), "reading headers")
    readable = [i for i, item in enumerate(headers) if isinstance(item, SoundHeader)]
    spec = like or _choose([item for item in headers if isinstance(item, SoundHeader)])
    results = _decode(listing, readable, spec)
    truly = like or _choose([item.header for item in results.values() if isinstance(item, _Example)])
    if truly != spec:
        spec, results = truly, _decode(listing, readable, truly)
    refused = {i: item for i, item in {**dict(enumerate(headers)), **results}.items() if isinstance(item, Refusal)}
    _expect_sound(listing, list(refused.values()))
    examples = {i: item for i, item in results.items() if isinstance(item, _Example)}
    return _gather(listing, examples, refused, dataclasses.replace(spec, mean=0.0, std=1.0))


def _choose(headers: list[SoundHeader]) -> AudioInput:
    rates = [header.rate for header in headers]
    return choose_hearing(rates, [header.samples / header.rate for header in headers])


def _decode(listing: Listing, chosen: list[int], spec: AudioInput) -> "dict[int, _Example | Refusal]":
    results = _in_order(partial(_prepare, spec=spec), listing, chosen, "decoding")
    return dict(zip(chosen, results, strict=True))


def _in_order(work: Callable[[Path, str], Result], listing: Listing, chosen: Iterable[int], what: str) -> list[Result]:
    """Apply `work` to the chosen files with a few threads; results come in the order of the files."""
    indices = list(chosen)
    with ThreadPoolExecutor(THREADS) as pool:
        results = pool.map(lambda i: work(listing.paths[i], listing.names[i]), indices)
        try:
            return list(track(results, what, total=len(indices)))
        except BaseException:  # Ctrl-C must not wait for all that is queued
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _prepare(file: Path, name: str, *, spec: AudioInput) -> "_Example | Refusal":
    sound = decode_sound(file, name)
    if isinstance(sound, Refusal):
        return sound
    heard = fit_sound(sound, spec.rate, spec.samples)
    if not heard.any():
        return Refusal(name=name, reason=f"is silent below {spec.rate // 2:,} Hz, which is all that is heard")
    return _Example(
        heard=heard,
        header=SoundHeader(rate=sound.rate, samples=len(sound.wave), channels=1),
        length=sound.count(spec.rate),
        digest=fingerprint(sound.rate, sound.wave),
        facts=sound.facts,
    )


def _gather(listing: Listing, examples: dict[int, _Example], refusals: dict[int, Refusal], spec: AudioInput) -> Decoded:
    sounds = np.empty((len(examples), spec.samples), np.int16)
    for place, example in enumerate(examples.values()):
        sounds[place] = example.heard
    return Decoded(
        kept=np.fromiter(examples, np.int64, len(examples)),
        inputs=sounds,
        spec=spec,
        sizes=np.array([example.length for example in examples.values()], np.int32).reshape(-1, 1),
        digests=tuple(example.digest for example in examples.values()),
        refusals=tuple(refusals[i] for i in sorted(refusals)),
        notices=_notices(listing, examples, spec),
    )


def _notices(listing: Listing, examples: dict[int, _Example], spec: AudioInput) -> tuple[Notice, ...]:
    """Sum up what was done to the sounds, most frequent first."""
    done: dict[str, list[str]] = {}
    for i, example in examples.items():
        for fact in (*example.facts, *_fitted(example, spec)):
            done.setdefault(fact, []).append(listing.names[i])
    return tuple(item for what in sorted(done, key=lambda w: (-len(done[w]), w)) for item in note(what, done[what]))


def _fitted(example: _Example, spec: AudioInput) -> list[str]:
    """Say what was done to bring a sound to the rate and length of `spec`."""
    facts = []
    header = example.header
    if header.rate != spec.rate:
        lost = f"; what lies above {spec.rate // 2:,} Hz is lost" if header.rate > spec.rate else ""
        facts.append(f"resampled from {header.rate:,} to {spec.rate:,} Hz{lost}")
    if example.length > spec.samples:
        facts.append(f"longer than {say_length(spec)}: the loudest {say_length(spec)} are heard")
    elif example.length < spec.samples:
        facts.append(f"shorter than {say_length(spec)}: silence added at the end")
    return facts


def _expect_sound(listing: Listing, refusals: list[Refusal]) -> None:
    """Stop when most of the files are damaged or missing: what is left would not be the owner's data."""
    broken = [refusal for refusal in refusals if refusal.reason != NO_SOUND]
    if 2 * len(broken) > len(listing.paths):
        first = "; ".join(f"{refusal.name} {refusal.reason}" for refusal in broken[:3])
        raise DataError(
            "at least half of the files must be usable sounds",
            got=f"{listing.source}: {len(broken)} of {len(listing.paths)} are not: {first}",
            fix="copy the sounds anew, or correct the paths",
        )
