"""int8 answers only after labelled pictures, and only while accuracy holds on them."""

import math

import numpy as np
import pytest
from engine_networks import CPU, network, pictures

from striate.errors import UsageError
from striate.models.engines.open import open_route
from striate.models.engines.quantise import QuantisedRoute, Validation, measure_fall, show_fall
from striate.models.infer import infer


def validation(n: int = 96) -> Validation:
    """Pictures with the labels that the network itself gives them, so that any change is a fall."""
    made = network("lenet5")
    x = pictures(made, n)
    return Validation(pictures=x, labels=infer(made, x, CPU).numpy().argmax(1))


def test_int8_needs_labelled_pictures() -> None:
    made = network("lenet5")
    with pytest.raises(UsageError, match="give the data of training with --validation DATA"):
        open_route(made, CPU, "openvino-int8")
    with pytest.raises(UsageError, match="give labelled pictures"):
        open_route(made, CPU, "openvino-int8", validation=validation(0))
    with pytest.raises(UsageError, match="for openvino-int8 alone"):
        open_route(made, CPU, "torch", validation=validation(4))


def test_int8_answers_roughly_and_says_what_it_costs(capsys: pytest.CaptureFixture[str]) -> None:
    made, given = network("lenet5"), validation()
    route = QuantisedRoute(made, CPU, given, most_fall=1.0)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert show_fall(route.fall) in printed.err
    assert route.fall.n == 96
    exact = infer(made, given.pictures, CPU).numpy()
    for n in (1, 3, 64, 96):
        rough = route.answer(given.pictures[:n])
        assert rough.shape == (n, 5)
        assert np.abs(rough - exact[:n]).max() < 0.5 * exact.std()
    assert not np.allclose(route.answer(given.pictures), exact, atol=1e-6)  # that it is int8


def test_int8_that_costs_too_much_is_refused() -> None:
    with pytest.raises(UsageError, match="at most -10 points of validation accuracy, got validation accuracy falls by"):
        QuantisedRoute(network("lenet5"), CPU, validation(), most_fall=-0.1)


def outcomes(lost: int, won: int, both: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    exact = [True] * lost + [False] * won + [True] * both + [False] * neither
    rough = [False] * lost + [True] * won + [True] * both + [False] * neither
    return np.array(exact, bool), np.array(rough, bool)


def test_fall_and_its_interval() -> None:
    """By hand: 14 lost and 6 won of 198; (14.5, 6.5) of 200."""
    fall = measure_fall(*outcomes(14, 6, 150, 28))
    half = 1.959963984540054 * math.sqrt(21 - 64 / 200) / 200
    assert fall.value == pytest.approx(8 / 198)
    assert (fall.low, fall.high) == (pytest.approx(0.04 - half), pytest.approx(0.04 + half))
    assert show_fall(fall) == "validation accuracy falls by 4.04 points [-0.46, 8.46] (n=198)"


def test_fall_of_nothing_is_not_certain() -> None:
    fall = measure_fall(*outcomes(0, 0, 90, 10))
    assert fall.value == 0
    assert fall.low < 0 < fall.high


@pytest.mark.parametrize(("lost", "won"), [(0.02, 0.02), (0.05, 0.01), (0.004, 0.001)])
def test_interval_of_the_fall_holds_the_truth_nineteen_times_in_twenty(lost: float, won: float) -> None:
    chance, held = np.random.default_rng(0), 0
    for _ in range(2000):
        b, c, rest = chance.multinomial(500, [lost, won, 1 - lost - won])
        fall = measure_fall(*outcomes(b, c, rest, 0))
        held += fall.low <= lost - won <= fall.high
    assert held / 2000 > 0.93
