"""A history.csv that may still be growing: its epochs, and news of more of them."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path

from striate.records import JSON, Epoch, from_json, to_json

LOOK = 0.1  # seconds between looks into the file


def read_history(folder: Path) -> list[Epoch]:
    """Read all whole epochs of a run folder, none where there is no history yet, or one that is none of ours."""
    try:
        with (folder / "history.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [from_json(Epoch, {name: _number(name, text) for name, text in row.items()}) for row in rows]
    except (OSError, ValueError, TypeError):
        return []


def _number(name: str, text: str) -> float:
    return int(text) if name in ("epoch", "step") else float(text)


async def follow(folder: Path) -> AsyncIterator[str]:
    """Tell every epoch as a server-sent event, those of the past at once; an `end` event when the run is finished."""
    told = 0
    while True:
        finished = (folder / "run.json").exists()
        for epoch in read_history(folder)[told:]:
            told += 1
            yield event("epoch", to_json(epoch))
        if finished:
            yield event("end", {})
            return
        await asyncio.sleep(LOOK)


def event(kind: str, record: JSON) -> str:
    """Write one server-sent event.

    >>> event("end", {})
    'event: end\\ndata: {}\\n\\n'
    """
    return f"event: {kind}\ndata: {json.dumps(record, allow_nan=False)}\n\n"
