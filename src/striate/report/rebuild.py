"""A finished run folder read back: its records, and its report drawn anew from nothing but them."""

import json
from pathlib import Path

from striate.errors import RunError
from striate.notation import plan
from striate.records import NetworkCourse, Run, from_json
from striate.report.html import write_report


def rebuild(folder: Path) -> Run:
    """Read `folder`/run.json and write `folder`/report.html; raises RunError when there is no whole record."""
    file = folder / "run.json"
    try:
        run = from_json(Run, json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise RunError(
            "a finished run folder holds run.json",
            got=f"{file}: {error.strerror}",
            fix="give a folder that striate train has finished; on an unfinished one, the same train command goes on",
        ) from None
    except (ValueError, TypeError) as error:
        raise RunError("run.json must be whole", got=f"{file}: {error}", fix="train again") from None
    planned = plan(run.line, run.input.shape, outputs=len(run.data.classes))
    write_report(run, folder / "report.html", plan=planned, inside=read_course(folder))
    return run


def read_course(folder: Path) -> NetworkCourse | None:
    """Read `folder`/course.json, None where the run was not looked into; raises RunError when it is not whole."""
    file = folder / "course.json"
    if not file.exists():
        return None
    try:
        return from_json(NetworkCourse, json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        fix = "remove it: the report is drawn without what it says"
        raise RunError("course.json must be whole", got=f"{file}: {error}", fix=fix) from None
