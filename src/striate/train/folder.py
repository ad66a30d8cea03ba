"""The run folder: where it lies, whether it is an unfinished run of the same choices, and what is written into it."""

import csv
import datetime
import io
import json
import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from striate.errors import RunError
from striate.records import JSON, Epoch, Run, to_json
from striate.runtime.files import write_atomically
from striate.runtime.progress import say
from striate.train.state import check_signature

RUNS = Path("runs")
RECORD = "run.json"
SIGNATURE = Path("checkpoint") / "signature.json"


def open_folder(run: str | Path | None, source: str, signature: JSON) -> tuple[Path, int]:
    """Choose the run folder, and give it with the number of epochs that its run was started with.

    A folder that was asked for must be new, empty, or an unfinished run of the same choices; otherwise the newest
    unfinished run of the same choices under runs/ is taken, else a new folder named after the day and the data.
    """
    if run is not None:
        folder = Path(run).expanduser()
        _check_asked(folder, signature)
    else:
        folder = _find_unfinished(source, signature) or _new_folder(source)
    started = _read_signature(folder)
    if started is None:
        try:
            write_atomically(folder / SIGNATURE, json.dumps(signature, sort_keys=True, indent=1))
        except OSError as error:
            raise RunError(
                "the run folder must be writable",
                got=f"{folder}: {error.strerror}",
                fix="choose another folder with --run",
            ) from None
        return folder, signature["epochs"]
    say(f"resuming {folder}")
    return folder, started["epochs"]


def _check_asked(folder: Path, signature: JSON) -> None:
    if (folder / RECORD).exists():
        raise RunError(
            "a run folder holds one run",
            got=f"{folder}, which is finished",
            fix=f"see {folder / 'report.html'}, or choose another folder with --run",
        )
    started = _read_signature(folder)
    if started is not None:
        check_signature(_choices(started), _choices(signature), folder / SIGNATURE)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(
            "a new run needs a new or empty folder", got=f"{folder}, which holds other files", fix="choose another"
        )


def _choices(signature: JSON) -> JSON:
    """The part of a signature that was chosen; under a time budget the number of epochs was measured."""
    measured = ("epochs",) if signature.get("minutes") is not None else ()
    return {key: value for key, value in signature.items() if key not in measured}


def _read_signature(folder: Path) -> JSON:
    try:
        return json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _find_unfinished(source: str, signature: JSON) -> Path | None:
    for folder in sorted(RUNS.glob(f"*-{_slug(source)}*"), reverse=True):
        started = _read_signature(folder)
        if started and not (folder / RECORD).exists() and _choices(started) == _choices(signature):
            return folder
    return None


def _new_folder(source: str) -> Path:
    first = RUNS / f"{datetime.date.today().isoformat()}-{_slug(source)}"
    folder, number = first, 2
    while folder.exists():
        folder, number = Path(f"{first}-{number}"), number + 1
    return folder


def _slug(source: str) -> str:
    """A short name for the data: the last part of its path in plain letters."""
    name = Path(source).resolve().name.split(".")[0] if source else ""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "data"


def write_record(folder: Path, run: Run) -> None:
    """Write run.json: from now on the run counts as finished."""
    write_atomically(folder / RECORD, json.dumps(to_json(run), indent=1, allow_nan=False))


def write_history(folder: Path, history: Iterable[Epoch]) -> None:
    """Write history.csv, one line an epoch."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = [field.name for field in fields(Epoch)]
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in history)
    write_atomically(folder / "history.csv", text.getvalue())


def clear_checkpoint(folder: Path) -> None:
    """Remove what only an unfinished run needs."""
    for path in (folder / "checkpoint").iterdir():
        path.unlink()
    (folder / "checkpoint").rmdir()
