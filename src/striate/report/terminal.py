"""Records in the terminal: the same figures as the report, in a few lines; colour only on a terminal."""

from collections.abc import Mapping
from pathlib import PurePath

from rich.console import Console
from rich.table import Table
from rich.text import Text

from striate.notation import Plan
from striate.records import Assessment, Baseline, DataSummary, Evaluation, Ledger, Run
from striate.report import sentence
from striate.report.layer import LayerRow, list_rows
from striate.report.number import bounded, count, decimal, duration, scaled

WORST = 5  # classes shown
UNCHECKED = "Whether training saw any of them could not be checked: catalogue.csv does not lie beside the model."
REFUSALS = 20  # refused examples named
Cell = str | Text


def show_run(run: Run, console: Console) -> None:
    """Print what a training run came to: result, baselines, worst classes, advice, and where the report lies."""
    _show_test(run.test, run.baselines, console)
    _say(sentence.tell_training(run), console)
    _say(sentence.advise(run), console, style="bold")
    _say(_balance(run.ledger), console)
    memory = f" Memory: {scaled(run.peak_memory, 'B')} at most." if run.peak_memory else ""
    _say(f"Took {duration(run.seconds)}, of which training {duration(run.training_seconds)}.{memory}", console)
    _show_places({"report": str(PurePath(run.run, "report.html")), "model": run.model}, console)


def show_assessment(assessment: Assessment, console: Console) -> None:
    """Print what a saved model gets on some data."""
    _show_test(assessment.test, assessment.baselines, console, unseen=assessment.unseen)
    _say(_balance(assessment.ledger), console)
    _show_notices(assessment.ledger, console)
    _say(f"Took {duration(assessment.seconds)}.", console)
    _show_places({"model": assessment.model}, console)


def show_data(summary: DataSummary, console: Console) -> None:
    """Print what a source holds: where and what, the balance, counts by class and split, refusals, notices."""
    ledger = summary.ledger
    _say(f"{summary.source} ({summary.format})", console, style="bold")
    _say(_balance(ledger), console)
    _say(f"Split: {summary.split_rule}", console)
    _show_counts(summary, console)
    _show_notices(ledger, console)
    _show_refusals(ledger, console)


def show_plan(plan: Plan, console: Console) -> None:
    """Print the architecture table: a layer a line, blocks with their parts below, and the sums of all costs."""
    table = _table("layer", "output", "sees", ">multiply-adds", ">parameters", ">activations")
    for row in list_rows(plan):
        cells = ("  " * row.depth + row.text, row.shape, row.receptive_field)
        table.add_row(*map(_plain, cells), *_costs(row), style="dim" if row.depth else "")
    table.add_section()
    table.add_row("sum", "", "", *_costs(plan), style="bold")
    _show(table, console)


def _costs(of: LayerRow | Plan) -> tuple[str, str, str]:
    return scaled(of.multiply_adds), count(of.parameters), scaled(of.activation_bytes, "B")


def _show_test(
    test: Evaluation, baselines: Mapping[str, Baseline], console: Console, *, unseen: str = "sealed"
) -> None:
    _say(sentence.tell_result(test, baselines, unseen=unseen), console, style="bold")
    if unseen == "unchecked":
        _say(UNCHECKED, console)
    table = _table("method", ">right answers, 95 %", ">learned from")
    table.add_row("the network", bounded(test.accuracy), "", style="bold")
    for name, baseline in sentence.named(baselines):
        table.add_row(_plain(name), bounded(baseline), count(baseline.trained_on))
    _show(table, console)
    _say(sentence.compare(test, baselines), console)
    _show_worst(test, console)
    _say(sentence.tell_calibration(test.calibration), console)


def _show_worst(test: Evaluation, console: Console) -> None:
    judged = sorted((score for score in test.per_class if score.recall.n), key=lambda score: score.recall.value)
    table = _table("hardest classes" if len(judged) > WORST else "class", ">found", ">right", ">F1", ">pictures")
    for score in judged[:WORST]:
        figures = (bounded(score.recall), bounded(score.precision), decimal(score.f1), count(score.recall.n))
        table.add_row(_plain(score.label), *figures)
    _show(table, console)


def _show_counts(summary: DataSummary, console: Console) -> None:
    splits = list(summary.counts)
    table = _table("class", *(f">{split}" for split in splits))
    for label in summary.classes:
        table.add_row(_plain(label), *(count(summary.counts[split].get(label, 0)) for split in splits))
    table.add_section()
    table.add_row("all", *(count(sum(summary.counts[split].values())) for split in splits), style="bold")
    _show(table, console)


def _show_notices(ledger: Ledger, console: Console) -> None:
    for notice in ledger.notices:
        names = f" ({', '.join(notice.names)})" if notice.names else ""
        _say(f"{notice.what}: {count(notice.count)}{names}", console)


def _show_refusals(ledger: Ledger, console: Console) -> None:
    for refusal in ledger.refusals[:REFUSALS]:
        _say(f"refused {refusal.name}: {refusal.reason}", console)
    if ledger.refused > REFUSALS:
        _say(f"… and {count(ledger.refused - REFUSALS)} more", console)


def _show_places(places: Mapping[str, str], console: Console) -> None:
    for what, place in places.items():
        _say(f"{what}: {place}", console)


def _balance(ledger: Ledger) -> str:
    return f"{count(ledger.found)} found = {count(ledger.used)} used + {count(ledger.refused)} refused"


def _table(*columns: str) -> Table:
    """A table without frames; a column whose name begins with `>` holds numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(_plain(column.removeprefix(">")), justify="right" if column.startswith(">") else "left")
    return table


def _show(table: Table, console: Console) -> None:
    """Print a table with an empty line before and after."""
    console.print()
    console.print(table)
    console.print()


def _say(text: str, console: Console, *, style: str = "") -> None:
    if text:
        console.print(_plain(text), style=style, soft_wrap=not console.is_terminal)


def _plain(text: str) -> Text:
    """Text as it is: no markup, no emoji codes, and no control characters, which a file name may hold."""
    return Text("".join(letter if letter.isprintable() else "�" for letter in text))
