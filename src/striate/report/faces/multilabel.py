"""Any number of labels an example: how well each is ranked and told, the examples that are told worst."""

from collections.abc import Sequence

from rich.console import Console

from striate.kinds import Modality
from striate.records import Interval, LabelScore, LabelsPrediction, MultiLabelEvaluation
from striate.report.console import columns, plain, say
from striate.report.console import show as show_table
from striate.report.number import bounded, count, decimal
from striate.report.words import nouns

TEMPLATE = "multilabel.html.jinja"
SECTIONS = {"classes": "Labels", "mistakes": "Mistakes"}
MEASURED = "mean average precision"
WORST = 5  # labels shown


def tell(result: Interval, noun: str) -> str:
    """Say how well labels are ranked."""
    return f"ranks those with a label before those without by {bounded(result)} (mean average precision)"


def name_answer(answer: LabelsPrediction) -> str:
    """Give the labels that apply, each with its probability."""
    return ", ".join(f"{label} ({100 * answer.probabilities[label]:.1f} %)" for label in answer.labels) or "no label"


def list_columns(classes: Sequence[str]) -> list[str]:
    """A column for the labels that apply, and one a label."""
    return ["labels", *classes]


def list_cells(answer: LabelsPrediction, classes: Sequence[str]) -> list[str]:
    """Give the labels that apply, with semicolons between, and the probability of each."""
    return [";".join(answer.labels), *(f"{answer.probabilities[label]:.6f}" for label in classes)]


def draw(test: MultiLabelEvaluation) -> dict[str, str]:
    """Draw nothing beside the tables."""
    return {}


def show(test: MultiLabelEvaluation, modality: Modality, console: Console) -> None:
    """Print the worst labels, and the figures of saying which labels apply."""
    judged = sort_labels(test)
    title = "hardest labels" if len(judged) > WORST else "label"
    rows = columns(title, ">average precision", ">found", ">right", ">F1", f">{nouns(modality)}")
    for one in judged[:WORST]:
        figures = (bounded(one.average_precision), bounded(one.recall), bounded(one.precision))
        rows.add_row(plain(one.label), *figures, decimal(one.f1), count(one.n))
    show_table(rows, console)
    say(tell_beside(test), console)


def sort_labels(test: MultiLabelEvaluation) -> list[LabelScore]:
    """List the labels that occur, the lowest average precision first."""
    return sorted((one for one in test.per_class if one.n), key=lambda one: one.average_precision.value)


def tell_beside(test: MultiLabelEvaluation) -> str:
    """Say what the answers come to, beside the ranking."""
    return (
        f"All labels right: {bounded(test.exact)}; F1 of all answers together {bounded(test.micro_f1)}, "
        f"mean F1 of labels {bounded(test.macro_f1)}. A label is said to apply from probability 1/2 on, "
        "which was moved to where F1 is best on the validation split."
    )
