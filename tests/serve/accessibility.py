"""What a person who cannot see, or cannot point, would stumble over on a page: names, contrast, landmarks, focus."""

from pathlib import Path

from playwright.sync_api import Page

LEAST = 4.5  # contrast of text (WCAG 2.2, 1.4.3)
LEAST_LARGE = 3.0  # from 24 px, or 18.66 px bold

FIND = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

WALK = """
(count) => {
  const reachable = [...document.querySelectorAll("a[href], button, input, select, textarea, [tabindex='0']")]
    .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0);
  return reachable.slice(0, count).map((one) => one.getAttribute("aria-label") || one.textContent.trim() || one.id
    || one.className);
}
"""
AT = (
    "() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"
    " || document.activeElement.id || document.activeElement.className"
)
SHOWN = """
() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
}
"""


def find_faults(page: Page) -> list[str]:
    """Give what is wrong in words: controls without a name, text without contrast, landmarks and headings amiss."""
    found: list[str] = page.evaluate(FIND, [LEAST, LEAST_LARGE])
    return found


def walk_focus(page: Page, count: int) -> tuple[list[str], list[str], bool]:
    """Press Tab `count` times: the order of the document, the order of the focus, and whether each stop was seen."""
    wanted: list[str] = page.evaluate(WALK, count)
    page.evaluate("() => document.activeElement.blur()")
    stops, seen = [], True
    for _ in range(count):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(AT))
        seen = seen and page.evaluate(SHOWN)
    return wanted, stops, seen
