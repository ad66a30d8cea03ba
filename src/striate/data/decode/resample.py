"""Another number of samples a second: a sound resampled by a polyphase filter."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

FINEST = 1000  # a ratio of rates has no larger numerator or denominator; a rate is off by 1e-6 at most


def resample(wave: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """Bring a sound (T,) from `rate` to `wanted` Hz: (ceil(T * ratio),) float32, without what the new rate cannot hold.

    Source: scipy.signal.resample_poly (Kaiser window, beta 5).

    >>> len(resample(np.ones(441, np.float32), 44_100, 16_000))
    160
    """
    if rate == wanted:
        return wave
    from scipy.signal import resample_poly

    ratio = Fraction(wanted, rate).limit_denominator(FINEST)
    if ratio == 0:
        ratio = Fraction(1, FINEST)
    return np.asarray(resample_poly(wave, ratio.numerator, ratio.denominator), np.float32)
