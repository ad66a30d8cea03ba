"""Records in the terminal: the same figures as the report, in a few lines; colour only on a terminal."""

from collections.abc import Mapping
from pathlib import PurePath

from rich.console import Console
from rich.text import Text

from striate.notation import Plan
from striate.records import Assessment, DataSummary, Ledger, Run
from striate.report import sentence
from striate.report.console import columns, plain, say, show
from striate.report.faces.table import FACES
from striate.report.layer import LayerRow, list_rows
from striate.report.number import bounded, count, duration, scaled
from striate.report.words import NOUNS, nouns

UNCHECKED = "Whether training saw any of them could not be checked: catalogue.csv does not lie beside the model."
REFUSALS = 20  # refused examples named
Cell = str | Text


def show_run(run: Run, console: Console) -> None:
    """Print what a training run came to: result, baselines, worst classes, advice, and where the report lies."""
    _show_test(run, console)
    say(sentence.tell_training(run), console)
    for advice in (sentence.advise(run), *run.warnings):
        say(advice, console, style="bold")
    say(_balance(run.ledger), console)
    memory = f" Memory: {scaled(run.peak_memory, 'B')} at most." if run.peak_memory else ""
    say(f"Took {duration(run.seconds)}, of which training {duration(run.training_seconds)}.{memory}", console)
    _show_places({"report": str(PurePath(run.run, "report.html")), "model": run.model}, console)


def show_assessment(assessment: Assessment, console: Console) -> None:
    """Print what a saved model gets on some data."""
    _show_test(assessment, console, unseen=assessment.unseen)
    say(_balance(assessment.ledger), console)
    _show_notices(assessment.ledger, console)
    say(f"Took {duration(assessment.seconds)}.", console)
    _show_places({"model": assessment.model}, console)


def show_data(summary: DataSummary, console: Console) -> None:
    """Print what a source holds: where and what, the balance, counts by class and split, refusals, notices."""
    ledger = summary.ledger
    say(f"{summary.source} ({summary.format}): {summary.task} of {nouns(summary.modality)}", console, style="bold")
    say(_balance(ledger), console)
    say(f"Split: {summary.split_rule}", console)
    _show_counts(summary, console)
    _show_notices(ledger, console)
    _show_refusals(ledger, console)


def show_plan(plan: Plan, console: Console) -> None:
    """Print the architecture table: a layer a line, blocks with their parts below, and the sums of all costs."""
    rows = columns("layer", "output", "sees", ">multiply-adds", ">parameters", ">activations")
    for row in list_rows(plan):
        cells = ("  " * row.depth + row.text, row.shape, row.receptive_field)
        rows.add_row(*map(plain, cells), *_costs(row), style="dim" if row.depth else "")
    rows.add_section()
    rows.add_row("sum", "", "", *_costs(plan), style="bold")
    show(rows, console)


def _costs(of: LayerRow | Plan) -> tuple[str, str, str]:
    return scaled(of.multiply_adds), count(of.parameters), scaled(of.activation_bytes, "B")


def _show_test(of: Run | Assessment, console: Console, *, unseen: str = "sealed") -> None:
    test, baselines, modality, face = of.test, of.baselines, of.data.modality, FACES[of.task]
    said = sentence.tell_result(of.task, test, baselines, modality=modality, unseen=unseen)
    say(said, console, style="bold")
    if unseen == "unchecked":
        say(UNCHECKED, console)
    rows = columns("method", f">{face.MEASURED}, 95 %", ">learned from")
    rows.add_row("the network", bounded(test.headline), "", style="bold")
    for name, baseline in sentence.named(baselines):
        rows.add_row(plain(name), bounded(baseline), count(baseline.trained_on))
    show(rows, console)
    say(sentence.compare(test.headline, baselines, NOUNS[modality]), console)
    face.show(test, modality, console)


def _show_counts(summary: DataSummary, console: Console) -> None:
    splits = list(summary.counts)
    rows = columns("class", *(f">{split}" for split in splits))
    for label in summary.counts[splits[0]]:
        rows.add_row(plain(label), *(count(summary.counts[split].get(label, 0)) for split in splits))
    rows.add_section()
    rows.add_row("all", *(count(sum(summary.counts[split].values())) for split in splits), style="bold")
    show(rows, console)


def _show_notices(ledger: Ledger, console: Console) -> None:
    for notice in ledger.notices:
        names = f" ({', '.join(notice.names)})" if notice.names else ""
        say(f"{notice.what}: {count(notice.count)}{names}", console)


def _show_refusals(ledger: Ledger, console: Console) -> None:
    for refusal in ledger.refusals[:REFUSALS]:
        say(f"refused {refusal.name}: {refusal.reason}", console)
    if ledger.refused > REFUSALS:
        say(f"… and {count(ledger.refused - REFUSALS)} more", console)


def _show_places(places: Mapping[str, str], console: Console) -> None:
    for what, place in places.items():
        say(f"{what}: {place}", console)


def _balance(ledger: Ledger) -> str:
    return f"{count(ledger.found)} found = {count(ledger.used)} used + {count(ledger.refused)} refused"
