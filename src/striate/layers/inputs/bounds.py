"""What an input specification may say: a model file is perhaps a stranger's, and nothing is built from it before."""

import math
from collections.abc import Iterable

from striate.records import AudioInput, ClipInput, ImageInput, InputSpec, SignalInput, TextInput

LARGEST_SIDE = 16_384  # pixels of an input
LARGEST = 1 << 26  # values of one raw example
MOST_WORDS = 10_000_000


def find_input_faults(spec: InputSpec) -> dict[str, bool]:
    """Say of each part of a specification whether no run of ours writes it so."""
    match spec:
        case ImageInput() | ClipInput():
            return {
                "input size": _is_impossible(spec.shape),
                "input side": max(spec.height, spec.width) > LARGEST_SIDE,
                "channels": spec.channels not in (1, 3) or not len(spec.mean) == len(spec.std) == spec.channels,
                "mean and std": not (_between(spec.mean, -1, 1) and _between(spec.std, 1e-6, 1)),
            }
        case SignalInput():
            return {
                "input size": _is_impossible(spec.shape),
                "channels": not len(spec.mean) == len(spec.std) == spec.channels,
                "mean and std": not (_between(spec.mean, -1e300, 1e300) and _between(spec.std, 1e-300, 1e300)),
            }
        case AudioInput():
            return {
                "samples": not 1 <= spec.samples <= LARGEST,
                "windows": not 1 <= spec.hop <= spec.window <= 1 << 16
                or spec.window % 2 > 0
                or spec.window >= 2 * spec.samples,  # half of one is mirrored at each end
                "bands": not 1 <= spec.bands <= 1024 or not 0 <= 2 * spec.low < 2 * spec.high <= spec.rate <= 2_000_000,
                "mean and std": not (_between([spec.mean], -1e3, 1e3) and _between([spec.std], 1e-6, 1e3)),
            }
        case TextInput():
            return {"input size": not 1 <= spec.length <= LARGEST, "vocabulary": len(spec.vocabulary) > MOST_WORDS}


def _is_impossible(shape: tuple[int, ...]) -> bool:
    return min(shape) < 1 or math.prod(shape[1:]) > LARGEST


def _between(values: Iterable[float], low: float, high: float) -> bool:
    return all(low <= value <= high for value in values)  # not-a-number is not
