"""Objects and where they are: precision by class, by size and by overlap, and the worst pictures with their boxes."""

from collections.abc import Sequence

from rich.console import Console

from striate.kinds import Modality
from striate.records import BoxPrediction, DetectionEvaluation, Interval
from striate.report.boxes import draw_boxes
from striate.report.console import columns, plain, say
from striate.report.console import show as show_table
from striate.report.number import bounded, count, decimal, percent

TEMPLATE = "detection.html.jinja"
SECTIONS = {"classes": "Classes", "sizes": "Sizes", "worst": "Worst pictures"}
MEASURED = "mAP50"
CLASSES = 10  # shown in the terminal
MANY = 0.05  # share of tiny objects from which on more pixels are advised


def tell(result: Interval, noun: str) -> str:
    """Say how precise the boxes are."""
    return f"finds objects with a mean average precision (mAP50) of {bounded(result)}"


def name_answer(answer: BoxPrediction) -> str:
    """Name the objects with their boxes, the likeliest first."""
    each = (
        f"{found.label} at {' '.join(f'{side:.0f}' for side in found.box)} ({100 * found.score:.1f} %)"
        for found in answer.found
    )
    return ", ".join(each) or "nothing found"


def list_columns(classes: Sequence[str]) -> list[str]:
    """A column for all boxes, and one a class for their number."""
    return ["boxes", *classes]


def list_cells(answer: BoxPrediction, classes: Sequence[str]) -> list[str]:
    """Give all boxes, as class, score, x0, y0, x1, y1 each, and how many there are of each class."""
    boxes = (f"{one.label} {one.score:.6f} {' '.join(f'{side:.1f}' for side in one.box)}" for one in answer.found)
    return ["; ".join(boxes), *(str(sum(one.label == label for one in answer.found)) for label in classes)]


def draw(test: DetectionEvaluation) -> dict[str, str]:
    """Draw the worst pictures with their boxes."""
    return {f"worst{i}": draw_boxes(drawn) for i, drawn in enumerate(test.worst)}


def show(test: DetectionEvaluation, modality: Modality, console: Console) -> None:
    """Print the classes, the sizes, and whether objects are too small to be seen."""
    rows = columns("class", ">AP50", ">found", ">right", ">F1", ">boxes")
    for score in sorted(test.per_class, key=lambda score: -score.recall.n)[:CLASSES]:
        figures = (bounded(score.ap50), bounded(score.recall), bounded(score.precision), decimal(score.f1))
        rows.add_row(plain(score.label), *figures, count(score.recall.n))
    show_table(rows, console)
    say(tell_precision(test), console)
    say(tell_sizes(test), console)
    if advise_size(test):
        say(advise_size(test), console, style="bold")


def tell_precision(test: DetectionEvaluation) -> str:
    """Say what mAP50-95 is, and what found and right mean."""
    return (
        f"Over overlaps of 0.5 to 0.95 the mean average precision (mAP50-95) is {bounded(test.map)}. Boxes with a "
        "score of 50 % or more are shown, for each class the point of the best F1 on the validation pictures."
    )


def tell_sizes(test: DetectionEvaluation) -> str:
    """Say how precise the boxes of small, middle and large objects are."""
    parts = [f"{score.size} {percent(score.ap50)} of {count(score.n)}" for score in test.per_size if score.n]
    return f"mAP50 by size of the object: {', '.join(parts)}." if parts else "There is no object to be found."


def advise_size(test: DetectionEvaluation) -> str:
    """Say that many objects are too small in the network's picture, where they are."""
    if test.tiny < MANY:
        return ""
    return (
        f"{percent(test.tiny)} of the objects are narrower or lower than {test.tiny_pixels} pixels as the network sees "
        "them: a larger picture, such as --size 640, would show more of them."
    )
