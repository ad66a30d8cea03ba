"""Whether two ways to compute a network agree: the distance of their logits, against how far logits spread."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERANCE = {"float32": 1e-4, "bfloat16": 5e-2}  # largest relative distance, by precision
TINY = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """`distance`: the largest difference of two logits over the standard deviation of the reference's.

    `same_answers` is whether every picture has the same top class, ties within the tolerance set aside.
    """

    distance: float
    same_answers: bool


def compare(logits: NDArray[np.float32], reference: NDArray[np.float32], *, tolerance: float) -> Agreement:
    """Compare logits (N, K) with those of the reference, N and K >= 1; numbers that are not finite never agree."""
    if logits.shape != reference.shape or not np.isfinite(logits).all():
        return Agreement(distance=float("inf"), same_answers=False)
    spread = max(float(reference.std(dtype=np.float64)), TINY)
    distance = float(np.abs(logits.astype(np.float64) - reference).max()) / spread
    top = np.take_along_axis(reference, logits.argmax(1)[:, None], 1)[:, 0]
    same = bool((reference.max(1) - top <= 2 * tolerance * spread).all())
    return Agreement(distance=distance, same_answers=same)


def agrees(logits: NDArray[np.float32], reference: NDArray[np.float32], *, precision: str) -> bool:
    """Say whether logits (N, K) are those of the reference, as near as the precision allows."""
    tolerance = TOLERANCE[precision]
    found = compare(logits, reference, tolerance=tolerance)
    return found.same_answers and found.distance < tolerance
