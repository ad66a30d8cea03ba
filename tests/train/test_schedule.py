"""The learning rate over a run."""

from typing import get_args

import pytest

from striate.recipe import Schedule
from striate.train.schedule import END, FALL, START, rate_factor


@pytest.mark.parametrize("schedule", get_args(Schedule))
def test_rises_to_the_peak_then_never_rises(schedule: Schedule) -> None:
    factors = [rate_factor(schedule, step / 1000, warmup=0.25) for step in range(1000)]
    assert factors[0] == START
    assert factors[250] == pytest.approx(1.0, abs=1e-9)
    assert factors[:251] == sorted(factors[:251])
    assert factors[250:] == sorted(factors[250:], reverse=True)
    assert all(0 < factor <= 1 for factor in factors)


@pytest.mark.parametrize(
    ("schedule", "end"), [("onecycle", END), ("linear", END), ("cosine", 0.0), ("trapezoid", END), ("constant", 1.0)]
)
def test_ends_where_it_says(schedule: Schedule, end: float) -> None:
    assert rate_factor(schedule, 1.0, warmup=0.1) == pytest.approx(end, abs=1e-9)


def test_a_trapezoid_stays_up_until_it_falls() -> None:
    assert [rate_factor("trapezoid", done, warmup=0.1) for done in (0.1, 0.3, FALL)] == [1.0, 1.0, 1.0]
    assert rate_factor("trapezoid", (1 + FALL) / 2, warmup=0.1) == pytest.approx((1 + END) / 2)


def test_without_warmup_starts_at_the_peak() -> None:
    assert rate_factor("linear", 0.0, warmup=0.0) == 1.0
