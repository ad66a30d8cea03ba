"""Pictures of bytes drawn through one map each and relit: gathered, resampled and coloured in a single pass.

Native where the kernels were built (native/resample.cpp), else PyTorch's own operators; equal to within rounding.
"""

import ctypes
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from striate.errors import ShapeError
from striate.kernels.library import library

MOST_PIXELS = 1 << 28  # of one picture: indices into it are 32-bit


@dataclass(frozen=True, kw_only=True, slots=True)
class Relight:
    """Colours of each picture: matrix (N, C, C) times colour, plus a share of the picture's mean and a constant.

    `light` (N, 2) holds that share and that constant; results are cut to [0, 1].
    """

    matrix: Tensor
    light: Tensor


def resample(pictures: Tensor, chosen: Tensor, maps: Tensor, relight: Relight | None = None) -> Tensor:
    """Draw chosen pictures through affine maps, once, bilinearly: float32 (N, C, H, W) in [0, 1]; outside is black.

    out[n, :, y, x] = pictures[chosen[n]] at maps[n] @ (x, y, 1), in pixels, with (0, 0) the centre of the first one.
    `pictures` (M, C, H, W) uint8 and `chosen` (N,) int64 lie on the CPU, `maps` are (N, 2, 3) float32. A map of whole
    pixels gives exact values. No antialiasing: maps should not shrink much. With `relight`, colours change after that.
    Bits do not depend on the number of threads.
    Raises ShapeError for sizes, types or indices that do not fit together.

    >>> shifted = torch.tensor([[[1.0, 0, -1], [0, 1, 0]]])
    >>> resample(torch.full((1, 1, 1, 3), 255, dtype=torch.uint8), torch.tensor([0]), shifted).tolist()
    [[[[0.0, 1.0, 1.0]]]]
    """
    _check(pictures, chosen, maps, relight)
    if len(chosen) == 0:
        return torch.zeros(0, *pictures.shape[1:])
    native = library()
    if native is None or (relight is not None and pictures.shape[1] not in (1, 3)):
        batch = _resample(pictures[chosen], maps)
        return batch if relight is None else _relight(batch, relight)
    pictures, chosen, maps = pictures.contiguous(), chosen.contiguous(), maps.contiguous()
    matrix, light = (None, None) if relight is None else (relight.matrix.contiguous(), relight.light.contiguous())
    out = torch.empty(len(chosen), *pictures.shape[1:])
    given = [_address(tensor) for tensor in (pictures, chosen, maps, matrix, light, out)]
    sizes = [ctypes.c_int64(size) for size in out.shape]
    native.striate_resample(*given, *sizes, ctypes.c_int(torch.get_num_threads()))
    return out


def _address(tensor: Tensor | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if tensor is None else tensor.data_ptr())


def _resample(batch: Tensor, maps: Tensor) -> Tensor:
    """PyTorch's way, for (N, C, H, W) uint8: whole pixels by index, all else by grid_sample."""
    whole = (maps[:, :, :2].abs() == torch.eye(2)).all() and bool((maps == maps.round()).all())
    if whole and bool((maps[:, 1, 1] == 1).all()):
        return _move(batch, maps)
    H, W = batch.shape[-2:]
    x, y = torch.arange(W, dtype=torch.float32), torch.arange(H, dtype=torch.float32)
    rows = (maps[:, :, :1, None] * x + (maps[:, :, 1:2, None] * y[:, None] + maps[:, :, 2:, None])).unbind(1)
    grid = torch.stack([(2 * place + 1) / side - 1 for place, side in zip(rows, (W, H), strict=True)], dim=-1)
    return F.grid_sample(batch.float() / 255, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _move(batch: Tensor, maps: Tensor) -> Tensor:
    """Mirror and shift by whole pixels: (N, C, H, W) uint8 to float32."""
    N, _, H, W = batch.shape
    mirrored = maps[:, 0, 0] < 0
    batch = torch.where(mirrored[:, None, None, None], batch.flip(-1), batch)
    left = torch.where(mirrored, W - 1 - maps[:, 0, 2], maps[:, 0, 2]).clamp(-W, W).long()
    up = maps[:, 1, 2].clamp(-H, H).long()
    margins = int(up.abs().max()), int(left.abs().max())
    padded = F.pad(batch, (margins[1], margins[1], margins[0], margins[0]))
    windows = padded.unfold(2, H, 1).unfold(3, W, 1)  # (N, C, 2m+1, 2m+1, H, W), no copy
    return windows[torch.arange(N), :, margins[0] + up, margins[1] + left].float() / 255


def _relight(batch: Tensor, relight: Relight) -> Tensor:
    mean = batch.mean(dim=(1, 2, 3))
    added = relight.light[:, 0] * mean + relight.light[:, 1]
    return (torch.einsum("ncd,ndhw->nchw", relight.matrix, batch) + added[:, None, None, None]).clamp(0, 1)


def _check(pictures: Tensor, chosen: Tensor, maps: Tensor, relight: Relight | None) -> None:
    N, C = len(chosen), pictures.shape[1] if pictures.dim() == 4 else 0
    wanted: list[tuple[str, Tensor, tuple[int, ...]]] = [("maps", maps, (N, 2, 3))]
    if relight is not None:
        wanted += [("matrix", relight.matrix, (N, C, C)), ("light", relight.light, (N, 2))]
    for name, tensor, shape in wanted:
        if tensor.shape != shape or tensor.dtype != torch.float32 or not bool(tensor.isfinite().all()):
            got = f"{tensor.dtype} {tuple(tensor.shape)}"
            raise ShapeError(f"{name} must be finite float32 {shape}", got=got, fix="give one map a chosen picture")
    if pictures.dtype != torch.uint8 or pictures.dim() != 4 or not 0 < pictures[0:1].numel() <= MOST_PIXELS:
        got = f"{pictures.dtype} {tuple(pictures.shape)}"
        raise ShapeError("pictures must be uint8 (M, C, H, W), not empty", got=got, fix="give pictures of bytes")
    if (
        chosen.dtype != torch.int64
        or chosen.dim() != 1
        or (N and not 0 <= int(chosen.min()) <= int(chosen.max()) < len(pictures))
    ):
        got = f"{chosen.dtype} {tuple(chosen.shape)} for {len(pictures)} pictures"
        raise ShapeError("chosen must be int64 indices of pictures", got=got, fix="count from 0")
