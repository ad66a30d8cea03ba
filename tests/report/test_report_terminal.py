"""The terminal: the figures are there, plain text stays plain, markup and control characters do nothing."""

import io

import pytest
from rich.console import Console

from striate.notation import plan
from striate.records import Assessment
from striate.report import terminal


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=100)


def read(console: Console) -> str:
    return console.file.getvalue()


def test_run_shows_result_baselines_and_places(console, run):
    terminal.show_run(run, console)
    text = read(console)
    for words in (
        "Of 300 test pictures",
        "HOG + linear SVM",
        "60.0 % [55.0, 65.0]",
        "1,502 found",
        "report.html",
        "800",
    ):
        assert words in text
    assert "\x1b" not in text
    assert "Took 2 min 11 s, of which training 1 min 31 s." in text


def test_assessment_shows_result_and_model(console, run):
    kept = {"run": "", "model": "m.safetensors", "task": "classification", "seconds": 3.0, "test": run.test}
    terminal.show_assessment(
        Assessment(**kept, unseen="sealed", baselines={}, ledger=run.ledger, data=run.data), console
    )
    assert "Of 300 test pictures" in read(console) and "model: m.safetensors" in read(console)


def test_data_shows_counts_notices_and_20_refusals(console, build):
    terminal.show_data(build(refusals=30).data, console)
    text = read(console)
    assert "1,530 found = 1,500 used + 30 refused" in text
    assert "refused bad/19 & co.png: reason 19 <i>" in text and "bad/20" not in text and "and 10 more" in text
    assert "CMYK converted to RGB: 7" in text and "validation" in text


def test_plan_shows_every_layer_and_the_sums(console):
    lenet = "conv 6 5x5 pad 2 > relu > maxpool 2 > conv 16 5x5 > relu > maxpool 2 > dense 120 > relu > dense 84 > relu"
    terminal.show_plan(plan(lenet, (1, 28, 28), outputs=10), console)
    assert "61,706" in read(console) and "6x28x28" in read(console) and "dense 10" in read(console)


def test_names_are_neither_markup_nor_commands(console, build):
    terminal.show_data(build(classes=("[red]a[/red]", ":smile:", "\x1b[2Jgone")).data, console)
    text = read(console)
    assert "[red]a[/red]" in text and ":smile:" in text and "\x1b" not in text


def test_colour_on_a_terminal_only(run):
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard")
    terminal.show_run(run, console)
    assert "\x1b[1m" in read(console)
