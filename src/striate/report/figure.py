"""The figures of a report: what is drawn, in which order; how it becomes SVG stands in `svg`."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from striate.records import Baseline, Calibration, Epoch, Interval, NetworkCourse, share
from striate.report.number import bounded, power
from striate.report.svg import BLUE, INK, ORANGE, QUIET, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAINTEST = 1e-12  # gradients below are drawn there, 0 among them
BETWEEN = 30  # layers drawn between the first and the last one


def draw_bars(figures: Sequence[tuple[str, Interval | Baseline]], measured: str) -> str:
    """Draw shares of what is `measured`, with 95 % whiskers, as bars; the first one (the network) is in colour."""

    def paint(axes: "Axes") -> None:
        for row, (label, figure) in enumerate(figures):
            y, value = -row, 0.0 if math.isnan(figure.value) else 100 * figure.value
            axes.barh(y - 0.16, value, 0.3, color=QUIET if row else BLUE, alpha=0.55 if row else 1)
            axes.plot([100 * figure.low, 100 * figure.high], [y - 0.16] * 2, color=INK, marker="|", markersize=7)
            axes.text(0, y + 0.08, label, va="bottom")
            axes.text(100, y + 0.08, bounded(figure), va="bottom", ha="right")
        axes.set(xlim=(0, 100), ylim=(-len(figures) + 0.6, 0.55), yticks=[], xlabel=f"{measured}, %")
        axes.spines["left"].set_visible(False)

    title = "; ".join(f"{label} {bounded(figure)}" for label, figure in figures)
    return draw("bars", f"{measured[:1].upper()}{measured[1:]}: {title}", (520, 52 + 48 * len(figures)), paint)


def draw_losses(history: Sequence[Epoch], best_epoch: int) -> str:
    """Draw training and validation loss by epoch, the best epoch marked."""

    def paint(axes: "Axes") -> None:
        epochs = [epoch.epoch for epoch in history]
        _line(axes, epochs, [epoch.train_loss for epoch in history], "training", ORANGE, dashed=True)
        _line(axes, epochs, [epoch.validation_loss for epoch in history], "validation", BLUE)
        axes.legend(frameon=False)
        axes.set(xlabel="epoch", ylabel="loss, nats")
        axes.set_ylim(bottom=0)
        _mark(axes, best_epoch)

    return draw("losses", "Training and validation loss by epoch", (370, 270), paint)


def draw_score(history: Sequence[Epoch], best_epoch: int, metric: str) -> str:
    """Draw the validation score by epoch, the best epoch marked."""

    def paint(axes: "Axes") -> None:
        values = [100 * epoch.validation_score for epoch in history]
        _line(axes, [epoch.epoch for epoch in history], values, "validation", BLUE)
        axes.set(xlabel="epoch", ylabel=f"validation {metric}, %")
        _mark(axes, best_epoch)

    return draw("score", f"Validation {metric} by epoch", (370, 270), paint)


def draw_reliability(calibration: Calibration) -> str:
    """Draw the share that was right against the stated confidence, a bin a point, with 95 % whiskers."""

    def paint(axes: "Axes") -> None:
        axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
        for part in calibration.bins:
            right = share(round(part.accuracy * part.n), part.n)
            axes.plot([100 * part.confidence] * 2, [100 * right.low, 100 * right.high], color=BLUE, linewidth=1)
            axes.plot(100 * part.confidence, 100 * part.accuracy, color=BLUE, marker="o", markersize=4.5)
        axes.set(xlim=(0, 102), ylim=(0, 102), xlabel="stated confidence, %", ylabel="right answers, %")

    return draw("reliability", "Share of right answers against stated confidence", (340, 320), paint)


def draw_gradients(course: NetworkCourse) -> str:
    """Draw each layer's gradient as a share of its weights over training, on a logarithmic scale.

    What is plotted are the logarithms: Matplotlib's own logarithmic axis takes twice as long for its small marks.
    """

    def paint(axes: "Axes") -> None:
        from matplotlib.ticker import MaxNLocator

        values = {layer.name: [math.log10(max(size, FAINTEST)) for size in layer.gradient] for layer in course.layers}
        _layers(axes, course.epochs, values)
        known = [size for sizes in values.values() for size in sizes if math.isfinite(size)] or [0.0]
        axes.set_ylim(math.floor(min(known)), math.floor(max(known)) + 1)  # whole decades
        axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        axes.yaxis.set_major_formatter(lambda exponent, _: power(10.0**exponent))
        axes.set(xlabel="epoch", ylabel="gradient / weights")

    return draw("gradients", "Size of gradients by layer and epoch", (370, 270), paint)


def draw_drift(course: NetworkCourse) -> str:
    """Draw how far each layer's weights lie from where they began, as a share of their size, over training."""

    def paint(axes: "Axes") -> None:
        values = {layer.name: [100 * way for way in layer.drift] for layer in course.layers}
        _layers(axes, course.epochs, values)
        axes.set(xlabel="epoch", ylabel="drift from the start, %")
        axes.set_ylim(bottom=0)

    return draw("drift", "Drift of weights by layer and epoch", (370, 270), paint)


def _layers(axes: "Axes", epochs: Sequence[int], values: dict[str, list[float]]) -> None:
    """A line a layer: the first and the last one named and in colour, those between thin, and not too many."""
    from matplotlib.ticker import MaxNLocator

    first, *between, last = [*values] if len(values) > 1 else [*values, *values]
    for name in between[:: math.ceil(len(between) / BETWEEN) or 1]:
        axes.plot(epochs, values[name], color=QUIET, linewidth=0.7, alpha=0.7)
    axes.plot(epochs, values[first], color=ORANGE, label=first, linestyle="--", marker="o", markersize=2.5)
    if first != last:
        axes.plot(epochs, values[last], color=BLUE, label=last, marker="o", markersize=2.5)
    axes.legend(frameon=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _line(
    axes: "Axes", epochs: list[int], values: list[float], label: str, color: str, *, dashed: bool = False
) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.plot(epochs, values, color=color, label=label, linestyle="--" if dashed else "-", marker="o", markersize=2.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _mark(axes: "Axes", best_epoch: int) -> None:
    """A vertical hairline at the best epoch, named above the axes."""
    axes.axvline(best_epoch, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
    place = axes.get_xaxis_transform()  # x in epochs, y as a share of the height
    axes.text(best_epoch, 1, f"best: {best_epoch}", transform=place, ha="center", va="bottom", color=QUIET, size=11)
