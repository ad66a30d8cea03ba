"""Where tensors are computed: device, precision, threads; chosen once a process, then carried as one record."""

import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from striate.errors import UsageError

if TYPE_CHECKING:
    import torch

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """`kind` is a torch device name; `precision` that of convolutions (weights stay float32); CPU `threads`."""

    kind: str
    precision: Precision
    threads: int


def choose_device(*, wide: bool) -> Device:
    """Pick the accelerator that is there, and bfloat16 where the machine has it and the network is `wide`.

    `STRIATE_DEVICE` (cpu, cuda, cuda:1, mps) overrides the device, `STRIATE_PRECISION` (float32, bfloat16) the
    precision, `STRIATE_THREADS` the number of CPU threads. A network counts as wide from 32 features on: below,
    bfloat16 gains nothing on a CPU (shared/PERFORMANCE.md, LeNet-5).
    """
    import torch

    kind = os.environ.get("STRIATE_DEVICE") or _best_kind()
    if not re.fullmatch(r"cpu|mps|cuda(:[0-9]{1,3})?", kind):
        raise UsageError(
            "STRIATE_DEVICE must be cpu, cuda, cuda:N or mps", got=kind, fix="unset it to let Striate choose"
        )
    if not _is_there(kind):
        raise UsageError("the device must be there", got=f"{kind} on this machine", fix="set STRIATE_DEVICE=cpu")
    threads = os.environ.get("STRIATE_THREADS") or str(torch.get_num_threads())
    if not re.fullmatch(r"[1-9][0-9]{0,3}", threads):
        raise UsageError(
            "STRIATE_THREADS must be a whole number >= 1", got=threads, fix="set it to the number of cores"
        )
    return Device(kind=kind, precision=_choose_precision(kind, wide=wide), threads=int(threads))


def _best_kind() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_there(kind: str) -> bool:
    import torch

    if kind.startswith("cuda"):
        index = int(kind.partition(":")[2] or 0)
        return torch.cuda.is_available() and index < torch.cuda.device_count()
    return kind == "cpu" or torch.backends.mps.is_available()


def _choose_precision(kind: str, *, wide: bool) -> Precision:
    asked = os.environ.get("STRIATE_PRECISION", "")
    if asked == "float32":
        return "float32"
    if asked == "bfloat16":
        return "bfloat16"
    if asked:
        raise UsageError("STRIATE_PRECISION must be float32 or bfloat16", got=asked, fix="unset it")
    return "bfloat16" if wide and has_fast_bfloat16(kind) else "float32"


def has_fast_bfloat16(kind: str) -> bool:
    """Say whether the device computes bfloat16 faster than float32."""
    import torch

    if kind.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    says = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # not on every build of torch
    return kind == "cpu" and says is not None and bool(says())


def settle(device: Device, seed: int) -> None:
    """Make this process compute reproducibly: threads, seed, and only deterministic algorithms."""
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs to be deterministic
    torch.set_num_threads(device.threads)
    torch.manual_seed(seed)
    on_cpu = device.kind == "cpu"  # elsewhere some operations have no deterministic form: warn, do not fail
    torch.use_deterministic_algorithms(True, warn_only=not on_cpu)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # would cost time


@contextmanager
def autocast(device: Device) -> Iterator[None]:
    """Compute convolutions and dense layers in the device's precision; sums and losses stay float32."""
    import torch

    enabled = device.precision == "bfloat16"
    with torch.autocast(device.kind.partition(":")[0], dtype=torch.bfloat16, enabled=enabled):
        yield


def describe(device: Device) -> dict[str, str | int]:
    """Say where a figure was made: the fields of records.Machine."""
    import torch

    from striate import __version__

    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count() or 1,
        "threads": device.threads,
        "device": device.kind if device.kind == "cpu" else f"{device.kind} ({_accelerator(device.kind)})",
        "precision": device.precision,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "striate": __version__,
    }


def _accelerator(kind: str) -> str:
    import torch

    return torch.cuda.get_device_name(kind) if kind.startswith("cuda") else platform.machine()


def _cpu_name() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def to_device(tensor: "torch.Tensor", device: Device) -> "torch.Tensor":
    """Move a tensor of pictures to the device, channels last."""
    import torch

    layout = torch.channels_last if tensor.dim() == 4 else torch.preserve_format
    return tensor.to(device.kind, memory_format=layout)
