"""A picture under its true and its found boxes, as SVG that needs nothing else."""

from html import escape

from striate.records import BoxPicture, DrawnBox
from striate.report.picture import PREFIX

LETTER = 9  # pixels of the picture that a letter is high


def draw_boxes(drawn: BoxPicture) -> str:
    """Draw a picture: found boxes full, blue where they are right, orange where not; true ones that were missed dashed.

    >>> draw_boxes(BoxPicture(name="a.png", picture="", width=4, height=3, truth=(), found=()))[:40]
    '<svg class="figure boxes" role="img" vie'
    """
    parts = [f'<svg class="figure boxes" role="img" viewBox="0 0 {drawn.width} {drawn.height}">']
    parts.append(f"<title>{escape(describe(drawn))}</title>")
    if drawn.picture.startswith(PREFIX):  # only what the file itself holds; a record may be a stranger's
        parts.append(f'<image href="{escape(drawn.picture)}" width="{drawn.width}" height="{drawn.height}"/>')
    parts += [_draw_box(box, "missed") for box in drawn.truth if not box.right]
    parts += [_draw_box(box, "right" if box.right else "wrong") for box in drawn.found]
    return "".join([*parts, "</svg>"])


def describe(drawn: BoxPicture) -> str:
    """Say how many boxes are right, wrong and missed.

    >>> describe(BoxPicture(name="a.png", picture="", width=4, height=3, truth=(), found=()))
    'a.png: 0 boxes right, 0 wrong, 0 missed'
    """
    right = sum(box.right for box in drawn.found)
    missed = sum(not box.right for box in drawn.truth)
    return f"{drawn.name}: {right} boxes right, {len(drawn.found) - right} wrong, {missed} missed"


def _draw_box(box: DrawnBox, kind: str) -> str:
    x0, y0, x1, y1 = box.box
    place = f'x="{x0:g}" y="{y0:g}" width="{max(0.0, x1 - x0):g}" height="{max(0.0, y1 - y0):g}"'
    above = y0 - 2 if y0 > LETTER else y0 + LETTER
    said = escape(box.label) + ("" if kind == "missed" else f" {100 * box.score:.0f}")
    letters = f'<text x="{x0 + 1:g}" y="{above:g}" font-size="{LETTER}">{said}</text>'
    return f'<g class="{kind}"><rect {place}/>{letters}</g>'
