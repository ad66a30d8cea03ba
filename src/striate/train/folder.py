"""The run folder: where it lies, whether it is an unfinished run of the same choices, and what is written into it."""

import csv
import datetime
import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from striate.errors import RunError
from striate.records import JSON, Epoch, NetworkCourse, Run, from_json, to_json
from striate.runtime.files import write_atomically
from striate.runtime.progress import say
from striate.train.state import check_signature

RUNS = Path("runs")
RECORD = "run.json"
HISTORY = "history.csv"
COURSE = "course.json"
SIGNATURE = "signature.json"
LOCK = "lock"


def find_begun(run: str | Path | None, source: str, signature: JSON) -> JSON:
    """Give the signature of the unfinished run that this command goes on with, None where it starts a new one."""
    if run is not None:
        _check_asked(Path(run).expanduser(), signature)
    folder = _find_unfinished(source, signature) if run is None else Path(run).expanduser()
    return None if folder is None else read_signature(folder)


def open_folder(run: str | Path | None, source: str, signature: JSON) -> tuple[Path, JSON]:
    """Choose the run folder, and give it with the signature that its run was started with.

    A folder that was asked for must be new, empty, or a run of the same choices; otherwise the newest unfinished run
    of the same choices under runs/ is taken, else a new folder named after the day and the data.
    """
    if run is not None:
        folder = Path(run).expanduser()
        _check_asked(folder, signature)
    else:
        folder = _find_unfinished(source, signature) or _new_folder(source)
    _check_outside(folder, source)
    started = read_signature(folder)
    if started is None:
        try:
            write_atomically(folder / SIGNATURE, json.dumps(signature, sort_keys=True, indent=1))
        except OSError as error:
            raise RunError(
                "the run folder must be writable",
                got=f"{folder}: {error.strerror}",
                fix="choose another folder with --run",
            ) from None
        return folder, signature
    say(f"resuming {folder}")
    return folder, started


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other processes out of a run folder; the system lets go of it when this process ends, however it ends."""
    with (folder / LOCK).open("wb") as lock:
        if os.name == "posix":
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RunError(
                    "one process at a time trains in a run folder",
                    got=f"{folder}, in which another one is at work",
                    fix="wait for it, or choose another folder with --run",
                ) from None
        try:
            yield
        finally:
            (folder / LOCK).unlink(missing_ok=True)


def find_finished(run: str | Path | None, signature: JSON) -> Run | None:
    """Give the record of a finished run of the same choices in the folder that was asked for, if it is one."""
    if run is None:
        return None
    folder = Path(run).expanduser()
    started = read_signature(folder)
    if started is None or _choices(started) != _choices(signature):
        return None
    try:
        return from_json(Run, json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _check_asked(folder: Path, signature: JSON) -> None:
    if (folder / RECORD).exists():
        raise RunError(
            "a run folder holds one run",
            got=f"{folder}, which is finished",
            fix=f"see {folder / 'report.html'}, or choose another folder with --run",
        )
    started = read_signature(folder)
    if started is not None:
        check_signature(_choices(started), _choices(signature), folder)
    elif folder.exists() and not _is_blank(folder):
        what = "which holds other files" if folder.is_dir() else "which is a file"
        fix = "choose another folder with --run"
        raise RunError("a new run needs a new or empty folder", got=f"{folder}, {what}", fix=fix)


def _is_blank(folder: Path) -> bool:
    """Say whether a folder holds nothing but what a killed start of a run may have left."""
    return folder.is_dir() and all(path.name.endswith(".part") for path in folder.iterdir())


def _check_outside(folder: Path, source: str) -> None:
    """A run folder among the class folders would be read as a class the next time."""
    if Path(source).is_dir() and folder.resolve().is_relative_to(Path(source).resolve()):
        raise RunError(
            "a run folder must lie outside of the data",
            got=f"{folder} inside {source}",
            fix="go to another folder first, or choose one with --run",
        )


def _choices(signature: JSON) -> JSON:
    """The part of a signature that was chosen; the route, and the number of epochs under a budget, were measured."""
    left_out = ("route", "epochs") if signature.get("measured") else ("route",)
    return {key: value for key, value in signature.items() if key not in left_out}


def read_signature(folder: Path) -> JSON:
    """Give the choices that the run in a folder was started with, None where there is no run."""
    try:
        signature = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    kinds = {"epochs": int, "route": str}
    whole = isinstance(signature, dict) and all(isinstance(signature.get(key), kind) for key, kind in kinds.items())
    return signature if whole else None


def _find_unfinished(source: str, signature: JSON) -> Path | None:
    for folder in sorted(RUNS.glob(f"*-{_slug(source)}*"), reverse=True):
        started = read_signature(folder)
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
    name = Path(source).resolve().name.split(".")[0].replace("'", "") if source else ""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "data"


def write_record(folder: Path, run: Run) -> None:
    """Write run.json: from now on the run counts as finished."""
    write_atomically(folder / RECORD, json.dumps(to_json(run), indent=1, allow_nan=False))


def write_course(folder: Path, inside: NetworkCourse) -> None:
    """Write course.json: what the training did inside the network."""
    write_atomically(folder / COURSE, json.dumps(to_json(inside), allow_nan=False))


def write_history(folder: Path, history: Iterable[Epoch]) -> None:
    """Write history.csv, one line an epoch."""
    write_atomically(folder / HISTORY, _history_text(history))


def show_history(folder: Path, history: Iterable[Epoch]) -> None:
    """Write history.csv for those who watch: whole whenever it is read, but not waited for until it is on the disk.

    The flush of `write_history` took 12 ms, 3 % of an epoch of X's and O's; the end of the run makes up for it.
    """
    draft = folder / f".{HISTORY}.part"
    draft.write_text(_history_text(history), encoding="utf-8")
    draft.replace(folder / HISTORY)


def _history_text(history: Iterable[Epoch]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    names = [field.name for field in fields(Epoch)]
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in history)
    return text.getvalue()


def clear_checkpoint(folder: Path) -> None:
    """Remove what only an unfinished run needs, and what kills left behind."""
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    for draft in folder.glob(".*.part"):
        draft.unlink(missing_ok=True)
