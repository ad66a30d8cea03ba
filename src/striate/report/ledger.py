"""The ledger of data in three lines: how many are used, which were refused and why, what was done to others."""

import re
from collections.abc import Sequence

from striate.records import Ledger, Refusal
from striate.report.console import plain
from striate.report.number import count

REASONS = 8  # different reasons, or things done, that a line names
NAMES = 3  # examples that are named for each
NUMBERS = re.compile(r"[0-9][0-9,.x]*")  # what makes equal reasons different: sizes, lines


def tell_ledger(ledger: Ledger) -> tuple[str, ...]:
    """Sum up the ledger: used; refused by reason; what was done. Lines about nothing are left out."""
    return tuple(line for line in (tell_balance(ledger), tell_refused(ledger), tell_done(ledger)) if line)


def tell_balance(ledger: Ledger) -> str:
    """Say that what was found is what is used and what is refused."""
    return f"{count(ledger.found)} found = {count(ledger.used)} used + {count(ledger.refused)} refused"


def tell_refused(ledger: Ledger) -> str:
    """Say how many were refused for each reason, most frequent first, with the first names; "" where none was."""
    if not ledger.refusals:
        return ""
    parts = [f"{count(len(names))} × {reason} ({_name(names)})" for reason, names in group_refusals(ledger.refusals)]
    return f"refused: {_join(parts)}"


def tell_done(ledger: Ledger) -> str:
    """Say what was done to how many examples, with the first names; "" where nothing was."""
    parts = [
        f"{_show(notice.what)}: {count(notice.count)}"
        + (f" ({_name(notice.names, notice.count)})" if notice.names else "")
        for notice in ledger.notices
    ]
    return f"done: {_join(parts)}" if parts else ""


def group_refusals(refusals: Sequence[Refusal]) -> list[tuple[str, list[str]]]:
    """Give each reason with the names it was given for, most frequent first; details after a colon are left out.

    >>> rows = [Refusal(name=f"{i}.png", reason=f"line {i} repeats line {i - 1}") for i in (3, 5)]
    >>> group_refusals(rows)
    [('line … repeats line …', ['3.png', '5.png'])]
    """
    groups: dict[str, list[str]] = {}
    for refusal in refusals:
        groups.setdefault(NUMBERS.sub("…", refusal.reason.split(": ")[0]), []).append(refusal.name)
    one_each = {NUMBERS.sub("…", item.reason.split(": ")[0]): item.reason.split(": ")[0] for item in refusals}
    ordered = sorted(groups.items(), key=lambda pair: -len(pair[1]))
    return [(reason if len(names) > 1 else one_each[reason], names) for reason, names in ordered]


def _name(names: Sequence[str], n: int | None = None) -> str:
    more = ", …" if (len(names) if n is None else n) > min(NAMES, len(names)) else ""
    return ", ".join(map(_show, names[:NAMES])) + more


def _join(parts: Sequence[str]) -> str:
    more = f"; and {len(parts) - REASONS} more" if len(parts) > REASONS else ""
    return "; ".join(parts[:REASONS]) + more


def _show(text: str) -> str:
    """Give a text without the control characters that a file name may hold."""
    return plain(text).plain
