"""The run folders beside the model's: what each was, its curves, and what two of them did differently."""

import json
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from striate.errors import UsageError, nearest
from striate.records import JSON, Epoch, Run, from_json
from striate.report.number import bounded, count, duration
from striate.serve.history import follow, read_history
from striate.serve.request import Here, work
from striate.serve.session import Session

api = APIRouter(prefix="/api/runs")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunView:
    """A run folder: its choices in words, its figures where it is finished, and its epochs so far.

    `state` is finished or unfinished; `here` says that the model on show is this run's.
    """

    name: str
    state: str
    here: bool
    architecture: str
    figures: dict[str, str]
    choices: dict[str, str]
    history: tuple[Epoch, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A choice or a figure that runs do not share, with the value of each ("" where a run has none)."""

    what: str
    values: tuple[str, ...]


@api.get("")
async def read_runs(request: Request, here: Here) -> JSON:
    """List the run folders, the newest first."""
    return await work(request, here, lambda: [view_run(folder, here) for folder in list_runs(here)])


@api.get("/differences")
async def read_differences(request: Request, here: Here, run: list[str] = Query()) -> JSON:  # noqa: B008
    """Say in what runs differ."""
    return await work(request, here, lambda: compare([view_run(find_run(here, name), here) for name in run]))


@api.get("/{name}/events")
async def read_events(here: Here, name: str) -> StreamingResponse:
    """Tell the epochs of a run as they come, as server-sent events."""
    return StreamingResponse(follow(find_run(here, name)), media_type="text/event-stream")


def list_runs(session: Session) -> list[Path]:
    """List every folder beside the model's that a training began in, the newest first."""
    beside = session.model.path.resolve().parent.parent
    begun = {folder: when for folder in beside.iterdir() if (when := _began(folder)) is not None}
    return sorted(begun, key=lambda folder: (-begun[folder], folder.name))


def _began(folder: Path) -> float | None:
    """Tell when training began in a folder (seconds since 1970), None where it did not, or where we may not look."""
    try:
        return (folder / "signature.json").stat().st_mtime
    except OSError:
        return None


def find_run(session: Session, name: str) -> Path:
    """Give one run folder by its name; raises UsageError for any other path."""
    known = {folder.name: folder for folder in list_runs(session)}
    if name not in known:
        raise UsageError("a run is a folder beside the model's", got=repr(name), fix=nearest(name, known))
    return known[name]


def view_run(folder: Path, session: Session) -> RunView:
    """Describe one run folder from its files."""
    signature, run = _read(folder / "signature.json"), _read_run(folder)
    history = run.history if run is not None else tuple(read_history(folder))
    recipe = signature.get("recipe")
    choices = {key: _say(signature.get(key)) for key in ("input", "epochs", "seed", "minutes", "target", "route")}
    choices |= {key: _say(value) for key, value in (recipe if isinstance(recipe, dict) else {}).items()}
    return RunView(
        name=folder.name,
        state="unfinished" if run is None else "finished",
        here=folder == session.model.path.resolve().parent,
        architecture=str(signature.get("architecture", "")),
        figures={} if run is None else _figures(run),
        choices=choices,
        history=history,
    )


def compare(runs: list[RunView]) -> tuple[Difference, ...]:
    """List figures and choices in which the runs differ, figures first."""
    tables = [{"architecture": run.architecture, **run.figures, **run.choices} for run in runs]
    names = list(dict.fromkeys(name for table in tables for name in table))
    rows = [Difference(what=name, values=tuple(table.get(name, "") for table in tables)) for name in names]
    return tuple(row for row in rows if len(set(row.values)) > 1)


def _figures(run: Run) -> dict[str, str]:
    return {
        f"test {run.metric}": bounded(run.test.headline),
        f"validation {run.metric}": bounded(run.validation),
        "parameters": count(run.parameters),
        "pictures": count(run.ledger.used),
        "time": duration(run.seconds),
        "trained for": duration(run.training_seconds),
        "stopped": run.stopped,
    }


def _read_run(folder: Path) -> Run | None:
    try:
        return from_json(Run, _read(folder / "run.json"))
    except TypeError:
        return None


def _read(file: Path) -> JSON:
    """Read a JSON object, an empty one where there is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _say(value: JSON) -> str:
    return "" if value is None else "x".join(map(str, value)) if isinstance(value, list) else str(value)
