"""The common suite that every layer of the reference passes. A new row in LAYERS is tested at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from striate import reference as R

IN_TORCH: dict[int, Any] = {  # dimensions: convolution, maximum, mean
    1: (F.conv1d, F.max_pool1d, F.avg_pool1d),
    2: (F.conv2d, F.max_pool2d, F.avg_pool2d),
    3: (F.conv3d, F.max_pool3d, F.avg_pool3d),
}
MASK = np.random.default_rng(5).random((2, 6)) > 0.4
NUMBERS = [[2, 0, 5, 2], [1, 2, 0, 0]]
TARGET = [2, 0, 1, 2]
STATISTICS = {"mean": np.array([0.3, -1.0, 2.0, 0.0]), "variance": np.array([1.5, 0.2, 3.0, 1.0])}


@dataclass(frozen=True)
class Layer:
    """One row: the reference forward and backward, the same in torch, and the shapes of the inputs."""

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    torch: Callable[..., torch.Tensor]
    shapes: tuple[tuple[int, ...], ...]


def unary(name: str, torch_function: Callable[..., torch.Tensor], **options: Any) -> Layer:
    forward, backward = getattr(R, name), getattr(R, f"{name}_backward")
    return Layer(
        " ".join([name, *map(str, options.values())]),
        lambda x: forward(x, **options),
        lambda grad, x: backward(grad, x, **options),
        torch_function,
        ((3, 4, 5),),
    )


def conv(dims: int, x: tuple[int, ...], weight: tuple[int, ...], **options: Any) -> Layer:
    function = IN_TORCH[dims][0]
    return Layer(
        f"conv {dims}-D {options}",
        lambda x, w, b: R.conv(x, w, b, **options),
        lambda grad, x, w, b: R.conv_backward(grad, x, w, **options),
        lambda x, w, b: function(x, w, b, **options),
        (x, weight, weight[:1]),
    )


def maxpool(dims: int, x: tuple[int, ...], size: Any, *, ceil: bool = False, **options: Any) -> Layer:
    function = IN_TORCH[dims][1]
    return Layer(
        f"maxpool {dims}-D {size} {ceil} {options}",
        lambda x: R.maxpool(x, size, ceil=ceil, **options),
        lambda grad, x: R.maxpool_backward(grad, x, size, ceil=ceil, **options),
        lambda x: function(x, size, ceil_mode=ceil, **options),
        (x,),
    )


def avgpool(
    dims: int, x: tuple[int, ...], size: Any, *, ceil: bool = False, count: bool = False, **options: Any
) -> Layer:
    function = IN_TORCH[dims][2]
    own = {"ceil": ceil, "count_padding": count, **options}
    return Layer(
        f"avgpool {dims}-D {size} {own}",
        lambda x: R.avgpool(x, size, **own),
        lambda grad, x: R.avgpool_backward(grad, x, size, **own),
        lambda x: function(x, size, ceil_mode=ceil, count_include_pad=count, **options),
        (x,),
    )


def recur(kind: Any) -> Layer:
    """A recurrent layer of 3 units on 2 channels, beside torch's own."""
    gates, made = {"rnn": (1, torch.nn.RNN), "gru": (3, torch.nn.GRU), "lstm": (4, torch.nn.LSTM)}[kind]

    def in_torch(x: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        cells = made(2, 3, batch_first=True).double()
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        named = dict(zip(names, weights, strict=True))
        return torch.func.functional_call(cells, named, (x.transpose(1, 2),))[0].transpose(1, 2)

    return Layer(
        f"recur {kind}",
        lambda *given: R.recur(kind, *given),
        lambda grad, *given: R.recur_backward(grad, kind, *given),
        in_torch,
        ((2, 2, 5), (3 * gates, 2), (3 * gates, 3), (3 * gates,), (3 * gates,)),
    )


def globalpool(shape: tuple[int, ...], kind: Any) -> Layer:
    return Layer(
        f"globalpool {shape} {kind}",
        lambda x: R.globalpool(x, kind),
        lambda grad, x: R.globalpool_backward(grad, x, kind),
        lambda x: x.flatten(2).mean(2) if kind == "avg" else x.flatten(2).max(2).values,
        (shape,),
    )


def batchnorm(shape: tuple[int, ...], **statistics: Any) -> Layer:
    mean, variance = (torch.tensor(statistics[name]) if statistics else None for name in ("mean", "variance"))
    return Layer(
        f"batchnorm {shape} {'inference' if statistics else 'training'}",
        lambda x, w, b: R.batchnorm(x, w, b, **statistics),
        lambda grad, x, w, b: R.batchnorm_backward(grad, x, w, **statistics),
        lambda x, w, b: F.batch_norm(x, mean, variance, w, b, training=not statistics),
        (shape, shape[1:2], shape[1:2]),
    )


def groupnorm(shape: tuple[int, ...], groups: int) -> Layer:
    return Layer(
        f"groupnorm {shape} {groups}",
        lambda x, w, b: R.groupnorm(x, w, b, groups=groups),
        lambda grad, x, w, b: R.groupnorm_backward(grad, x, w, groups=groups),
        lambda x, w, b: F.group_norm(x, groups, w, b),
        (shape, shape[1:2], shape[1:2]),
    )


def upsample(shape: tuple[int, ...], factor: Any, mode: str) -> Layer:
    kind: Any = "nearest" if mode == "nearest" else "bilinear"
    options: dict[str, Any] = {} if mode == "nearest" else {"align_corners": False}
    return Layer(
        f"upsample {shape} {factor} {mode}",
        lambda x: R.upsample(x, factor, kind),
        lambda grad, x: R.upsample_backward(grad, x, factor, kind),
        lambda x: F.interpolate(x, scale_factor=factor, mode=mode, **options),
        (shape,),
    )


def filter_map(shape: tuple[int, ...], make: Callable[[int], np.ndarray]) -> Layer:
    kernel = make(len(shape) - 2)
    function = IN_TORCH[len(shape) - 2][0]
    weight = torch.tensor(np.stack([kernel[None]] * shape[1]))
    return Layer(
        f"filter_map {shape} {make.__name__}",
        lambda x: R.filter_map(x, kernel),
        lambda grad, x: R.filter_map_backward(grad, x, kernel),
        lambda x: function(x, weight, padding=1, groups=shape[1]),
        (shape,),
    )


def cross_entropy(smoothing: float) -> Layer:
    return Layer(
        f"cross_entropy {smoothing}",
        lambda x: R.cross_entropy(x, TARGET, smoothing=smoothing),
        lambda grad, x: grad * R.cross_entropy_backward(x, TARGET, smoothing=smoothing),
        lambda x: F.cross_entropy(x, torch.tensor(TARGET), label_smoothing=smoothing),
        ((4, 3),),
    )


LAYERS = [
    conv(1, (2, 3, 9), (4, 3, 3)),
    conv(1, (2, 4, 9), (6, 2, 3), stride=2, padding=3, dilation=2, groups=2),
    conv(2, (2, 3, 7, 6), (4, 3, 3, 3), padding=1),
    conv(2, (2, 4, 7, 8), (4, 1, 3, 2), stride=(2, 1), padding=(0, 2), dilation=(1, 3), groups=4),
    conv(2, (1, 2, 5, 5), (3, 2, 1, 1), stride=2),
    conv(3, (2, 2, 4, 5, 4), (2, 1, 2, 3, 1), stride=(1, 2, 3), padding=(1, 0, 2), groups=2),
    maxpool(1, (2, 3, 9), 2),
    maxpool(1, (2, 3, 10), 4, stride=3, padding=2, ceil=True),
    maxpool(2, (2, 3, 7, 8), 3, stride=2, padding=1),
    maxpool(2, (2, 3, 9, 8), (3, 2), stride=(1, 2), padding=(1, 0), dilation=(2, 3), ceil=True),
    maxpool(3, (2, 2, 5, 4, 6), (2, 3, 1), stride=2, padding=(1, 1, 0), ceil=True),
    *(avgpool(1, (2, 3, 10), 4, stride=3, padding=2, ceil=c, count=p) for c in (False, True) for p in (False, True)),
    *(avgpool(2, (2, 3, 7, 8), (3, 2), stride=(3, 1), padding=1, ceil=c, count=c) for c in (False, True)),
    *(avgpool(3, (2, 2, 5, 4, 6), 3, stride=2, padding=1, ceil=True, count=p) for p in (False, True)),
    avgpool(2, (2, 3, 6, 6), 2),
    *map(recur, ("rnn", "gru", "lstm")),
    *(globalpool(shape, kind) for shape in [(2, 3, 5), (2, 3, 4, 5), (2, 3, 2, 3, 4)] for kind in ("avg", "max")),
    Layer("flatten", R.flatten, R.flatten_backward, lambda x: x.flatten(1), ((2, 3, 4, 5),)),
    Layer("dense", R.dense, lambda grad, x, w, b: R.dense_backward(grad, x, w), F.linear, ((5, 4), (3, 4), (3,))),
    Layer(
        "embed",
        lambda w: R.embed(NUMBERS, w),
        lambda grad, w: R.embed_backward(grad, NUMBERS, w),
        lambda w: F.embedding(torch.tensor(NUMBERS), F.pad(w, (0, 0, 1, 0))).mT,
        ((5, 3),),
    ),
    Layer(
        "dropout",
        lambda x: R.dropout(x, MASK, 0.4),
        lambda grad, x: R.dropout_backward(grad, MASK, 0.4),
        lambda x: x * torch.tensor(MASK) / 0.6,
        ((2, 6),),
    ),
    *(batchnorm(shape) for shape in [(6, 4), (3, 4, 5), (2, 4, 3, 2), (2, 4, 2, 3, 2)]),
    *(batchnorm(shape, **STATISTICS) for shape in [(6, 4), (3, 4, 5), (2, 4, 3, 2), (2, 4, 2, 3, 2)]),
    *(groupnorm((2, 6, 3, 4), groups) for groups in (1, 2, 6)),
    groupnorm((3, 4, 5), 2),
    groupnorm((2, 4, 2, 2, 3), 2),
    unary("relu", F.relu),
    unary("leaky", F.leaky_relu),
    unary("leaky", lambda x: F.leaky_relu(x, 0.2), slope=0.2),
    unary("sigmoid", torch.sigmoid),
    unary("tanh", torch.tanh),
    unary("gelu", F.gelu),
    unary("silu", F.silu),
    *(unary("softmax", lambda x, axis=axis: F.softmax(x, axis), axis=axis) for axis in (-1, 0, 1)),
    *(unary("log_softmax", lambda x, axis=axis: F.log_softmax(x, axis), axis=axis) for axis in (-1, 1)),
    *(upsample((2, 3, 5), factor, mode) for factor in (1, 2, 3) for mode in ("nearest", "linear")),
    *(upsample((2, 3, 4, 3), factor, mode) for factor in (2, (3, 1)) for mode in ("nearest", "bilinear")),
    *(upsample((1, 2, 3, 1, 2), factor, mode) for factor in (2, (1, 2, 4)) for mode in ("nearest", "trilinear")),
    *(
        filter_map(shape, make)
        for shape in [(2, 3, 5), (2, 2, 4, 5), (1, 2, 3, 2, 4)]
        for make in (R.edge_kernel, R.blur_kernel, R.sharpen_kernel)
    ),
    *(cross_entropy(smoothing) for smoothing in (0.0, 0.1, 1.0)),
    Layer(
        "mean_squared_error",
        R.mean_squared_error,
        lambda grad, x, y: (grad * R.mean_squared_error_backward(x, y), -grad * R.mean_squared_error_backward(x, y)),
        F.mse_loss,
        ((3, 4), (3, 4)),
    ),
]
every_layer = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)


def draw(layer: Layer) -> list[np.ndarray]:
    """Inputs of a layer, read-only: a reference that changed them would raise."""
    random = np.random.default_rng(0)
    arrays = [random.normal(size=shape) for shape in layer.shapes]
    for array in arrays:
        array.flags.writeable = False
    return arrays


def draw_grad(out: Any) -> np.ndarray:
    return np.random.default_rng(1).normal(size=np.shape(out))


def run_backward(layer: Layer, arrays: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    grads = layer.backward(draw_grad(layer.forward(*arrays)), *arrays)
    return grads if isinstance(grads, tuple) else (grads,)


def run_torch(layer: Layer, arrays: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    out = layer.torch(*tensors)
    out.backward(torch.tensor(draw_grad(out.detach().numpy())))
    return out.detach().numpy(), [tensor.grad.numpy() for tensor in tensors if tensor.grad is not None]


def deviation(ours: Any, theirs: np.ndarray) -> float:
    """Largest difference, on the scale of the values where they exceed 1."""
    assert np.shape(ours) == theirs.shape
    return float(np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max()))


@every_layer
def test_forward_is_that_of_torch(layer: Layer) -> None:
    arrays = draw(layer)
    assert deviation(layer.forward(*arrays), run_torch(layer, arrays)[0]) <= 1e-12


@every_layer
def test_backward_is_that_of_torch(layer: Layer) -> None:
    arrays = draw(layer)
    ours, theirs = run_backward(layer, arrays), run_torch(layer, arrays)[1]
    assert len(ours) == len(theirs) == len(arrays)
    assert max(map(deviation, ours, theirs)) <= 1e-10


@every_layer
def test_backward_is_the_measured_slope(layer: Layer) -> None:
    arrays = draw(layer)
    for i, ours in enumerate(run_backward(layer, arrays)):
        assert deviation(ours, measured_slope(layer, arrays, i)) <= 1e-6


def measured_slope(layer: Layer, arrays: list[np.ndarray], i: int) -> np.ndarray:
    grad = draw_grad(layer.forward(*arrays))
    return R.slope(lambda a: float((grad * layer.forward(*arrays[:i], a, *arrays[i + 1 :])).sum()), arrays[i])


@every_layer
def test_single_precision_is_computed_in_double(layer: Layer) -> None:
    single = [array.astype(np.float32) for array in draw(layer)]
    double = [array.astype(np.float64) for array in single]
    results = zip(
        [layer.forward(*single), *run_backward(layer, single)],
        [layer.forward(*double), *run_backward(layer, double)],
        strict=True,
    )
    for ours, wanted in results:
        assert np.asarray(ours).dtype == np.float64
        assert np.array_equal(ours, wanted)


def test_every_public_layer_stands_in_the_table() -> None:
    layers = {name.removesuffix("_backward") for name in R.__all__ if name.endswith("_backward")}
    assert layers == {layer.name.split()[0] for layer in LAYERS}
