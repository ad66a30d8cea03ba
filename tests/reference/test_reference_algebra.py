"""What must hold without any second implementation: linearity, shifts, adjoints, invariances, identities."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from striate import reference as R

every_dimension = pytest.mark.parametrize("dims", [1, 2, 3])


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def linear_maps(dims: int) -> list[tuple[Callable[..., Any], Callable[..., Any]]]:
    """Layers linear in x, each with its backward."""
    weight = random(4, 2, *[3] * dims)
    own: dict[str, Any] = {"stride": 2, "padding": 2, "dilation": 2, "groups": 2}
    pool: dict[str, Any] = {"stride": 2, "padding": 2, "ceil": True}
    edge = R.edge_kernel(dims)
    return [
        (lambda x: R.conv(x, weight, **own), lambda g, x: R.conv_backward(g, x, weight, **own)[0]),
        (lambda x: R.avgpool(x, 3, **pool), lambda g, x: R.avgpool_backward(g, x, 3, **pool)),
        (R.globalpool, R.globalpool_backward),
        (lambda x: R.upsample(x, 3, "bilinear"), lambda g, x: R.upsample_backward(g, x, 3, "bilinear")),
        (lambda x: R.filter_map(x, edge), lambda g, x: R.filter_map_backward(g, x, edge)),
        (
            lambda x: R.windows(x, 2, stride=2, dilation=3),
            lambda g, x: R.overlay(g, x.shape[2:], stride=2, dilation=3),
        ),
    ]


@every_dimension
def test_linear_layers_are_linear(dims: int) -> None:
    x, y = random(2, 4, *[6] * dims), random(2, 4, *[6] * dims, seed=1)
    for forward, _ in linear_maps(dims):
        assert_allclose(forward(3 * x - 2 * y), 3 * forward(x) - 2 * forward(y), atol=1e-12)


@every_dimension
def test_backward_is_the_adjoint_of_forward(dims: int) -> None:
    """<forward(x), g> = <x, backward(g)>."""
    x = random(2, 4, *[6] * dims)
    for forward, backward in linear_maps(dims):
        out = forward(x)
        grad = random(*out.shape, seed=1)
        assert_allclose((out * grad).sum(), (x * backward(grad, x)).sum(), rtol=1e-12)


@every_dimension
def test_conv_is_linear_in_its_weight(dims: int) -> None:
    """<conv(x, w), g> = <w, grad_weight>, without a bias."""
    x, weight = random(2, 4, *[6] * dims), random(6, 2, *[3] * dims, seed=1)
    out = R.conv(x, weight, stride=2, padding=1, groups=2)
    grad = random(*out.shape, seed=2)
    grad_weight = R.conv_backward(grad, x, weight, stride=2, padding=1, groups=2)[1]
    assert_allclose((out * grad).sum(), (weight * grad_weight).sum(), rtol=1e-12)


@every_dimension
@pytest.mark.parametrize("stride", [1, 2])
def test_shifted_pictures_give_shifted_maps(dims: int, stride: int) -> None:
    x, weight = random(2, 3, *[8] * dims), random(4, 3, *[3] * dims, seed=1)
    layers: list[Callable[..., Any]] = [
        lambda x: R.conv(x, weight, stride=stride),
        lambda x: R.maxpool(x, 2, stride=stride),
        lambda x: R.avgpool(x, 2, stride=stride),
    ]
    for layer in layers:
        assert_allclose(layer(x[..., stride:]), layer(x)[..., 1:], atol=1e-12)


@every_dimension
def test_maxpool_keeps_shifts_and_positive_scales(dims: int) -> None:
    x = random(2, 3, *[7] * dims)
    pooled = R.maxpool(x, 3, stride=2, padding=2)
    assert_allclose(R.maxpool(5 * x + 2, 3, stride=2, padding=2), 5 * pooled + 2, atol=1e-12)


@every_dimension
def test_averages_undo_upsampling(dims: int) -> None:
    x = random(2, 3, *[4] * dims)
    assert_allclose(R.avgpool(R.upsample(x, 3), 3), x, atol=1e-12)


@every_dimension
def test_a_whole_window_is_globalpool_and_dense(dims: int) -> None:
    x, weight = random(2, 3, *[4] * dims), random(5, 3, *[4] * dims, seed=1)
    assert_allclose(R.flatten(R.avgpool(x, 4)), R.globalpool(x), atol=1e-12)
    assert np.array_equal(R.flatten(R.maxpool(x, 4)), R.globalpool(x, "max"))
    assert_allclose(R.flatten(R.conv(x, weight)), R.dense(R.flatten(x), R.flatten(weight)), atol=1e-12)


@every_dimension
def test_filters_answer_a_flat_map_with_their_sum(dims: int) -> None:
    flat = np.full((1, 2, *[5] * dims), 7.0)
    inside = (slice(None), slice(None), *[slice(1, -1)] * dims)
    for kernel, total in [(R.edge_kernel(dims), 0), (R.blur_kernel(dims), 1), (R.sharpen_kernel(dims), 1)]:
        assert_allclose(R.filter_map(flat, kernel)[inside], 7.0 * total, atol=1e-12)


@every_dimension
def test_norms_forget_scale_and_shift(dims: int) -> None:
    x, weight, bias = random(3, 4, *[5] * dims), random(4, seed=1), random(4, seed=2)
    moved = 5 * x + 3
    batch, group = R.batchnorm(x, weight, bias, epsilon=0), R.groupnorm(x, weight, bias, groups=2, epsilon=0)
    assert_allclose(R.batchnorm(moved, weight, bias, epsilon=0), batch, atol=1e-11)
    assert_allclose(R.groupnorm(moved, weight, bias, groups=2, epsilon=0), group, atol=1e-11)
    assert_allclose(batch.mean((0, *range(2, x.ndim))), bias, atol=1e-12)


def test_batchnorm_of_one_example_is_groupnorm_of_single_channels() -> None:
    x, weight, bias = random(1, 4, 3, 5), random(4, seed=1), random(4, seed=2)
    assert_allclose(R.batchnorm(x, weight, bias), R.groupnorm(x, weight, bias, groups=4), atol=1e-12)


def test_tracked_statistics_are_those_of_torch() -> None:
    import torch

    layer = torch.nn.BatchNorm2d(4, momentum=0.3, dtype=torch.float64)
    mean, variance = np.zeros(4), np.ones(4)
    for seed in range(3):
        x = random(3, 4, 5, 2, seed=seed)
        layer(torch.tensor(x))
        mean, variance = R.track_statistics(x, mean, variance, momentum=0.3)
    assert layer.running_mean is not None and layer.running_var is not None
    assert_allclose(mean, layer.running_mean, rtol=1e-12)
    assert_allclose(variance, layer.running_var, rtol=1e-12)


def test_softmax_is_a_probability_that_forgets_shifts() -> None:
    x = random(4, 5)
    assert_allclose(R.softmax(x).sum(-1), 1.0, atol=1e-12)
    assert_allclose(R.softmax(x + 1e3), R.softmax(x), atol=1e-12)
    assert_allclose(np.exp(R.log_softmax(x)), R.softmax(x), atol=1e-15)


@pytest.mark.parametrize("name", ["relu", "leaky", "sigmoid", "tanh", "gelu", "silu", "softmax"])
def test_activations_stay_finite_far_out(name: str) -> None:
    x = np.array([-1e6, -800.0, 0.0, 800.0, 1e6])
    assert np.isfinite(getattr(R, name)(x)).all()
    assert np.isfinite(getattr(R, f"{name}_backward")(np.ones(5), x)).all()
