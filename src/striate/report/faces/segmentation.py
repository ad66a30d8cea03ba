"""A class for every pixel: overlap and outlines by class, what is taken for what, the worst pictures."""

from collections.abc import Sequence

from rich.console import Console

from striate.kinds import Modality
from striate.records import Interval, MaskPrediction, SegmentationEvaluation
from striate.report.console import columns, plain, say
from striate.report.console import show as show_table
from striate.report.masks import choose_colour
from striate.report.number import bounded, percent

TEMPLATE = "segmentation.html.jinja"
SECTIONS = {"classes": "Classes", "confusion": "Confusion", "worst": "Worst pictures"}
MEASURED = "mean Dice"
WORST = 5  # classes shown


def tell(result: Interval, noun: str) -> str:
    """Say how far its regions and the true ones overlap."""
    return f"finds regions that overlap with the true ones by {bounded(result)} (mean Dice)"


def name_answer(answer: MaskPrediction) -> str:
    """Give the share of all pixels of each class that is there."""
    there = [(label, share) for label, share in answer.shares.items() if share > 0]
    return ", ".join(f"{label} {percent(share)}" for label, share in there)


def list_columns(classes: Sequence[str]) -> list[str]:
    """A column each for height and width, and one a class."""
    return ["height", "width", *classes]


def list_cells(answer: MaskPrediction, classes: Sequence[str]) -> list[str]:
    """Give the size in pixels, and the share of all pixels of each class."""
    return [*map(str, answer.size), *(f"{answer.shares[label]:.6f}" for label in classes)]


def draw(test: SegmentationEvaluation) -> dict[str, str]:
    """Draw nothing beside the tables."""
    return {}


def show(test: SegmentationEvaluation, modality: Modality, console: Console) -> None:
    """Print the worst classes, and the figures beside the mean Dice."""
    judged = sorted((one for one in test.per_class if one.dice.value == one.dice.value), key=lambda one: one.dice.value)
    title = "hardest classes" if len(judged) > WORST else "class"
    rows = columns(title, ">Dice", ">IoU", ">boundary F1", ">of all pixels")
    for one in judged[:WORST]:
        figures = (bounded(one.dice), bounded(one.iou), bounded(one.boundary), percent(one.share))
        rows.add_row(plain(one.label), *figures)
    show_table(rows, console)
    say(tell_beside(test), console)


def tell_beside(test: SegmentationEvaluation) -> str:
    """Say what other figures than the mean Dice say."""
    void = f"; {percent(test.void)} of the pixels count nowhere" if test.void else ""
    return (
        f"Mean IoU of all classes {bounded(test.iou)}, pixels right {bounded(test.accuracy)}, "
        f"mean Dice of single pictures {bounded(test.by_picture)}, boundary F1 {bounded(test.boundary)}{void}."
    )


def list_shares(test: SegmentationEvaluation) -> list[tuple[str, list[tuple[float, bool]]]]:
    """Give for each class (a row) the share of its pixels that each class is called, and whether that is right."""
    labels = [one.label for one in test.per_class]
    return [
        (labels[k], [(n / (sum(row) or 1), k == answer) for answer, n in enumerate(row)])
        for k, row in enumerate(test.confusion)
    ]


def colour_of(index: int) -> str:
    """Give the colour of a class in the pictures as CSS; the background has none."""
    return "rgb({}, {}, {})".format(*choose_colour(index)) if index else "transparent"
