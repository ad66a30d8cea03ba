"""Numbers worked out by hand, and the explainers' own: the X, its three features, learning by trying."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from striate import reference as R

MAIN = np.where(np.eye(3) > 0, 1, -1)
OTHER = MAIN[:, ::-1]
CROSSING = np.maximum(MAIN, OTHER)


def draw_x() -> np.ndarray:
    """The explainers' 9x9 X: +1 on both diagonals of the inner 7x7, -1 elsewhere."""
    picture = -np.ones((9, 9))
    arm = np.arange(1, 8)
    picture[arm, arm] = picture[arm, 8 - arm] = 1
    return picture


@pytest.mark.parametrize(
    ("feature", "first_row"),
    [
        (MAIN, [7, -1, 1, 3, 5, -1, 3]),
        (CROSSING, [3, -5, 1, -1, 1, -5, 3]),
        (OTHER, [3, -1, 5, 3, 1, -1, 7]),
    ],
    ids=["main", "crossing", "other"],
)
def test_match_gives_the_explainers_ninths(feature: np.ndarray, first_row: list[int]) -> None:
    ninths = 9 * R.match(draw_x(), feature)
    assert ninths.shape == (7, 7)
    assert_allclose(ninths, ninths.round(), atol=1e-12)
    assert ninths[0].round().tolist() == first_row


def test_main_diagonal_matches_perfectly_along_its_arm() -> None:
    matches = R.match(draw_x(), MAIN)
    assert matches.max() == 1
    assert np.argwhere(matches == 1).tolist() == [[1, 1], [2, 2], [4, 4], [5, 5]]  # at (3, 3) the arms cross


def test_negative_matches_minus_one_in_any_dimension() -> None:
    for dims in (1, 2, 3):
        feature = np.sign(np.random.default_rng(dims).normal(size=[3] * dims))
        assert R.match(feature, feature).item() == 1
        assert R.match(-feature, feature).item() == -1


def test_pooled_match_is_the_explainers() -> None:
    pooled = R.maxpool(R.match(draw_x(), MAIN)[None, None], 2, ceil=True)[0, 0]
    assert pooled.shape == (4, 4)
    assert pooled[0].round(2).tolist() == [1.00, 0.33, 0.56, 0.33]


def test_conv_by_hand() -> None:
    """A 3x3 picture, a 2x2 kernel, bias 100: each output is four products and a sum."""
    x, weight = [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]], [[[[1, 10], [-1, 0]]]]
    assert R.conv(x, weight, [100]).tolist() == [[[[100 + 17, 100 + 27], [100 + 47, 100 + 57]]]]
    assert R.conv(x, weight, stride=2, padding=1).tolist() == [[[[0, -2], [40, 5 + 60 - 8]]]]


def test_conv_backward_by_hand() -> None:
    grad_x, grad_weight, grad_bias = R.conv_backward([[[1, 10]]], [[[2, 3, 5, 7]]], [[[1, -1]]], stride=2)
    assert grad_x.tolist() == [[[1, -1, 10, -10]]]
    assert grad_weight.tolist() == [[[2 + 50, 3 + 70]]]
    assert grad_bias.tolist() == [11]


def test_ties_give_the_gradient_to_the_first() -> None:
    assert R.maxpool_backward([[[[8]]]], np.ones((1, 1, 2, 2)), 2).tolist() == [[[[8, 0], [0, 0]]]]
    assert R.globalpool_backward([[8]], np.ones((1, 1, 2, 2)), "max").tolist() == [[[[8, 0], [0, 0]]]]


def test_average_over_the_padded_edge_by_hand() -> None:
    """Input 2 4 6 8 10, padding 1, windows of 3 every 3, ceil: (0 2 4) (6 8 10) (0 . .) is beyond and left out."""
    x = [[[2, 4, 6, 8, 10]]]
    assert R.avgpool(x, 3, padding=1, ceil=True).tolist() == [[[3, 8]]]
    assert R.avgpool(x, 3, padding=1, ceil=True, count_padding=True).tolist() == [[[2, 8]]]
    # windows of 4 every 3: (0 2 4 6) (6 8 10 0), then with one more input (10 12 0 .): one element beyond
    x = [[[2, 4, 6, 8, 10, 12]]]
    assert R.avgpool(x, 4, stride=3, padding=1, ceil=True).tolist() == [[[4, 9, 12]]]
    assert R.avgpool(x, 4, stride=3, padding=1, ceil=True, count_padding=True).tolist() == [[[3, 9, 6]]]


def test_cross_entropy_by_hand() -> None:
    """Probabilities 1/4 and 3/4 come from logits 0 and log 3."""
    logits = [[0, np.log(3)]]
    assert_allclose(R.cross_entropy(logits, [0]), np.log(4), rtol=1e-15)
    assert_allclose(R.cross_entropy(logits, [1], smoothing=0.5), np.log(4) / 4 + 0.75 * np.log(4 / 3), rtol=1e-15)
    assert_allclose(R.cross_entropy_backward(logits, [0]), [[-0.75, 0.75]], rtol=1e-15)


def test_nudging_learns_a_line() -> None:
    """y = 2 x - 1 from five points, by repetition; the error never rises and ends within a step of 0."""
    x = np.arange(-2.0, 3.0)

    def error(weights: np.ndarray) -> float:
        return R.mean_squared_error(weights[0] * x + weights[1], 2 * x - 1)

    weights, errors = np.array([0.0, 0.0]), [error(np.zeros(2))]
    for _ in range(50):
        weights, lowest = R.nudge(weights, error, amount=0.05)
        errors.append(lowest)
    assert_allclose(weights, [2, -1], atol=0.05)
    assert all(after <= before for before, after in pairwise(errors))
    assert errors[-1] == error(weights) < 1e-3 < errors[0]


def test_nudges_go_against_the_gradient() -> None:
    """Wherever the gradient is clear, the kept move has the sign of minus the gradient that `dense` computes."""
    random = np.random.default_rng(0)
    x, wanted, weight = random.normal(size=(8, 3)), random.normal(size=(8, 2)), random.normal(size=(2, 3))
    error_grad = R.mean_squared_error_backward(R.dense(x, weight), wanted)
    gradient = R.dense_backward(error_grad, x, weight)[1]
    moved, _ = R.nudge(weight, lambda w: R.mean_squared_error(R.dense(x, w), wanted), amount=1e-4)
    clear = np.abs(gradient) > 0.01
    assert clear.sum() >= 4
    assert np.array_equal(np.sign(moved - weight)[clear], -np.sign(gradient)[clear])


def test_slope_of_a_scalar_and_of_a_table() -> None:
    assert_allclose(R.slope(lambda x: float(x**3), 2.0), 12.0, atol=1e-6)
    x = np.array([[0.0, 1.0], [2.0, -1.0]])
    assert_allclose(R.slope(lambda x: float(np.sin(x).sum()), x), np.cos(x), atol=1e-9)


def test_the_kink_at_zero_has_the_slope_below_it() -> None:
    assert R.relu_backward([8], [0]).tolist() == [0]
    assert R.leaky_backward([8], [0], slope=0.25).tolist() == [2]
