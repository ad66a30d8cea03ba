"""Who takes part: name -> worker script, whose Python, and what may be chosen among. One line a contender.

Everyone takes the same step: forward, cross-entropy, backward, SGD with momentum, on one batch of float32 noise that is
already in memory, on all cores. Several values of an option are measured when the worker starts; the fastest is kept.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.speed import conductor, peers
from benchmarks.speed.nets import CLASSES, Net, describe

WORKERS = Path(__file__).with_name("workers")
RATE, MOMENTUM = 1e-3, 0.9
LAYOUTS, PRECISIONS = ("nchw", "nhwc"), ("float32", "bfloat16")
Peer = Literal["", "tensorflow", "jax", "fastai"]

# glibc keeps large blocks instead of giving them back after each step (shared/PERFORMANCE.md, allocator)
KEEP_MEMORY = {"GLIBC_TUNABLES": "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """`script` in workers/, run by the environment of `peer` ("": this one); `same_work`: it builds the same net."""

    script: str
    peer: Peer = ""
    options: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    same_work: bool = True


_ROUTES = {"layout": LAYOUTS, "precision": PRECISIONS}
_TUNED = {"layout": LAYOUTS, "precision": PRECISIONS, "pool": ("last", "first")}
STRIATE, DEFAULT = "striate", "pytorch default"
BEST = ("pytorch tuned", "pytorch tuned, memory kept")  # the better of them is PyTorch's best setting
ENTRIES = {
    STRIATE: Entry(script="with_striate.py", options={"native": (False, True), **_ROUTES}),
    "striate native": Entry(script="with_striate.py", options={"native": (True,), **_ROUTES}),
    "striate torch": Entry(script="with_striate.py", options={"native": (False,), **_ROUTES}),
    DEFAULT: Entry(script="with_torch.py", options={"layout": ("nchw",), "precision": ("float32",), "pool": ("last",)}),
    BEST[0]: Entry(script="with_torch.py", options=_TUNED),
    BEST[1]: Entry(script="with_torch.py", options=_TUNED, environment=KEEP_MEMORY),
    "keras tensorflow": Entry(
        script="with_keras.py",
        peer="tensorflow",
        options={"jit": (False, True)},
        environment={"KERAS_BACKEND": "tensorflow"},
    ),
    "keras jax": Entry(
        script="with_keras.py", peer="jax", options={"jit": (True,)}, environment={"KERAS_BACKEND": "jax"}
    ),
    "jax": Entry(script="with_jax.py", peer="jax"),
    "fastai": Entry(script="with_fastai.py", peer="fastai"),
    "scikit-learn mlp": Entry(script="with_sklearn.py", same_work=False),
}


def prepare(net: Net, names: list[str], *, threads: int) -> tuple[dict[str, conductor.Contender], dict[str, str]]:
    """Give what the conductor starts for `net`, and the reason of each whose environment is not to be had."""
    job = {
        "line": net.line,
        "layers": describe(net.plan().layers),
        "input": net.input_shape,
        "batch": net.batch,
        "classes": CLASSES,
        "threads": threads,
        "rate": RATE,
        "momentum": MOMENTUM,
    }
    contenders, absent = {}, {}
    for name in names:
        entry = ENTRIES[name]
        python, reason = peers.ready(entry.peer) if entry.peer else (sys.executable, "")
        if reason:
            absent[name] = reason
            continue
        contenders[name] = conductor.Contender(
            command=(python, str(WORKERS / entry.script)),
            job={**job, "options": entry.options},
            environment={"OMP_NUM_THREADS": str(threads), **entry.environment},
        )
    return contenders, absent


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
