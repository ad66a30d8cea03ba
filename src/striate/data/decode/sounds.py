"""All files of a listing to sounds of one rate and length: by several threads, order kept, faults by name."""

import dataclasses
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from striate.data.decode.containers import NO_SOUND
from striate.data.decode.decoded import Decoded
from striate.data.decode.hearing import choose_hearing, say_length
from striate.data.decode.in_order import in_order
from striate.data.decode.sound import SoundHeader, decode_sound, fit_sound, import_soundfile, read_sound_header
from striate.data.digest import fingerprint
from striate.data.listing import Listing, note
from striate.data.room import Room
from striate.errors import DataError
from striate.records import AudioInput, Notice, Refusal


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Example:
    """What must be remembered of a sound once it is stored; `length` is in samples of the network's rate."""

    rate: int
    seconds: float
    length: int
    digest: str
    facts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Results:
    """What became of the files that were decoded: examples and refusals by place in the listing, sounds (M, T)."""

    examples: dict[int, _Example]
    refused: dict[int, Refusal]
    inputs: NDArray[np.int16]


def decode_sounds(listing: Listing, *, like: AudioInput | None = None) -> Decoded:
    """Decode all files of `listing`; rate and length are those of `like`, or chosen by the sounds that can be used.

    Headers are read first, so that sounds can be stored as they come; should a file prove to be unusable whose header
    had a say in the choice, the others are decoded again. Raises DataError when more than half are damaged, or
    soundfile is not installed.
    """
    import_soundfile()
    headers: dict[int, SoundHeader] = {}
    unreadable: dict[int, Refusal] = {}
    everything = range(len(listing.paths))
    read = in_order(lambda i: read_sound_header(listing.paths[i], listing.names[i]), everything, "reading headers")
    for i, item in zip(everything, read, strict=True):
        if isinstance(item, SoundHeader):
            headers[i] = item
        else:
            unreadable[i] = item
    spec = like or _choose({i: (header.rate, header.samples / header.rate) for i, header in headers.items()})
    results = _decode(listing, list(headers), spec)
    truly = like or _choose({i: (example.rate, example.seconds) for i, example in results.examples.items()})
    if truly != spec:
        spec, results = truly, _decode(listing, list(headers), truly)
    refused = {**unreadable, **results.refused}
    _expect_sound(listing, list(refused.values()))
    return Decoded(
        kept=np.fromiter(results.examples, np.int64, len(results.examples)),
        inputs=results.inputs,
        spec=dataclasses.replace(spec, mean=0.0, std=1.0),
        sizes=np.array([example.length for example in results.examples.values()], np.int32).reshape(-1, 1),
        digests=tuple(example.digest for example in results.examples.values()),
        refusals=tuple(refused[i] for i in sorted(refused)),
        notices=_notices(listing, results.examples, spec),
    )


def _choose(sounds: dict[int, tuple[int, float]]) -> AudioInput:
    """Choose by the rates and seconds of sounds."""
    return choose_hearing([rate for rate, _ in sounds.values()], [seconds for _, seconds in sounds.values()])


def _decode(listing: Listing, chosen: list[int], spec: AudioInput) -> _Results:
    """Decode the chosen files as a network of `spec` hears them, and store each as it comes."""
    examples: dict[int, _Example] = {}
    refused: dict[int, Refusal] = {}
    inputs = Room(len(chosen), (spec.samples,), np.int16)
    work = partial(_prepare, listing, spec=spec)
    for i, item in zip(chosen, in_order(work, chosen, "decoding"), strict=True):
        if isinstance(item, Refusal):
            refused[i] = item
        else:
            examples[i], heard = item
            inputs.add(heard)
    return _Results(examples=examples, refused=refused, inputs=inputs.rows())


def _prepare(listing: Listing, i: int, *, spec: AudioInput) -> "tuple[_Example, NDArray[np.int16]] | Refusal":
    sound = decode_sound(listing.paths[i], listing.names[i])
    if isinstance(sound, Refusal):
        return sound
    heard = fit_sound(sound, spec.rate, spec.samples)
    if not heard.any():
        return Refusal(
            name=listing.names[i], reason=f"is silent below {spec.rate // 2:,} Hz, which is all that is heard"
        )
    example = _Example(
        rate=sound.rate,
        seconds=len(sound.wave) / sound.rate,
        length=sound.count(spec.rate),
        digest=fingerprint(sound.rate, sound.wave),
        facts=sound.facts,
    )
    return example, heard


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
    if example.rate != spec.rate:
        lost = f"; what lies above {spec.rate // 2:,} Hz is lost" if example.rate > spec.rate else ""
        facts.append(f"resampled from {example.rate:,} to {spec.rate:,} Hz{lost}")
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
