"""Records of what a training did inside its network: gradients, drift, dead units and first kernels, look by look."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerCourse:
    """A layer whose kernels are trained; one number a look.

    `gradient`: norm of the loss's gradient in the kernels, as a share of the kernels' norm. `drift`: norm of the way
    from the kernels that training began with, as a share of their norm. Not-a-number where kernels are all 0.
    """

    name: str
    gradient: tuple[float, ...]
    drift: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitCourse:
    """A layer of ReLUs or their like (gelu, silu): how many of its `units` (channels) were dead, one number a look.

    A unit is dead when it gives 0 at all places of all pictures: it says nothing, and no gradient passes it.
    """

    name: str
    units: int
    dead: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class KernelSnapshot:
    """Kernels after an epoch: flat values in 127ths of the `largest` magnitude, rounded."""

    epoch: int
    largest: float
    values: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class KernelCourse:
    """The first kernels of the first convolution over training: shape (F, C, h, w), at most 16 of at most 16x16.

    Larger ones are averaged down; C is 1 or 3, as of pictures. Kernels that are not `trained` have one snapshot.
    """

    name: str
    shape: tuple[int, int, int, int]
    trained: bool
    snapshots: tuple[KernelSnapshot, ...]

    def __post_init__(self) -> None:
        features, channels, height, width = self.shape
        fits = channels in (1, 3) and all(1 <= n <= 16 for n in (features, height, width))
        if not fits or any(len(one.values) != math.prod(self.shape) for one in self.snapshots):
            raise ValueError(f"kernels of shape {self.shape} must be small, grey or colour, and whole")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkCourse:
    """What the training did, as course.json holds it: `epochs` and `steps` say when the network was looked at.

    Each look passes the same `pictures` of the training split, undisturbed, forward and backward. Epoch 0 is the
    start; a training that ends within an epoch is looked at there, under that epoch's number.
    """

    pictures: int
    epochs: tuple[int, ...]
    steps: tuple[int, ...]
    layers: tuple[LayerCourse, ...]
    units: tuple[UnitCourse, ...]
    kernels: KernelCourse | None

    def __post_init__(self) -> None:
        series = [self.steps, *(unit.dead for unit in self.units)]
        counts = {len(one) for one in series} | {len(n) for one in self.layers for n in (one.gradient, one.drift)}
        if counts != {len(self.epochs)}:
            raise ValueError(f"a course holds one number a look, got {sorted(counts)} at {len(self.epochs)} looks")
