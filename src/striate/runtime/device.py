"""Where and how tensors are computed: device, precision, threads, layout, kernels; carried as one record."""

import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from striate.errors import UsageError

if TYPE_CHECKING:
    import torch

Precision = Literal["float32", "bfloat16"]
Layout = Literal["nchw", "nhwc"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """`kind` is a torch device name; `precision` that of convolutions (weights stay float32); CPU `threads`.

    `layout` is the order in memory of pictures, feature maps and kernels; `native` says that our own kernels run the
    layers they know, and PyTorch the others. Everything but `kind` is the route of a computation (name_route).
    """

    kind: str
    precision: Precision
    threads: int
    layout: Layout = "nhwc"
    native: bool = False


def name_route(device: Device) -> str:
    """Print a route: engine, layout (the kernels have their own), precision, CPU threads.

    >>> name_route(Device(kind="cpu", precision="float32", threads=2, layout="nhwc"))
    'torch-nhwc-float32-2'
    """
    engine = "native" if device.native else f"torch-{device.layout}"
    return f"{engine}-{device.precision}-{device.threads}"


def read_route(text: str, kind: str) -> Device:
    """Read what `name_route` prints, for a device of this kind; raises UsageError for anything else.

    >>> read_route("native-float32-2", "cpu").native
    True
    """
    parts = re.fullmatch(r"(native|torch-(nchw|nhwc))-(float32|bfloat16)-([1-9][0-9]{0,3})", text)
    if parts is None:
        raise UsageError(
            "a route is auto, native-PRECISION-THREADS or torch-LAYOUT-PRECISION-THREADS",
            got=repr(text),
            fix="write torch-nhwc-float32-2, say",
        )
    engine, layout, precision, threads = parts.groups()
    return Device(
        kind=kind,
        precision=cast("Precision", precision),
        threads=int(threads),
        layout=cast("Layout", layout or "nchw"),
        native=engine == "native",
    )


def choose_device() -> Device:
    """Pick the accelerator that is there; the rest as asked for, or PyTorch in float32 with all threads.

    `STRIATE_DEVICE` (cpu, cuda, cuda:1, mps) overrides the device; see also `asked_precision` and `asked_threads`.
    """
    import torch

    kind = os.environ.get("STRIATE_DEVICE") or _best_kind()
    if not re.fullmatch(r"cpu|mps|cuda(:[0-9]{1,3})?", kind):
        raise UsageError(
            "STRIATE_DEVICE must be cpu, cuda, cuda:N or mps", got=kind, fix="unset it to let Striate choose"
        )
    if not _is_there(kind):
        raise UsageError("the device must be there", got=f"{kind} on this machine", fix="set STRIATE_DEVICE=cpu")
    threads = asked_threads() or torch.get_num_threads()
    return Device(kind=kind, precision=asked_precision() or "float32", threads=threads)


def asked_precision() -> Precision | None:
    """Tell the precision that `STRIATE_PRECISION` asks for (float32, bfloat16); None: free."""
    asked = os.environ.get("STRIATE_PRECISION", "")
    if asked not in ("", *get_args(Precision)):
        raise UsageError("STRIATE_PRECISION must be float32 or bfloat16", got=asked, fix="unset it")
    return cast("Precision", asked) if asked else None


def asked_threads() -> int | None:
    """Tell the number of CPU threads that `STRIATE_THREADS` asks for; None: free."""
    asked = os.environ.get("STRIATE_THREADS", "")
    if asked and not re.fullmatch(r"[1-9][0-9]{0,3}", asked):
        raise UsageError("STRIATE_THREADS must be a whole number >= 1", got=asked, fix="set it to the number of cores")
    return int(asked) if asked else None


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
    torch.set_deterministic_debug_mode("error" if on_cpu else "warn")  # use_deterministic_... imports the compiler
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # would cost time


@contextmanager
def threads_kept() -> Iterator[None]:
    """Give a process that goes on after training the number of CPU threads back that it had."""
    import torch

    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


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
        "route": name_route(device),
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
    """Move a tensor of pictures to the device, in its layout."""
    import torch

    if tensor.dim() != 4:
        return tensor.to(device.kind)
    last = device.layout == "nhwc"
    return tensor.to(device.kind, memory_format=torch.channels_last if last else torch.contiguous_format)


def synchronise(device: Device) -> None:
    """Wait until the device has done what it was told; a clock is read only then."""
    import torch

    if device.kind.startswith("cuda"):
        torch.cuda.synchronize(device.kind)
    elif device.kind == "mps":
        torch.mps.synchronize()
