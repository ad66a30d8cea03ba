"""Operation of the notation -> ONNX nodes. A new layer is one function here and one line in the table."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import nn

from striate.layers.heads.pixels import PixelMaps
from striate.models.onnx_nodes import Graph
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
    Upsample,
)
from striate.notation.heads import PixelHead

Emitter = Callable[[Graph, Any, Any, str, str, Layer], str]  # graph, operation, module, input, name, layer -> output


def emit_line(graph: Graph, layers: tuple[Layer, ...], module: nn.Module, x: str, prefix: str) -> str:
    """Append layers one after the other, each read from the child of `module` that has its name."""
    for layer in layers:
        x = emit_layer(graph, layer, module.get_submodule(layer.name), x, f"{prefix}{layer.name}")
    return x


def emit_layer(graph: Graph, layer: Layer, module: Any, x: str, name: str) -> str:
    """Append one planned layer with all that it holds; give the name of its output."""
    if isinstance(layer.operation, Combination):
        return _combination(graph, layer, module, x, name)
    return EMITTERS[type(layer.operation)](graph, layer.operation, module, x, name, layer)


def _combination(graph: Graph, layer: Layer, module: Any, x: str, name: str) -> str:
    assert isinstance(layer.operation, Combination)
    body = emit_line(graph, layer.body, module.body, x, f"{name}.body.")
    if layer.operation.kind == "group":
        return body
    if layer.operation.kind == "skip":
        return graph.add("Add", name, body, emit_line(graph, layer.shortcut, module.shortcut, x, f"{name}.shortcut."))
    factor_shape = layer.body[-1].output_shape
    missing = len(layer.input_shape) - len(factor_shape)
    if missing:  # (N, C) -> (N, C, 1, ...)
        body = graph.add("Reshape", name, body, graph.constant(name, [0, *factor_shape, *[1] * missing]))
    return graph.add("Mul", name, x, body)


def _conv(graph: Graph, op: Conv, module: nn.Conv2d, x: str, name: str, layer: Layer) -> str:
    inputs = [graph.constant(f"{name}.weight", module.weight)]
    if module.bias is not None:
        inputs.append(graph.constant(f"{name}.bias", module.bias))
    sizes = {"strides": op.stride, "pads": op.pad * 2, "dilations": op.dilate, "group": op.groups}
    return graph.add("Conv", name, x, *inputs, attributes={"kernel_shape": op.kernel, **sizes})


def _fixed_filter(graph: Graph, op: FixedFilter, module: Any, x: str, name: str, layer: Layer) -> str:
    channels, kernel = layer.input_shape[0], module.kernel.detach().cpu().numpy()
    weight = np.broadcast_to(kernel, (channels, 1, *kernel.shape))
    sizes = {"kernel_shape": kernel.shape, "pads": [1] * 2 * kernel.ndim, "group": channels}
    return graph.add("Conv", name, x, graph.constant(f"{name}.kernel", weight), attributes=sizes)


def _dense(graph: Graph, op: Dense, module: nn.Linear, x: str, name: str, layer: Layer) -> str:
    if len(layer.input_shape) > 1:
        x = graph.add("Flatten", name, x)
    inputs = [graph.constant(f"{name}.weight", module.weight)]
    if module.bias is not None:
        inputs.append(graph.constant(f"{name}.bias", module.bias))
    return graph.add("Gemm", name, x, *inputs, attributes={"transB": 1})


def _batchnorm(graph: Graph, op: BatchNorm, module: nn.BatchNorm2d, x: str, name: str, layer: Layer) -> str:
    parts = ("weight", "bias", "running_mean", "running_var")
    inputs = [graph.constant(f"{name}.{part}", getattr(module, part)) for part in parts]
    return graph.add("BatchNormalization", name, x, *inputs, attributes={"epsilon": module.eps})


def _groupnorm(graph: Graph, op: GroupNorm, module: nn.GroupNorm, x: str, name: str, layer: Layer) -> str:
    """Normalise (N, G, values of a group), then scale and shift each channel."""
    channels, *spatial = layer.input_shape
    ones = np.ones(op.groups)
    x = graph.add("Reshape", name, x, graph.constant(name, [0, op.groups, -1]))
    unit = [graph.constant(f"{name}.ones", ones), graph.constant(f"{name}.zeros", 0 * ones)]
    x = graph.add("InstanceNormalization", name, x, *unit, attributes={"epsilon": module.eps})
    x = graph.add("Reshape", name, x, graph.constant(name, [0, channels, *spatial]))
    weight, bias = (part.detach().reshape(1, channels, *[1] * len(spatial)) for part in (module.weight, module.bias))
    x = graph.add("Mul", name, x, graph.constant(f"{name}.weight", weight))
    return graph.add("Add", name, x, graph.constant(f"{name}.bias", bias))


def _activation(graph: Graph, op: Activation, module: nn.Module, x: str, name: str, layer: Layer) -> str:
    if op.kind == "leaky":
        return graph.add("LeakyRelu", name, x, attributes={"alpha": op.slope})
    if op.kind == "silu":
        return graph.add("Mul", name, x, graph.add("Sigmoid", name, x))
    if op.kind == "gelu":  # x / 2 * (1 + erf(x / sqrt 2)); a node of its own only from opset 20 on
        error = graph.add("Erf", name, graph.add("Div", name, x, graph.constant(name, np.array(math.sqrt(2)))))
        grown = graph.add("Mul", name, x, graph.add("Add", name, error, graph.constant(name, np.array(1.0))))
        return graph.add("Mul", name, grown, graph.constant(name, np.array(0.5)))
    return graph.add({"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}[op.kind], name, x)


def _dropout(graph: Graph, op: Dropout, module: nn.Module, x: str, name: str, layer: Layer) -> str:
    return x


def _embed(graph: Graph, op: Embed, module: Any, x: str, name: str, layer: Layer) -> str:
    """Rows of a table with zeros on top, features first."""
    rows = np.pad(module.weight.detach().cpu().numpy(), ((1, 0), (0, 0)))
    taken = graph.add("Gather", name, graph.constant(f"{name}.weight", rows), x)
    return graph.add("Transpose", name, taken, attributes={"perm": [0, 2, 1]})


def _flatten(graph: Graph, op: Flatten, module: nn.Module, x: str, name: str, layer: Layer) -> str:
    return graph.add("Flatten", name, x)


def _columns(graph: Graph, op: Columns, module: nn.Module, x: str, name: str, layer: Layer) -> str:
    return graph.add("Reshape", name, x, graph.constant(name, [0, *layer.output_shape]))


def _globalpool(graph: Graph, op: GlobalPool, module: nn.Module, x: str, name: str, layer: Layer) -> str:
    kind = {"avg": "GlobalAveragePool", "max": "GlobalMaxPool"}[op.kind]
    return graph.add("Flatten", name, graph.add(kind, name, x))


def _maxpool(graph: Graph, op: MaxPool, module: nn.Module, x: str, name: str, layer: Layer) -> str:
    """Padding goes into the node where runtimes take it (below the window's size), else before it as minus infinity."""
    pool = op.resolve(layer.input_shape)
    margins = _margins(pool, layer)
    if max(margins) >= min(pool.size):
        x = _pad(graph, x, name, margins, -np.inf)
        margins = [0] * len(margins)
    sizes = {"kernel_shape": pool.size, "strides": pool.stride, "dilations": pool.dilate, "pads": margins}
    return graph.add("MaxPool", name, x, attributes=sizes)


def _avgpool(graph: Graph, op: AvgPool, module: nn.Module, x: str, name: str, layer: Layer) -> str:
    """The mean over windows; where a ceil window leaves the padding, over zeros, times what share of cells counts."""
    pool = op.resolve(layer.input_shape)
    dims = len(pool.size)
    margins = _margins(pool, layer)
    sizes: dict[str, Any] = {"kernel_shape": pool.size, "strides": pool.stride}
    if all(margin <= pad for margin, pad in zip(margins, pool.pad * 2, strict=True)):
        sizes |= {"pads": pool.pad * 2, "count_include_pad": int(pool.count_padding)}
        return graph.add("AveragePool", name, x, attributes=sizes)
    mean = graph.add("AveragePool", name, _pad(graph, x, name, margins, 0.0), attributes=sizes)
    inner = pool.pad if pool.count_padding else (0,) * dims
    share = np.ones((1, 1))
    for axis in range(dims):
        share = share[..., None] * _counted(pool, layer, axis, margins, inner[axis])
    return graph.add("Mul", name, mean, graph.constant(f"{name}.share", 1 / share))


def _counted(pool: AvgPool, layer: Layer, axis: int, margins: list[int], inner: int) -> Any:
    """Share of cells of each window along one axis that count: the map, and `inner` cells of padding around it."""
    n, before, after = layer.input_shape[1 + axis], margins[axis], margins[len(pool.size) + axis]
    place = np.arange(-before, n + after)
    counts = (place >= -inner) & (place < n + inner)
    starts = np.arange(layer.output_shape[1 + axis]) * pool.stride[axis]
    return np.array([counts[start : start + pool.size[axis]].mean() for start in starts])


def _margins(pool: MaxPool | AvgPool, layer: Layer) -> list[int]:
    """Cells to add before each dimension, then after each, so that every window of the plan fits."""
    dims = len(pool.size)
    dilate = pool.dilate if isinstance(pool, MaxPool) else (1,) * dims
    after = []
    for axis in range(dims):
        n, places = layer.input_shape[1 + axis], layer.output_shape[1 + axis]
        end = (places - 1) * pool.stride[axis] + dilate[axis] * (pool.size[axis] - 1) + 1
        after.append(max(0, end - n - pool.pad[axis]))
    return [*pool.pad, *after]


def _pad(graph: Graph, x: str, name: str, margins: list[int], value: float) -> str:
    dims = len(margins) // 2
    pads = [0, 0, *margins[:dims], 0, 0, *margins[dims:]]
    return graph.add("Pad", name, x, graph.constant(name, pads), graph.constant(name, np.array(value)))


def _upsample(graph: Graph, op: Upsample, module: nn.Module, x: str, name: str, layer: Layer) -> str:
    """Linear by Resize (a signal as a map one cell high); repeated cells by a spread, exact for every factor."""
    channels, *spatial = layer.input_shape
    if op.kind == "nearest":
        apart = [side for n in spatial for side in (n, 1)]
        x = graph.add("Reshape", name, x, graph.constant(name, [0, channels, *apart]))
        x = graph.add("Tile", name, x, graph.constant(name, [1, 1, *[1, op.factor] * len(spatial)]))
        return graph.add("Reshape", name, x, graph.constant(name, [0, *layer.output_shape]))
    flat = len(spatial) == 1
    if flat:
        x = graph.add("Reshape", name, x, graph.constant(name, [0, channels, 1, *spatial]))
    scales = np.array([1.0, 1.0, *([1.0] if flat else []), *[float(op.factor)] * len(spatial)])
    how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    x = graph.add("Resize", name, x, "", graph.constant(f"{name}.scales", scales), attributes=how)
    return graph.add("Reshape", name, x, graph.constant(name, [0, *layer.output_shape])) if flat else x


def _pixel_head(graph: Graph, op: PixelHead, module: PixelMaps, x: str, name: str, layer: Layer) -> str:
    """Vote, then interpolate by Resize (a signal as a map one cell high)."""
    weights = [graph.constant(f"{name}.{part}", getattr(module.conv, part)) for part in ("weight", "bias")]
    x = graph.add("Conv", name, x, *weights, attributes={"kernel_shape": (1,) * len(op.size)})
    if layer.input_shape[1:] == op.size:
        return x
    flat = [1] if len(op.size) == 1 else []
    if flat:
        x = graph.add("Reshape", name, x, graph.constant(name, [0, op.classes, 1, *layer.input_shape[1:]]))
    factors = [(1 + 1e-6) * size / n for size, n in zip(op.size, layer.input_shape[1:], strict=True)]  # rounded down
    scales = np.array([1.0, 1.0, *flat, *factors])
    how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    x = graph.add("Resize", name, x, "", graph.constant(f"{name}.scales", scales), attributes=how)
    return graph.add("Reshape", name, x, graph.constant(name, [0, *layer.output_shape])) if flat else x


EMITTERS: dict[type, Emitter] = {
    Activation: _activation,
    AvgPool: _avgpool,
    BatchNorm: _batchnorm,
    Columns: _columns,
    Conv: _conv,
    Dense: _dense,
    Dropout: _dropout,
    Embed: _embed,
    FixedFilter: _fixed_filter,
    Flatten: _flatten,
    GlobalPool: _globalpool,
    GroupNorm: _groupnorm,
    MaxPool: _maxpool,
    PixelHead: _pixel_head,
    Upsample: _upsample,
}
