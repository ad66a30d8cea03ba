"""One class an example: recall and precision by class, the confusions, how far stated confidence holds."""

from collections.abc import Sequence

from rich.console import Console

from striate.kinds import Modality
from striate.records import Calibration, Evaluation, Interval, Prediction
from striate.report.confusion import list_confusions
from striate.report.console import columns, plain, say
from striate.report.console import show as show_table
from striate.report.figure import draw_reliability
from striate.report.number import bounded, count, decimal, percent
from striate.report.words import NOUNS, nouns, number

TEMPLATE = "classification.html.jinja"
SECTIONS = {"classes": "Classes", "confusion": "Confusion", "calibration": "Calibration", "mistakes": "Mistakes"}
MEASURED = "right answers"
WORST = 5  # classes shown


def tell(result: Interval, noun: str) -> str:
    """Say what share is named correctly."""
    return f"names {bounded(result)} correctly"


def name_answer(answer: Prediction) -> str:
    """Give the label with its probability."""
    return f"{answer.label} ({100 * answer.probability:.1f} %)"


def list_columns(classes: Sequence[str]) -> list[str]:
    """A column for the label, one for its probability, and one a class."""
    return ["label", "probability", *classes]


def list_cells(answer: Prediction, classes: Sequence[str]) -> list[str]:
    """Give label and probabilities."""
    return [answer.label, f"{answer.probability:.6f}", *(f"{answer.probabilities[label]:.6f}" for label in classes)]


def draw(test: Evaluation) -> dict[str, str]:
    """Draw how far stated confidence holds."""
    return {"reliability": draw_reliability(test.calibration)}


def show(test: Evaluation, modality: Modality, console: Console) -> None:
    """Print the worst classes, and how far stated confidence holds."""
    judged = sorted((score for score in test.per_class if score.recall.n), key=lambda score: score.recall.value)
    title = "hardest classes" if len(judged) > WORST else "class"
    rows = columns(title, ">found", ">right", ">F1", f">{nouns(modality)}")
    for score in judged[:WORST]:
        figures = (bounded(score.recall), bounded(score.precision), decimal(score.f1), count(score.recall.n))
        rows.add_row(plain(score.label), *figures)
    show_table(rows, console)
    say(tell_calibration(test.calibration, NOUNS[modality]), console)


def tell_worst(test: Evaluation) -> str:
    """Say which class is found least often, and what it is most often taken for."""
    judged = [score for score in test.per_class if score.recall.n]
    if not judged or not list_confusions(test, 1):
        return ""
    worst = min(judged, key=lambda score: score.recall.value)
    text = f"Hardest to find is {worst.label}: {bounded(worst.recall)} of {count(worst.recall.n)}"
    taken = [found for found in list_confusions(test, len(test.per_class) ** 2) if found.truth == worst.label]
    return f"{text}; most often it is taken for {taken[0].answer} ({count(taken[0].count)})." if taken else f"{text}."


def tell_calibration(calibration: Calibration, noun: str = "picture") -> str:
    """Say what the calibration error means, and to which side the network errs."""
    error, bins = calibration.error, calibration.bins
    confidence = sum(part.confidence * part.n for part in bins) / max(1, error.n)
    accuracy = sum(part.accuracy * part.n for part in bins) / max(1, error.n)
    points = [f"{100 * value:.1f}" for value in (error.value, error.low, error.high)]
    text = f"The stated probabilities are off by {points[0]} points on average [{points[1]}, {points[2]}]"
    if error.low == 0:
        return f"{text}, which is no more than chance gives on {number(error.n, noun)}."
    if abs(confidence - accuracy) < error.value / 2:
        return f"{text}, some too high and some too low."
    side = "too sure of itself" if confidence > accuracy else "too cautious"
    return f"{text}: the network is {side}, it states {percent(confidence)} and is right in {percent(accuracy)}."


def tell_temperature(temperature: float, noun: str = "picture") -> str:
    """Say that the probabilities were adjusted after training, on other examples than these."""
    doubt = "too sure of itself" if temperature > 1 else "too cautious"
    return (
        f"After training the network was {doubt}, so its logits were divided by {decimal(temperature)}, "
        f"fitted on the validation {noun}s; no answer changes by that."
    )
