"""Maps of numbers drawn in a terminal: two rows a line in half blocks, blue below 0, white at it, orange above."""

from collections.abc import Sequence

from rich.text import Text

from striate.report.colour import diverge

Rows = Sequence[Sequence[float]]
SHADES = " ░▒▓█"
WIDEST = 64  # columns of one map


def draw_map(rows: Rows, *, largest: float | None = None, colour: bool = True, widest: int = WIDEST) -> Text:
    """Draw (H, W) numbers on a scale that is white at 0 and full at +-`largest` (default: the largest size in it).

    Without colour, size alone is shaded, and what lies below 0 is drawn as -. Maps of more than `widest`
    cells a side are drawn thinned.

    >>> print(draw_map([[0, 1], [-1, 0.5]], colour=False))
      ██
    - ▒▒
    """
    step = max(1, -(-max(len(row) for row in rows) // widest))
    thinned = [list(row)[::step] for row in list(rows)[::step]]
    top = largest or max((abs(value) for row in thinned for value in row), default=0.0) or 1.0
    return _coloured(thinned, top) if colour else _shaded(thinned, top)


def _coloured(rows: list[list[float]], top: float) -> Text:
    text = Text()
    for upper, lower in zip(rows[::2], [*rows[1::2], None], strict=False):
        for column, above in enumerate(upper):
            below = f" on {_colour(lower[column] / top)}" if lower is not None else ""
            text.append("▀", style=_colour(above / top) + below)
        text.append("\n")
    return text


def _shaded(rows: list[list[float]], top: float) -> Text:
    lines = ["".join(_shade(value / top) for value in row).rstrip() for row in rows]
    return Text("\n".join(lines))


def _shade(share: float) -> str:
    """Two characters a cell, since a character is about twice as high as wide."""
    if share < -0.1:
        return "- "
    return SHADES[min(len(SHADES) - 1, round(max(0.0, share) * (len(SHADES) - 1)))] * 2


def _colour(share: float) -> str:
    return "#{:02x}{:02x}{:02x}".format(*diverge(share))
