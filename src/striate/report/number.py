"""Numbers as people read them: 61,706 · 1.82 G · 12.3 MB · 93.1 % [92.6, 93.6] · 1 min 31 s."""

import math

from striate.records import Baseline, Interval

NONE = "–"  # where there is no number
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def count(n: int) -> str:
    """Group the digits of a whole number.

    >>> count(61706)
    '61,706'
    """
    return f"{n:,}"


def scaled(n: float, unit: str = "") -> str:
    """Give three significant digits with a decimal prefix, whole numbers below 1,000 as they are.

    >>> [scaled(999), scaled(61706), scaled(1.82e9), scaled(12_300_000, "B")]
    ['999', '61.7 k', '1.82 G', '12.3 MB']
    """
    for prefix, power in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(n) >= power * 0.9995:
            digits = max(0, 2 - math.floor(math.log10(abs(n) / power * 1.0005)))
            return f"{n / power:.{digits}f} {prefix}{unit}"
    return f"{n:.0f} {unit}".rstrip()


def percent(value: float) -> str:
    """Give a share in [0, 1] in per cent with one decimal; a second one where 100.0 or 0.0 would not be true.

    >>> [percent(0.931), percent(0.99963), percent(1.0), percent(math.nan)]
    ['93.1 %', '99.96 %', '100.0 %', '–']
    """
    return NONE if math.isnan(value) else f"{_hundredfold(value)} %"


def bounded(figure: Interval | Baseline) -> str:
    """Give a share with its 95 % interval.

    >>> from striate.records import share
    >>> bounded(share(9310, 10000))
    '93.1 % [92.6, 93.6]'
    """
    if math.isnan(figure.value):
        return NONE
    return f"{percent(figure.value)} [{_hundredfold(figure.low)}, {_hundredfold(figure.high)}]"


def decimal(value: float, digits: int = 3) -> str:
    """Give a number with fixed decimals.

    >>> decimal(0.31234)
    '0.312'
    """
    return f"{value:.{digits}f}" if math.isfinite(value) else NONE


def power(value: float) -> str:
    """Give a size with one digit and its power of ten, or as it is from 0.001 to 1,000.

    >>> [power(3.2e-7), power(1e-6), power(0.0123), power(0.0), power(1), power(math.nan)]
    ['3·10⁻⁷', '10⁻⁶', '0.012', '0', '1', '–']
    """
    if not math.isfinite(value):
        return NONE
    if value == 0 or 0.00095 <= abs(value) < 1000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    digit, _, exponent = f"{value:.0e}".partition("e")
    raised = str(int(exponent)).translate(SUPERSCRIPTS)
    return f"10{raised}" if digit == "1" else f"{digit}·10{raised}"


def duration(seconds: float) -> str:
    """Give a time in its two largest units.

    >>> [duration(4.24), duration(91), duration(7380)]
    ['4.2 s', '1 min 31 s', '2 h 3 min']
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _hundredfold(value: float) -> str:
    plain = f"{100 * value:.1f}"
    hides = plain in ("0.0", "100.0") and 0 < value < 1
    return f"{100 * value:.2f}" if hides else plain
