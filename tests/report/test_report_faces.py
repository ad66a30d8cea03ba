"""Each task's result in the terminal, in the report and as answers: complete, escaped, in its own words."""

import dataclasses
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from task_catalogues import multilabel_catalogue, regression_catalogue, segmentation_catalogue

from striate.data.catalogue import Catalogue
from striate.notation import plan
from striate.records import Run, from_json, to_json
from striate.report.answers import show_answers
from striate.report.faces.table import FACES
from striate.report.html import write_report
from striate.report.terminal import show_run
from striate.tasks.table import TASKS

LINE = "conv 4 3x3 pad 1 > relu"
EVIL = "<b>&"


@pytest.fixture(scope="module")
def catalogues() -> dict[str, Catalogue]:
    made = {
        "segmentation": segmentation_catalogue(40),
        "multilabel": multilabel_catalogue(60),
        "regression": regression_catalogue(60),
    }
    return {
        task: dataclasses.replace(one, classes=(*one.classes[:-1], EVIL), names=tuple(f"{EVIL}{n}" for n in one.names))
        for task, one in made.items()
    }


@pytest.fixture(params=["segmentation", "multilabel", "regression"])
def finished(request: pytest.FixtureRequest, catalogues: dict[str, Catalogue], build: Callable[..., Run]) -> Run:
    """A run of a task, whose network answered at random."""
    task = request.param
    catalogue = catalogues[task]
    head = TASKS[task].head(catalogue.classes, catalogue.spec)
    shape = plan(LINE, catalogue.spec.shape, outputs=head).output_shape
    n = int((catalogue.splits == "test").sum())
    outputs = torch.randn(n, *shape, generator=torch.Generator().manual_seed(0))
    test = TASKS[task].judge(TASKS[task].keep(outputs), catalogue, "test")
    thresholds = dict.fromkeys(catalogue.classes, 0.25) if task == "multilabel" else {}
    return build(
        task=task,
        metric=TASKS[task].metric,
        line=LINE,
        input=catalogue.spec,
        data=catalogue.summary(),
        ledger=catalogue.ledger,
        test=test,
        validation=test.headline,
        thresholds=thresholds,
        samples={},
        baselines={},
    )


def test_record_goes_through_json(finished: Run) -> None:
    text = json.dumps(to_json(finished))
    assert to_json(from_json(Run, json.loads(text))) == json.loads(text)


def test_terminal_names_the_figure(finished: Run) -> None:
    out = Console(width=200, file=io.StringIO())
    show_run(finished, out)
    said = out.file.getvalue()  # type: ignore[attr-defined]
    face = FACES[finished.task]
    assert face.MEASURED in said
    assert f"{100 * finished.test.headline.value:.1f} %" in said
    assert EVIL in said or finished.task == "segmentation"


def test_report_holds_every_section(finished: Run, tmp_path: Path) -> None:
    head = TASKS[finished.task].head(finished.data.classes, finished.input)
    write_report(finished, tmp_path / "report.html", plan=plan(LINE, finished.input.shape, outputs=head))
    html = (tmp_path / "report.html").read_text("utf-8")
    for name, title in FACES[finished.task].SECTIONS.items():
        assert f'<section id="{name}">' in html and f'<a href="#{name}">{title}</a>' in html
    assert EVIL not in html and "&lt;b&gt;&amp;" in html
    assert "nan" not in re.sub(r"data:image/png;base64,[^\"]*", "", html).lower().split()
    assert html.count("<section") == html.count("</section>")
    if finished.task != "regression":
        assert html.count("data:image/png") >= 4


CSV = {
    "segmentation": "name,height,width,0,1,<b>&",
    "multilabel": "name,labels,0,1,2,<b>&",
    "regression": "name,<b>&",
}


@pytest.mark.parametrize("task", CSV)
def test_answers_as_text_lines_and_table(task: Any, catalogues: dict[str, Catalogue]) -> None:
    catalogue = catalogues[task]
    head = TASKS[task].head(catalogue.classes, catalogue.spec)
    shape = plan(LINE, catalogue.spec.shape, outputs=head).output_shape
    outputs = 5 * torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))
    size = catalogue.inputs.shape[2:]
    found = TASKS[task].answer(
        TASKS[task].keep(outputs),
        names=["one", "two"],
        sizes=[size, size],
        classes=catalogue.classes,
        spec=catalogue.spec,
    )
    said = {form: io.StringIO() for form in ("text", "lines", "csv")}
    for form, stream in said.items():
        show_answers(found, catalogue.classes, form=form, stream=stream, task=task)
    rows = said["csv"].getvalue().splitlines()
    assert rows[0] == CSV[task]
    assert len(rows) == 3 and all(len(row.split(",")) == len(rows[0].split(",")) for row in rows)
    assert [json.loads(line)["name"] for line in said["lines"].getvalue().splitlines()] == ["one", "two"]
    text = said["text"].getvalue()
    if task == "regression":
        assert text == f"one: {EVIL} {outputs[0, 0]:.6g}\ntwo: {EVIL} {outputs[1, 0]:.6g}\n"
    else:
        assert text.startswith("one: ") and "%" in text
