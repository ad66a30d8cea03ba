"""Learning rate over a run: share of the steps done -> factor on the peak rate."""

import math

from striate.recipe import Schedule

START = 0.1  # the factor where the rise begins
END = 0.001  # the factor at the last step
FALL = 0.5  # the share of all steps after which a trapezoid goes down


def rate_factor(schedule: Schedule, done: float, *, warmup: float) -> float:
    """Give the factor in (0, 1] for the share `done` of all steps; the first `warmup` share rises linearly.

    After the rise: `onecycle` falls as a half cosine to END (Smith & Topin 2018), `linear` falls in a straight line,
    `cosine` as `onecycle` but to 0, `trapezoid` stays until FALL and falls then as `linear`, `constant` stays.

    >>> [round(rate_factor("linear", done, warmup=0.5), 2) for done in (0.0, 0.25, 0.5, 0.75)]
    [0.1, 0.55, 1.0, 0.5]
    """
    if done < warmup:
        return START + (1 - START) * done / warmup
    start = max(warmup, FALL) if schedule == "trapezoid" else warmup  # of the fall
    if schedule == "constant" or done < start:
        return 1.0
    rest = (done - start) / (1 - start)
    if schedule in ("linear", "trapezoid"):
        return END + (1 - END) * (1 - rest)
    end = END if schedule == "onecycle" else 0.0
    return end + (1 - end) * (1 + math.cos(math.pi * rest)) / 2
