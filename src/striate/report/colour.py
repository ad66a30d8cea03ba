"""One scale of colours for signed numbers, the same in terminal, report and page: blue below 0, orange above."""

BLUE, WHITE, ORANGE = (0, 83, 156), (247, 247, 247), (166, 66, 0)  # apart for every kind of colour blindness


def diverge(share: float) -> tuple[int, int, int]:
    """Give the colour (red, green, blue) of `share` in [-1, 1]: white at 0, full at the ends.

    >>> diverge(0.0), diverge(2.0)
    ((247, 247, 247), (166, 66, 0))
    """
    end, part = ORANGE if share > 0 else BLUE, min(1.0, abs(share))
    red, green, blue = (round(middle + part * (far - middle)) for middle, far in zip(WHITE, end, strict=True))
    return red, green, blue
