"""A Matplotlib drawing as inline SVG: coloured by the page's CSS variables, text kept as text, same bytes each time."""

import io
import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, QUIET, BLUE, ORANGE = "#010101", "#020202", "#030303", "#040404"  # stand-ins for variables of the page
VARIABLES = {INK: "currentColor", QUIET: "var(--quiet)", BLUE: "var(--blue)", ORANGE: "var(--orange)"}
UNITS = 72  # SVG units an inch
SETTINGS: dict[Any, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "striate",
    "font.size": 13,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.6,
}


def draw(name: str, title: str, size: tuple[int, int], paint: "Callable[[Axes], None]") -> str:
    """Let `paint` draw on axes of `size` (width, height) in SVG units and give the `<svg>` element.

    `name` keeps its identifiers apart from those of other figures on the page; `title` is read aloud.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    file = io.StringIO()
    with rc_context(SETTINGS):
        figure = Figure(figsize=(size[0] / UNITS, size[1] / UNITS), layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure.subplots())
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    return _embed(file.getvalue(), name, title)


def _embed(svg: str, name: str, title: str) -> str:
    """Make a whole SVG file an element of an HTML page."""
    width, body = re.findall(r'width="([\d.]+)pt"', svg)[0], svg[svg.index("</defs>") + len("</defs>") :]
    view = re.findall(r'viewBox="[^"]+"', svg)[0]
    body = re.sub(r"font-family: [^;\"]+;? ?", "", body)
    body = re.sub(r'( id="|"#|url\(#)', rf"\g<1>{name}-", body)
    body = re.sub(r"\s*<!--.*?-->", "", body, flags=re.DOTALL)
    for stand_in, variable in VARIABLES.items():
        body = body.replace(stand_in, variable)
    return f'<svg class="figure" role="img" {view} style="max-width: {width}px"><title>{escape(title)}</title>{body}'
