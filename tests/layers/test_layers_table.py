"""The common suite that every layer of the notation passes: plan, module and reference agree. A row is tested at once.

`run` walks a plan with `striate.reference` in place of torch, forward and backward, reading the module's weights.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from layer_rows import ROWS, Shape, as_input, built, each_row, examples
from numpy.typing import NDArray
from torch import nn

from striate import reference as R
from striate.errors import NotationError
from striate.layers.combine import COMBINATIONS
from striate.layers.table import MODULES, PaddedAvgPool, PaddedMaxPool
from striate.notation import (
    Activation,
    AvgPool,
    BatchNorm,
    Columns,
    Combination,
    Conv,
    Dense,
    Dropout,
    Embed,
    FixedFilter,
    Flatten,
    GlobalPool,
    GroupNorm,
    Layer,
    MaxPool,
    Recurrent,
    Upsample,
    leaves,
    plan,
)
from striate.notation.blocks import BLOCKS
from striate.notation.table import OPERATIONS

Array = NDArray[np.float64]
# ---- the network in reference arithmetic

Gradients = dict[str, Array]
Back = Callable[[Array], tuple[Array, Gradients]]
Pass = tuple[Array, Back]  # the output, and what carries a gradient back: (of the input, by name of the weights)


def weights_of(module: nn.Module) -> dict[str, Array]:
    return {name: tensor.detach().numpy().copy() for name, tensor in module.state_dict().items()}


def by_name(module: nn.Module, *gradients: Array) -> Gradients:
    """Gradients of weight and bias, those the module has."""
    return {name: grad for (name, _), grad in zip(module.named_parameters(), gradients, strict=False)}


def conv(op: Conv, module: nn.Module, x: Array) -> Pass:
    w = weights_of(module)
    sizes: dict[str, Any] = {"stride": op.stride, "padding": op.pad, "dilation": op.dilate, "groups": op.groups}

    def back(grad: Array) -> tuple[Array, Gradients]:
        grad_x, *others = R.conv_backward(grad, x, w["weight"], **sizes)
        return grad_x, by_name(module, *others)

    return R.conv(x, w["weight"], w.get("bias"), **sizes), back


def dense(op: Dense, module: nn.Module, x: Array) -> Pass:
    w, row = weights_of(module), R.flatten(x)

    def back(grad: Array) -> tuple[Array, Gradients]:
        grad_row, *others = R.dense_backward(grad, row, w["weight"])
        return R.flatten_backward(grad_row, x), by_name(module, *others)

    return R.dense(row, w["weight"], w.get("bias")), back


def batchnorm(op: BatchNorm, module: nn.Module, x: Array) -> Pass:
    w = weights_of(module)
    running = {"mean": w["running_mean"], "variance": w["running_var"]}
    given = {} if module.training else running

    def back(grad: Array) -> tuple[Array, Gradients]:
        grad_x, *others = R.batchnorm_backward(grad, x, w["weight"], **given)
        return grad_x, by_name(module, *others)

    return R.batchnorm(x, w["weight"], w["bias"], **given), back


def groupnorm(op: GroupNorm, module: nn.Module, x: Array) -> Pass:
    w = weights_of(module)

    def back(grad: Array) -> tuple[Array, Gradients]:
        grad_x, *others = R.groupnorm_backward(grad, x, w["weight"], groups=op.groups)
        return grad_x, by_name(module, *others)

    return R.groupnorm(x, w["weight"], w["bias"], groups=op.groups), back


def dropout(op: Dropout, module: nn.Module, x: Array) -> Pass:
    if not module.training:
        return x, lambda grad: (grad, {})
    mask = module(torch.ones(x.shape)).numpy() > 0  # the one draw of a training step; `seeded` repeats it
    return R.dropout(x, mask, op.rate), lambda grad: (R.dropout_backward(grad, mask, op.rate), {})


def embed(op: Embed, module: nn.Module, x: Array) -> Pass:
    w = weights_of(module)["weight"]
    return R.embed(x, w), lambda grad: (np.zeros_like(x), by_name(module, R.embed_backward(grad, x, w)))


def activation(op: Activation, module: nn.Module, x: Array) -> Pass:
    forward, backward = getattr(R, op.kind), getattr(R, f"{op.kind}_backward")
    slope = (op.slope,) if op.kind == "leaky" else ()
    return forward(x, *slope), lambda grad: (backward(grad, x, *slope), {})


def maxpool(op: MaxPool, module: nn.Module, x: Array) -> Pass:
    sizes: dict[str, Any] = {"stride": op.stride, "padding": op.pad, "dilation": op.dilate, "ceil": op.ceil}
    return R.maxpool(x, op.size, **sizes), lambda grad: (R.maxpool_backward(grad, x, op.size, **sizes), {})


def avgpool(op: AvgPool, module: nn.Module, x: Array) -> Pass:
    how: dict[str, Any] = {"stride": op.stride, "padding": op.pad, "ceil": op.ceil, "count_padding": op.count_padding}
    return R.avgpool(x, op.size, **how), lambda grad: (R.avgpool_backward(grad, x, op.size, **how), {})


def globalpool(op: GlobalPool, module: nn.Module, x: Array) -> Pass:
    return R.globalpool(x, op.kind), lambda grad: (R.globalpool_backward(grad, x, op.kind), {})


def flatten(op: Flatten, module: nn.Module, x: Array) -> Pass:
    return R.flatten(x), lambda grad: (R.flatten_backward(grad, x), {})


def upsample(op: Upsample, module: nn.Module, x: Array) -> Pass:
    return R.upsample(x, op.factor, op.kind), lambda grad: (R.upsample_backward(grad, x, op.factor, op.kind), {})


def fixed_filter(op: FixedFilter, module: Any, x: Array) -> Pass:
    exact = getattr(R, f"{op.kind}_kernel")(x.ndim - 2)
    kernel = module.kernel.numpy()
    assert np.array_equal(kernel.astype(np.float32), exact.astype(np.float32))  # the module keeps it in float32
    return R.filter_map(x, kernel), lambda grad: (R.filter_map_backward(grad, x, kernel), {})


def columns(op: Columns, module: nn.Module, x: Array) -> Pass:
    n, c, h, w = x.shape
    return x.reshape(n, c * h, w), lambda grad: (grad.reshape(x.shape), {})


def recurrent(op: Recurrent, module: Any, x: Array) -> Pass:
    names = [f"{part}_l0{way}" for way in ("", "_reverse")[: 1 + op.both] for part in PARTS]
    weights = [getattr(module.cells, name).detach().numpy() for name in names]
    turned = x[..., ::-1]
    ways = [(x, weights[:4]), (turned, weights[4:])][: 1 + op.both]
    outs = [R.recur(op.kind, seen, *held) for seen, held in ways]

    def back(grad: Array) -> tuple[Array, Gradients]:
        grads = [grad[:, : op.units], grad[:, op.units :, ::-1]]
        found = [R.recur_backward(g, op.kind, *way, *held) for g, (*way, held) in zip(grads, ways, strict=False)]
        grad_x = found[0][0] + (found[1][0][..., ::-1] if op.both else 0)
        parts = [part for each in found for part in each[1:]]
        return grad_x, {f"cells.{name}": part for name, part in zip(names, parts, strict=True)}

    return np.concatenate([outs[0], *(out[..., ::-1] for out in outs[1:])], axis=1), back


PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
ADAPTERS: dict[type, Callable[..., Pass]] = {
    Activation: activation,
    AvgPool: avgpool,
    BatchNorm: batchnorm,
    Columns: columns,
    Conv: conv,
    Dense: dense,
    Dropout: dropout,
    Embed: embed,
    FixedFilter: fixed_filter,
    Flatten: flatten,
    GlobalPool: globalpool,
    GroupNorm: groupnorm,
    MaxPool: maxpool,
    Recurrent: recurrent,
    Upsample: upsample,
}


def run(layer: Layer, module: Any, x: Array) -> Pass:
    """Compute one planned layer of any kind."""
    if not isinstance(layer.operation, Combination):
        return ADAPTERS[type(layer.operation)](layer.operation, module, x)
    if layer.operation.kind == "frames":
        return frames(layer, module, x)
    body, body_back = run_line(layer.body, module.body, x)
    if layer.operation.kind == "group":
        return body, lambda grad: _rename(body_back(grad), "body")
    if layer.operation.kind == "skip":
        side, side_back = run_line(layer.shortcut, module.shortcut, x)

        def back_skip(grad: Array) -> tuple[Array, Gradients]:
            (one, ones), (two, twos) = _rename(body_back(grad), "body"), _rename(side_back(grad), "shortcut")
            return one + two, ones | twos

        return body + side, back_skip
    factor = body.reshape(*body.shape, *[1] * (x.ndim - body.ndim))

    def back_scale(grad: Array) -> tuple[Array, Gradients]:
        over = tuple(range(body.ndim, x.ndim))  # where one factor meets a whole map
        through, weights = _rename(body_back((grad * x).sum(over)), "body")
        return grad * factor + through, weights

    return x * factor, back_scale


def frames(layer: Layer, module: Any, x: Array) -> Pass:
    """The line over every frame, as one batch of pictures."""
    n, _, length = x.shape[:3]
    pictures = x.swapaxes(1, 2).reshape(n * length, x.shape[1], *x.shape[3:])
    body, body_back = run_line(layer.body, module.body, pictures)

    def back(grad: Array) -> tuple[Array, Gradients]:
        through, weights = _rename(body_back(grad.swapaxes(1, 2).reshape(body.shape)), "body")
        return through.reshape(n, length, x.shape[1], *x.shape[3:]).swapaxes(1, 2), weights

    return body.reshape(n, length, -1).swapaxes(1, 2), back


def run_line(layers: tuple[Layer, ...], module: Any, x: Array) -> Pass:
    """Compute layers one after the other."""
    backs: list[tuple[str, Back]] = []
    for layer in layers:
        x, back = run(layer, getattr(module, layer.name), x)
        backs.append((layer.name, back))

    def back_line(grad: Array) -> tuple[Array, Gradients]:
        found: Gradients = {}
        for name, back in reversed(backs):
            grad, weights = _rename(back(grad), name)
            found |= weights
        return grad, found

    return x, back_line


def _rename(result: tuple[Array, Gradients], prefix: str) -> tuple[Array, Gradients]:
    return result[0], {f"{prefix}.{name}": grad for name, grad in result[1].items()}


# ---- the suite


def test_every_layer_has_a_row() -> None:
    words = {word for line, _ in ROWS for word in line.replace("(", " ( ").replace(")", " ) ").split()}
    assert {*OPERATIONS, *BLOCKS, *COMBINATIONS} - {"group"} <= words


def test_every_operation_has_a_module_and_a_reference() -> None:
    used = {type(leaf.operation) for line, shape in ROWS for _, leaf in leaves(plan(line, shape).layers)}
    assert used == set(MODULES) == set(ADAPTERS)


@pytest.mark.parametrize("name", ["conv", "depthwise", "maxpool", "avgpool", "globalpool", "upsample", "edge", "relu"])
def test_rows_hold_one_two_and_three_dimensions(name: str) -> None:
    alike = {"relu": ("relu", "leaky", "gelu"), "edge": ("edge", "blur", "sharpen")}.get(name, (name,))
    assert {len(shape) - 1 for line, shape in ROWS if line.split()[0] in alike} >= {1, 2, 3}


@each_row
def test_module_makes_the_shapes_of_the_plan(line: str, shape: Shape) -> None:
    layers, module = built(line, shape)
    x = as_input(examples(shape, line=line), line=line)
    arrived = shape  # of numbers, their vocabulary and length
    for layer, part in zip(layers, module, strict=True):
        assert arrived == layer.input_shape
        x = part(x)
        arrived = tuple(x.shape[1:])
        assert tuple(x.shape[1:]) == layer.output_shape


@each_row
def test_module_holds_the_parameters_of_the_plan(line: str, shape: Shape) -> None:
    layers, module = built(line, shape)
    for layer, part in zip(layers, module, strict=True):
        assert sum(weight.numel() for weight in part.parameters()) == layer.parameters


@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
@each_row
def test_module_equals_the_reference(line: str, shape: Shape, training: bool) -> None:
    layers, module = built(line, shape)
    module.train(training)
    values = examples(shape, line=line)
    x = as_input(values, line=line)
    torch.manual_seed(11)  # of dropout
    expected, back = run_line(layers, module, values)
    torch.manual_seed(11)
    out = module(x)
    np.testing.assert_allclose(out.detach().numpy(), expected, rtol=1e-12, atol=1e-12)

    grad = np.random.default_rng(8).normal(size=expected.shape)
    out.backward(torch.from_numpy(grad))
    grad_x, grad_weights = back(grad)
    if x.requires_grad:
        np.testing.assert_allclose(x.grad.numpy(), grad_x, rtol=1e-10, atol=1e-10)
    weights = dict(module.named_parameters())
    assert set(grad_weights) == set(weights)
    for name, weight in weights.items():
        np.testing.assert_allclose(weight.grad.numpy(), grad_weights[name], rtol=1e-10, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("shape", [(4,), (4, 5), (4, 3, 5), (4, 2, 3, 2)])
def test_batchnorm_tracks_as_the_reference(shape: Shape) -> None:
    _, module = built("batchnorm", shape)
    before, x = weights_of(module), examples(shape)
    module.train()(torch.from_numpy(x))
    after = weights_of(module)
    tracked = R.track_statistics(x, before["batchnorm1.running_mean"], before["batchnorm1.running_var"])
    np.testing.assert_allclose(after["batchnorm1.running_mean"], tracked[0], rtol=1e-12)
    np.testing.assert_allclose(after["batchnorm1.running_var"], tracked[1], rtol=1e-12)


PADDED = [(line, shape) for line, shape in ROWS if "pool" in line and " pad " in line and "global" not in line]


@pytest.mark.parametrize(("line", "shape"), PADDED)
def test_our_pools_equal_those_of_torch_where_torch_takes_the_padding(line: str, shape: Shape) -> None:
    layers, module = built(line, shape)
    ours = {MaxPool: PaddedMaxPool, AvgPool: PaddedAvgPool}[type(layers[0].operation)](layers[0].operation)
    x = torch.from_numpy(examples(shape))
    torch.testing.assert_close(ours(x), module(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("maxpool 2 /1 pad 1 dilate 2", (1, 1)),
        ("maxpool 2 /1 pad 3 dilate 4", (1, 2)),
        ("maxpool 3x2 /1 pad 1x4 dilate 1x5", (1, 5, 3)),
        ("maxpool 3 /2 pad 3 dilate 2 ceil", (2, 1, 9)),
    ],
)
def test_window_that_steps_over_the_map_is_refused_by_plan_and_reference(line: str, shape: Shape) -> None:
    """It would be a maximum of nothing: minus infinity on the way into the loss."""
    with pytest.raises(NotationError, match="each window must touch the map"):
        plan(line, shape)
    op = OPERATIONS["maxpool"](tuple(line.split()))
    with pytest.raises(ValueError, match="every window touch the input"):
        dims = len(shape) - 1
        spread = {k: v * dims if len(v) == 1 else v for k, v in {"p": op.pad, "d": op.dilate, "s": op.stride}.items()}
        size = op.size * dims if len(op.size) == 1 else op.size
        R.maxpool(
            np.ones((1, *shape)), size, stride=spread["s"], padding=spread["p"], dilation=spread["d"], ceil=op.ceil
        )


def test_window_that_touches_a_small_map_is_taken() -> None:
    """Dilation beyond the map alone is no reason to refuse."""
    layers, module = built("maxpool 3 pad 4 dilate 4 /1", (1, 2))
    x = examples((1, 2), n=1)
    assert np.array_equal(module(torch.from_numpy(x)).numpy(), run_line(layers, module, x)[0])
    assert np.array_equal(module(torch.from_numpy(x)).numpy(), x)


def test_upsampling_by_any_factor_repeats_each_cell() -> None:
    """torch.nn.Upsample looks for the old cell of a new one in float32, and finds the one before for 41, 47, 55."""
    x = torch.arange(50.0)[None, None]
    for factor in range(1, 65):
        _, module = built(f"upsample {factor}", (1, 50))
        assert torch.equal(module(x), x.repeat_interleave(factor, dim=-1)), factor
