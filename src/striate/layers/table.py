"""Operation of the notation -> torch module. A new layer is one function here and one line in the table."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.layers.recurrent import ColumnsLayer, RecurrentLayer
from striate.notation import (
    Activation,
    AvgPool,
    BatchNorm,
    Columns,
    Conv,
    Dense,
    Dropout,
    Embed,
    FixedFilter,
    Flatten,
    GlobalPool,
    GroupNorm,
    MaxPool,
    Operation,
    Recurrent,
    Upsample,
)

Shape = tuple[int, ...]
Maker = Callable[[Any, Shape], nn.Module]


class PaddedMaxPool(nn.Module):
    """Max-pooling whose padding may exceed half the window, which torch's own refuses."""

    def __init__(self, pool: MaxPool) -> None:
        super().__init__()
        self.pool = pool
        self.function = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[len(pool.size) - 1]

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, _margins(self.pool, x), value=-torch.inf)
        return self.function(x, self.pool.size, self.pool.stride, 0, self.pool.dilate)

    def extra_repr(self) -> str:
        return str(self.pool)


class PaddedAvgPool(nn.Module):
    """Average pooling with any padding: the mean over the margins, divided by the share of cells that count."""

    def __init__(self, pool: AvgPool) -> None:
        super().__init__()
        self.pool = pool
        self.function = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(pool.size) - 1]

    def forward(self, x: Tensor) -> Tensor:
        margins = _margins(self.pool, x)
        counted = torch.ones_like(x[:1, :1])
        if self.pool.count_padding:  # cells that a ceil window reaches beyond the padding never count
            inner = [side for p in reversed(self.pool.pad) for side in (p, p)]
            counted = F.pad(F.pad(counted, inner, value=1.0), [m - p for m, p in zip(margins, inner, strict=True)])
        else:
            counted = F.pad(counted, margins)
        return self._slide(F.pad(x, margins)) / self._slide(counted)

    def _slide(self, x: Tensor) -> Tensor:
        return self.function(x, self.pool.size, self.pool.stride)

    def extra_repr(self) -> str:
        return str(self.pool)


class GlobalPooling(nn.Module):
    """(N, C, *spatial) -> (N, C): the mean or the maximum of each map."""

    def __init__(self, pool: GlobalPool) -> None:
        super().__init__()
        self.kind = pool.kind

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "max":
            return x.flatten(2).amax(2)  # (N, C, cells) -> (N, C)
        pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[x.dim() - 3]
        return pool(x, x.shape[2:]).flatten(1)  # its backward is faster than that of mean

    def extra_repr(self) -> str:
        return self.kind


class RepeatCells(nn.Module):
    """Each cell `factor` times as large; torch's own looks for cells in float32, and errs from factor 41 on."""

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        for axis in range(2, x.dim()):
            x = x.repeat_interleave(self.factor, axis)
        return x

    def extra_repr(self) -> str:
        return str(self.factor)


class FlatLinear(nn.Linear):
    """A dense layer that flattens what arrives."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.flatten(1))


class Embedding(nn.Module):
    """Whole numbers (N, T) in 0..V-1 -> (N, E, T): the row of weight (V - 1, E) that each one names; 0 gives zeros."""

    def __init__(self, rows: int, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, features))

    def forward(self, x: Tensor) -> Tensor:
        rows = F.embedding((x - 1).clamp(min=0), self.weight)  # (N, T, E)
        return rows.masked_fill((x == 0)[:, :, None], 0.0).transpose(1, 2).contiguous()

    def extra_repr(self) -> str:
        return f"{len(self.weight)} rows of {self.weight.shape[1]}"


class FixedKernel(nn.Module):
    """A named kernel applied to each channel on its own, padding 1, never trained."""

    kernel: Tensor

    def __init__(self, kind: str, dims: int) -> None:
        super().__init__()
        self.kind, self.dims = kind, dims
        self.register_buffer("kernel", teaching_kernel(kind, dims), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        weight = self.kernel.to(x.dtype).expand(channels, 1, *self.kernel.shape)
        convolve = (F.conv1d, F.conv2d, F.conv3d)[self.dims - 1]
        return convolve(x, weight, padding=1, groups=channels)

    def extra_repr(self) -> str:
        return self.kind


def teaching_kernel(kind: str, dims: int) -> Tensor:
    """Give the 3-wide kernel of a name: (3,) * dims; they are those of `reference`, where they are explained."""
    from striate import reference

    kernels = {"edge": reference.edge_kernel, "blur": reference.blur_kernel, "sharpen": reference.sharpen_kernel}
    return torch.from_numpy(kernels[kind](dims)).float()


def _margins(pool: MaxPool | AvgPool, x: Tensor) -> list[int]:
    """Cells to add before and after each dimension so that the windows fit exactly, in F.pad's order (last first)."""
    spatial = tuple(x.shape[2:])
    places = pool.output((x.shape[1], *spatial))[1:]
    dilate = pool.dilate if isinstance(pool, MaxPool) else (1,) * len(spatial)
    margins: list[int] = []
    for n, out, k, s, p, d in zip(spatial, places, pool.size, pool.stride, pool.pad, dilate, strict=True):
        margins = [p, (out - 1) * s + d * (k - 1) + 1 - n - p, *margins]
    return margins


def _conv(conv: Conv, shape: Shape) -> nn.Module:
    kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(shape) - 2]
    return kind(
        shape[0],
        conv.features,
        conv.kernel,  # type: ignore[arg-type]
        conv.stride,  # type: ignore[arg-type]
        conv.pad,  # type: ignore[arg-type]
        conv.dilate,  # type: ignore[arg-type]
        conv.groups,
        bool(conv.bias),
    )


def _activation(activation: Activation, shape: Shape) -> nn.Module:
    makers: dict[str, Callable[[], nn.Module]] = {
        "relu": nn.ReLU,
        "leaky": lambda: nn.LeakyReLU(activation.slope),
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "gelu": nn.GELU,
        "silu": nn.SiLU,
    }
    return makers[activation.kind]()


def _maxpool(pool: MaxPool, shape: Shape) -> nn.Module:
    if any(p > k // 2 for p, k in zip(pool.pad, pool.size, strict=True)):
        return PaddedMaxPool(pool)
    kind = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[len(pool.size) - 1]
    return kind(pool.size, pool.stride, pool.pad, pool.dilate, ceil_mode=pool.ceil)


def _avgpool(pool: AvgPool, shape: Shape) -> nn.Module:
    if any(p > k // 2 for p, k in zip(pool.pad, pool.size, strict=True)):
        return PaddedAvgPool(pool)
    kind = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[len(pool.size) - 1]
    return kind(pool.size, pool.stride, pool.pad, pool.ceil, pool.count_padding)  # type: ignore[arg-type]


def _batchnorm(_: BatchNorm, shape: Shape) -> nn.Module:
    return (nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[len(shape) - 1](shape[0])


def _upsample(upsample: Upsample, shape: Shape) -> nn.Module:
    if upsample.kind == "nearest":
        return RepeatCells(upsample.factor)
    mode = ("linear", "bilinear", "trilinear")[len(shape) - 2]
    return nn.Upsample(scale_factor=upsample.factor, mode=mode, align_corners=False)


MODULES: dict[type, Maker] = {
    Activation: _activation,
    AvgPool: _avgpool,
    BatchNorm: _batchnorm,
    Columns: lambda columns, shape: ColumnsLayer(),
    Conv: _conv,
    Dense: lambda dense, shape: FlatLinear(_values(shape), dense.units, dense.bias is not False),
    Dropout: lambda dropout, shape: nn.Dropout(dropout.rate),
    Embed: lambda embed, shape: Embedding(shape[0] - 1, embed.features),
    FixedFilter: lambda kind, shape: FixedKernel(kind.kind, len(shape) - 1),
    Flatten: lambda flatten, shape: nn.Flatten(),
    GlobalPool: lambda pool, shape: GlobalPooling(pool),
    GroupNorm: lambda norm, shape: nn.GroupNorm(norm.groups, shape[0]),
    MaxPool: _maxpool,
    Recurrent: lambda recurrent, shape: RecurrentLayer(recurrent, shape[0]),
    Upsample: _upsample,
}


def _values(shape: Shape) -> int:
    count = 1
    for n in shape:
        count *= n
    return count


def make_module(operation: Operation, shape: Shape) -> nn.Module:
    """Build the module of one operation for inputs of shape (C, *spatial)."""
    return MODULES[type(operation)](operation, shape)
