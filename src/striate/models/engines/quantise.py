"""OpenVINO in int8, under a gate: only with labelled validation pictures, and only when accuracy holds on them."""

import io
import logging
import os
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.errors import UsageError
from striate.models.engines import vino
from striate.models.engines.engine import Run, missing_packages
from striate.models.engines.route import batch_size, in_pieces
from striate.models.infer import infer
from striate.models.network import Network
from striate.records import Interval
from striate.records.interval import Z95
from striate.runtime.device import Device
from striate.runtime.progress import say

CALIBRATION = 256  # validation pictures from which the ranges of values are read
MOST_FALL = 0.005  # of accuracy, in [0, 1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Validation:
    """Fitted pictures (N, C, H, W) uint8 that training did not learn from, with their classes (N,)."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]


class QuantisedRoute:
    """int8 answers of a network that lost no more than `most_fall` of its accuracy on the validation pictures."""

    engine = "openvino-int8"

    def __init__(
        self, network: Network, device: Device, validation: Validation, *, most_fall: float = MOST_FALL
    ) -> None:
        """Quantise and judge; raises UsageError when nncf or OpenVINO is missing, or accuracy falls too far."""
        if not len(validation.labels):
            raise UsageError("int8 is judged on validation pictures", got="none", fix="give labelled pictures")
        missing = missing_packages((*vino.PACKAGES, "nncf"))
        if missing:
            raise UsageError(f"{self.engine} needs its packages", got=missing, fix="install them or leave --engine out")
        self.network, self.device = network, device
        self._model = _quantise(vino.read_model(network), validation.pictures[:: _step(validation)])
        self._runs: dict[int, Run] = {}
        rough = self.answer(validation.pictures).argmax(1) == validation.labels
        exact = infer(network, validation.pictures, device).numpy().argmax(1) == validation.labels
        self.fall = measure_fall(exact, rough)
        if self.fall.value > most_fall:
            raise UsageError(
                f"int8 may cost at most {100 * most_fall:g} points of validation accuracy",
                got=show_fall(self.fall),
                fix="use openvino or leave --engine out",
            )
        say(f"int8: {show_fall(self.fall)}")

    def answer(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Give the logits (N, K) of fitted pictures, roughly those of the network."""
        batch = 1 if len(pictures) == 1 else batch_size(self.network)
        if batch not in self._runs:
            self._runs[batch] = vino.start(
                self._model, self.network, batch=batch, threads=self.device.threads, precision="f32"
            )
        return in_pieces(self._runs[batch], pictures, batch)


def measure_fall(exact: NDArray[np.bool_], rough: NDArray[np.bool_]) -> Interval:
    """Give how far the share of right answers falls, with the 95 % interval of a difference on the same examples.

    With b pictures lost and c won among n: (b - c) / n +- 1.96 sqrt(b + c - (b - c)^2 / n) / n, after Agresti and
    Min 2005, who add half a picture to b and to c and one to each kind of agreement (n + 2 in all), so that
    the interval has a width where none changed.
    """
    lost, won = int((exact & ~rough).sum()), int((~exact & rough).sum())
    n = len(exact)
    b, c, m = lost + 0.5, won + 0.5, n + 2
    half = Z95 * float(np.sqrt(b + c - (b - c) ** 2 / m)) / m
    centre = (b - c) / m
    return Interval(value=(lost - won) / n, low=centre - half, high=centre + half, n=n)


def show_fall(fall: Interval) -> str:
    """Say a fall of accuracy in points, with its interval."""
    value, low, high = (100 * part for part in (fall.value, fall.low, fall.high))
    return f"validation accuracy falls by {value:.2f} points [{low:.2f}, {high:.2f}] (n={fall.n:,})"


def _step(validation: Validation) -> int:
    """Spread the calibration over all pictures, which may lie class by class."""
    return max(1, len(validation.pictures) // CALIBRATION)


def _quantise(model: Any, pictures: NDArray[np.uint8]) -> Any:
    """Post-training quantisation by nncf, which sends nothing anywhere and prints nothing."""
    os.environ.setdefault("NNCF_CI", "1")  # its telemetry is on unless this is set before the import
    import nncf

    nncf.set_log_level(logging.ERROR)
    rows = [picture[None] for picture in pictures[:CALIBRATION]]
    with redirect_stdout(io.StringIO()):  # its progress bars; standard output is for results
        return nncf.quantize(model, nncf.Dataset(rows), subset_size=len(rows))
