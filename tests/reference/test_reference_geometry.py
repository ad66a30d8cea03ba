"""Hypothesis over sizes, strides, paddings, dilations, groups and ceil modes in 1, 2 and 3 dimensions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from striate import reference as R
from striate.errors import ShapeError

CONV: dict[int, Any] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
MAXPOOL: dict[int, Any] = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVGPOOL: dict[int, Any] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
often = settings(derandomize=True, max_examples=120, deadline=None)


@dataclass(frozen=True)
class Geometry:
    inputs: tuple[int, ...]
    size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]


@st.composite
def geometries(draw: Any, *, half: bool = False, dilated: bool = True) -> Geometry:
    """Any geometry in which one window fits; `half` keeps the padding within what torch's pools allow."""
    axes = []
    for _ in range(draw(st.integers(1, 3))):
        size, stride = draw(st.integers(1, 4)), draw(st.integers(1, 3))
        dilation = draw(st.integers(1, 3 if dilated else 1))
        padding = draw(st.integers(0, size // 2 if half else 3))
        least = max(1, dilation * (size - 1) + 1 - 2 * padding)
        axes.append((draw(st.integers(least, least + 3)), size, stride, padding, dilation))
    return Geometry(*zip(*axes, strict=True))


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape) + sum(shape)).normal(size=shape)


def leaf(array: np.ndarray) -> Any:
    return torch.tensor(array, requires_grad=True)


@often
@given(geometry=geometries(), groups=st.integers(1, 3), per_group=st.integers(1, 2), filters=st.integers(1, 2))
def test_conv_is_that_of_torch(geometry: Geometry, groups: int, per_group: int, filters: int) -> None:
    x, bias = random(2, groups * per_group, *geometry.inputs), random(groups * filters)
    weight = random(groups * filters, per_group, *geometry.size)
    options: dict[str, Any] = {
        "stride": geometry.stride,
        "padding": geometry.padding,
        "dilation": geometry.dilation,
        "groups": groups,
    }
    leaves: list[Any] = [leaf(array) for array in (x, weight, bias)]
    wanted = CONV[len(geometry.inputs)](*leaves, **options)
    ours = R.conv(x, weight, bias, **options)
    assert_allclose(ours, wanted.detach(), rtol=1e-12, atol=1e-12)
    grad = random(*ours.shape)
    wanted.backward(torch.tensor(grad))
    for ours_grad, tensor in zip(R.conv_backward(grad, x, weight, **options), leaves, strict=True):
        assert_allclose(ours_grad, tensor.grad, rtol=1e-10, atol=1e-10)


@often
@given(geometry=geometries(half=True), ceil=st.booleans())
def test_maxpool_is_that_of_torch(geometry: Geometry, ceil: bool) -> None:
    x = random(2, 3, *geometry.inputs).round(0)  # rounded, so that equal maxima happen
    options: dict[str, Any] = {
        "stride": geometry.stride,
        "padding": geometry.padding,
        "dilation": geometry.dilation,
    }
    tensor = leaf(x)
    wanted = MAXPOOL[len(geometry.inputs)](tensor, geometry.size, ceil_mode=ceil, **options)
    if not torch.isfinite(wanted).all():  # a window that saw only padding
        with pytest.raises(ShapeError, match="every window touch the input"):
            R.maxpool(x, geometry.size, ceil=ceil, **options)
        return
    ours = R.maxpool(x, geometry.size, ceil=ceil, **options)
    assert_allclose(ours, wanted.detach(), rtol=0, atol=0)
    grad = random(*ours.shape)
    wanted.backward(torch.tensor(grad))
    ours_grad = R.maxpool_backward(grad, x, geometry.size, ceil=ceil, **options)
    assert_allclose(ours_grad, tensor.grad, rtol=1e-12, atol=1e-12)


@often
@given(geometry=geometries(half=True, dilated=False), ceil=st.booleans(), count=st.booleans())
def test_avgpool_is_that_of_torch(geometry: Geometry, ceil: bool, count: bool) -> None:
    x = random(2, 3, *geometry.inputs)
    tensor = leaf(x)
    options: dict[str, Any] = {"stride": geometry.stride, "padding": geometry.padding}
    own = {"ceil": ceil, "count_padding": count, **options}
    theirs = AVGPOOL[len(geometry.inputs)]
    if len(geometry.inputs) == 3:  # torch wants the bare input to hold a window, but only in 3-D
        assume(all(n >= k for n, k in zip(geometry.inputs, geometry.size, strict=True)))
    wanted = theirs(tensor, geometry.size, ceil_mode=ceil, count_include_pad=count, **options)
    ours = R.avgpool(x, geometry.size, **own)
    assert_allclose(ours, wanted.detach(), rtol=1e-12, atol=1e-12)
    grad = random(*ours.shape)
    wanted.backward(torch.tensor(grad))
    assert_allclose(R.avgpool_backward(grad, x, geometry.size, **own), tensor.grad, rtol=1e-12, atol=1e-12)


@often
@given(geometry=geometries(dilated=False), ceil=st.booleans(), count=st.booleans())
def test_pools_are_those_of_plain_loops_at_any_padding(geometry: Geometry, ceil: bool, count: bool) -> None:
    """Over half the window too, where torch refuses: every window listed by hand, one element after the other."""
    x = random(1, 2, *geometry.inputs)
    options: dict[str, Any] = {"stride": geometry.stride, "padding": geometry.padding, "ceil": ceil}
    if any(p >= k for p, k in zip(geometry.padding, geometry.size, strict=True)):
        with pytest.raises(ShapeError, match="padding < window must hold"):
            R.maxpool(x, geometry.size, **options)
        with pytest.raises(ShapeError, match="padding < window must hold"):
            R.avgpool(x, geometry.size, **options)
        return
    largest = R.maxpool(x, geometry.size, **options)
    mean = R.avgpool(x, geometry.size, count_padding=count, **options)
    for place in np.ndindex(largest.shape[2:]):
        real, counted = list_window(x, geometry, place)
        assert np.array_equal(largest[:, :, *place], np.max(real, axis=0))
        assert_allclose(mean[:, :, *place], np.sum(real, axis=0) / (counted if count else len(real)), atol=1e-14)


def list_window(x: np.ndarray, geometry: Geometry, place: tuple[int, ...]) -> tuple[list[np.ndarray], int]:
    """The elements of x in one window, and how many elements it has with the padding."""
    real, counted = [], 0
    for tap in np.ndindex(geometry.size):
        at = [o * s + t - p for o, s, t, p in zip(place, geometry.stride, tap, geometry.padding, strict=True)]
        ends = zip(at, geometry.inputs, geometry.padding, strict=True)
        counted += all(a < n + p for a, n, p in ends)
        if all(0 <= a < n for a, n in zip(at, geometry.inputs, strict=True)):
            real.append(x[:, :, *at])
    return real, counted


@pytest.mark.parametrize("padding", [1, 2])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_maxpool_padded_over_half_is_explicit_padding_with_minus_infinity(dims: int, padding: int) -> None:
    x = random(2, 2, *[5] * dims)
    padded = np.pad(x, [(0, 0), (0, 0), *[(padding, padding)] * dims], constant_values=-np.inf)
    ours = R.maxpool(x, 3, stride=1, padding=padding)
    assert np.array_equal(ours, R.maxpool(padded, 3, stride=1))
    grad = random(*ours.shape)
    inner = slice(padding, -padding)
    explicit = R.maxpool_backward(grad, padded, 3, stride=1)[:, :, *[inner] * dims]
    assert np.array_equal(R.maxpool_backward(grad, x, 3, stride=1, padding=padding), explicit)


def test_dilated_window_may_straddle_the_input() -> None:
    """Padding 4 < window 6, yet the taps at -4 and 1 both miss an input of one element."""
    with pytest.raises(ShapeError, match="every window touch the input"):
        R.maxpool(random(1, 1, 1), 2, stride=1, padding=4, dilation=5)
