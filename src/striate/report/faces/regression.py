"""Numbers: how far answers are off in their own unit, answers against the truth, the examples that are farthest off."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from striate.kinds import Modality
from striate.records import Interval, RegressionEvaluation, ValuesPrediction
from striate.report.console import columns, plain
from striate.report.console import show as show_table
from striate.report.number import bounded
from striate.report.svg import BLUE, QUIET
from striate.report.svg import draw as draw_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEMPLATE = "regression.html.jinja"
SECTIONS = {"values": "Values", "mistakes": "Farthest off"}
MEASURED = "variance explained (R²)"
MOST = 6  # scatters drawn


def tell(result: Interval, noun: str) -> str:
    """Say what share of the variance is explained."""
    return f"explains {bounded(result)} of the variance of what was asked for (R²)"


def name_answer(answer: ValuesPrediction) -> str:
    """Give each number by its name."""
    return ", ".join(f"{label} {value:.6g}" for label, value in answer.values.items())


def list_columns(classes: Sequence[str]) -> list[str]:
    """A column for each number asked for."""
    return list(classes)


def list_cells(answer: ValuesPrediction, classes: Sequence[str]) -> list[str]:
    """Give the numbers to nine digits."""
    return [f"{answer.values[label]:.9g}" for label in classes]


def draw(test: RegressionEvaluation) -> dict[str, str]:
    """Draw answers against the truth, a figure a number asked for, of the first few."""
    return {f"scatter{d}": _draw_scatter(d, label, points) for d, (label, points) in enumerate(list_points(test))}


def list_points(test: RegressionEvaluation) -> list[tuple[str, tuple[tuple[float, float], ...]]]:
    """List the numbers asked for that are drawn, with their points."""
    return list(test.points.items())[:MOST]


def show(test: RegressionEvaluation, modality: Modality, console: Console) -> None:
    """Print the errors in their own unit."""
    rows = columns("value", ">R²", ">mean error, either way", ">root mean square", ">spread of the truth")
    for one in test.per_value:
        rows.add_row(plain(one.label), bounded(one.r2), ranged(one.mae), ranged(one.rmse), f"{one.spread:.4g}")
    show_table(rows, console)


def ranged(figure: Interval) -> str:
    """Give a number in its own unit with its 95 % interval.

    >>> ranged(Interval(value=12.3456, low=11.0, high=13.5, n=4))
    '12.35 [11, 13.5]'
    """
    return f"{figure.value:.4g} [{figure.low:.4g}, {figure.high:.4g}]"


def _draw_scatter(d: int, label: str, points: tuple[tuple[float, float], ...]) -> str:
    def paint(axes: "Axes") -> None:
        truth, answers = [point[0] for point in points], [point[1] for point in points]
        ends = [min(truth + answers), max(truth + answers)]
        axes.plot(ends, ends, color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.plot(truth, answers, color=BLUE, marker="o", markersize=2.5, linestyle="none", alpha=0.5)
        axes.set(xlabel=f"true {label}", ylabel="answer")

    return draw_svg(f"scatter{d}", f"Answers against the true {label}", (340, 320), paint)
