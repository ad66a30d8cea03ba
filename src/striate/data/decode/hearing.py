"""How a network will hear the sounds of a source: rate, length, windows and bands, chosen from what there is."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from striate.records import AudioInput

MOST_RATE = 16_000  # Hz: speech and most calls of animals lie below 8 kHz
COVERED = 0.95  # the share of the sounds that is heard whole
SHORTEST, LONGEST = 0.25, 10.0  # seconds of the network's input
STEP, WINDOW = 0.010, 0.030  # seconds: what speech recognition has used since the 1980s
MOST_FRAMES = 400  # of the picture: longer sounds get longer steps
FEW_BANDS, MANY_BANDS = 40, 64  # up to SLOW Hz, and beyond
SLOW = 12_000
LOW = 20.0  # Hz, where hearing begins
LEAST_WINDOW = 64


def choose_hearing(rates: Sequence[int], seconds: Sequence[float]) -> AudioInput:
    """Choose how to hear N sounds of these rates (Hz) and lengths, not normalised yet.

    The rate is the commonest (the highest of several) up to 16 kHz; the length such that 95 % of the sounds are whole,
    from 0.25 to 10 s. Windows are a power of two near 30 ms, or as long as two steps; steps are 10 ms, or longer so
    that the picture has about 400 at most.

    >>> spec = choose_hearing([44_100] * 3, [1.0, 1.0, 1.0])
    >>> spec.rate, spec.samples, spec.hop, spec.window, spec.shape
    (16000, 16000, 160, 512, (1, 64, 101))
    """
    counts = Counter(min(rate, MOST_RATE) for rate in rates)
    rate = max(counts, key=lambda each: (counts[each], each), default=MOST_RATE)
    length = float(np.quantile(seconds, COVERED)) if len(seconds) else 1.0
    wanted = min(max(length, SHORTEST), LONGEST) * rate
    hop = max(1, round(STEP * rate), math.ceil(wanted / MOST_FRAMES))
    near = 2 ** round(math.log2(WINDOW * rate)) if rate > 1 else 2
    window = max(LEAST_WINDOW, near, 2 ** math.ceil(math.log2(2 * hop)))
    samples = hop * max(math.ceil(wanted / hop - 1e-6), math.ceil(window / hop))
    bands = FEW_BANDS if rate <= SLOW else MANY_BANDS
    low = min(LOW, rate / 16)
    return AudioInput(
        rate=rate,
        samples=samples,
        window=window,
        hop=hop,
        bands=min(bands, window // 4),
        low=low,
        high=rate / 2,
        mean=0.0,
        std=1.0,
    )


def say_length(spec: AudioInput) -> str:
    """Say how long a network of `spec` listens, in seconds."""
    return f"{spec.samples / spec.rate:.2f} s"
