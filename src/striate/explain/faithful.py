"""Explanations that can fail: a map against random maps, and against the maps of networks that learned nothing.

A map fails if it is flat, if random maps as smooth do as well, if the same network with its weights shuffled
gets a map that explains its answer as well, or if that map looks the same.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor

from striate.explain.chance import is_flat, random_maps, rank_pixels
from striate.explain.importance import Method, Question
from striate.explain.perturb import perturb
from striate.explain.shuffle import shuffled
from striate.models.network import Network
from striate.records import Faithfulness

RANDOM = 20  # maps that know nothing, of which
BETTER = 2  # must not reach the map's gain: with it among RANDOM + 1 maps, a level of 2 / 21 < 10 %
SHUFFLED = 39  # networks that know nothing, none of which may: a level of 1 / 40 = 2.5 %
ALIKE = 0.9  # rank correlation; an empty background alone, which all maps leave out, gives 0.7 on digits
STEPS = 20  # of deletion and insertion, and
FEW_STEPS = 5  # for networks of more than
COSTLY = 200_000_000  # multiply-adds a picture

Array = NDArray[np.float64]


def judge(question: Question, method: Method, values: Array, *, shuffle: bool = True, seed: int = 0) -> Faithfulness:
    """Hold the map `values` (H, W), which `method` gave for `question`, against what knows nothing.

    1. Deletion and insertion (see `perturb`) must gain more than RANDOM - BETTER + 1 of RANDOM random maps do.
    2. They must gain more than with each of SHUFFLED networks of shuffled weights, explained by the same method for
       their own answer. If nothing was learned, ours is one more draw of that kind, so that it comes out first with
       probability 1 / (SHUFFLED + 1), whatever the data, method and size of the network: the level is exact.
    3. The maps of those networks must not order the pixels alike (median Spearman correlation up to ALIKE):
       what is there without learning, say an edge detector, explains nothing that was learned.

    The second stops at the first network that comes up to ours (Besag & Clifford 1991); `shuffle` False leaves out
    2 and 3. Sources: Petsiuk et al. 2018; Adebayo et al. 2018; the exact level is that of a permutation test.
    """
    if is_flat(values):
        what = "zero" if not values.any() else "the same"
        return Faithfulness(verdict="failed", reason=f"the map is {what} everywhere", similarity=math.nan)
    steps = STEPS if question.network.plan.multiply_adds <= COSTLY else FEW_STEPS
    drawn = random_maps(values, RANDOM + 1, seed=seed)  # the first decides between pixels of equal value
    ranks = rank_pixels(np.stack([values, *drawn[1:]]), drawn)
    curves = perturb(question.network, question.pixels, question.k, ranks, steps=steps)
    gain, *random_gains = curves.gains.tolist()
    rivals = _rivals(question, method, values, gain, steps=steps, seed=seed) if shuffle else ([], [])
    return _conclude(gain, random_gains, *rivals, deletion=curves.deletion[0], insertion=curves.insertion[0])


def _rivals(
    question: Question, method: Method, values: Array, gain: float, *, steps: int, seed: int
) -> tuple[list[float], list[float]]:
    """Give the gains of shuffled networks, up to the first that reaches `gain`, and how alike their maps are."""
    gains: list[float] = []
    alike: list[float] = []
    place = _order(question.network, question.pixels).index(question.k)
    for number, other in enumerate(shuffled(question.network, SHUFFLED, seed=seed)):
        k = _order(other, question.pixels)[place]  # its own answer where we ask for ours
        found = np.zeros_like(values)
        if _stays_finite(other, question.pixels):
            found = method.compute(Question(network=other, pixels=question.pixels, k=k, layers=question.layers))
        alike.append(correlate(values, found))
        gains.append(0.0)
        if not is_flat(found):
            ranks = rank_pixels(found[None], random_maps(found, 1, seed=seed + number + 1))
            gains[-1] = perturb(other, question.pixels, k, ranks, steps=steps).gains.item()
        if gains[-1] >= gain:
            break
    return gains, alike


def _conclude(
    gain: float,
    random_gains: list[float],
    shuffled_gains: list[float],
    alike: list[float],
    *,
    deletion: Array,
    insertion: Array,
) -> Faithfulness:
    reached = sum(other >= gain for other in random_gains)
    beaten = bool(shuffled_gains) and max(shuffled_gains) >= gain
    similarity = float(np.median(alike)) if alike else math.nan
    faults = [
        f"{reached} of {RANDOM} random maps do as well" if reached >= BETTER else "",
        f"shuffled network {len(shuffled_gains)} of {SHUFFLED} is explained as well" if beaten else "",
        f"shuffled networks give the same map (rank correlation {similarity:.2f})" if similarity > ALIKE else "",
    ]
    failed = "; ".join(filter(None, faults))
    tried = " and each shuffled network" if shuffled_gains else "; shuffled networks were not tried"
    return Faithfulness(
        verdict="failed" if failed else "passed",
        reason=failed or f"better than {RANDOM - reached} of {RANDOM} random maps{tried}",
        deletion=tuple(deletion.tolist()),
        insertion=tuple(insertion.tolist()),
        gain=gain,
        random_gains=tuple(random_gains),
        random_p=(1 + reached) / (1 + len(random_gains)),
        shuffled_gains=tuple(shuffled_gains),
        shuffled_p=1 / (len(shuffled_gains) + (not beaten)) if shuffled_gains else math.nan,
        similarity=similarity,
    )


def correlate(one: Array, other: Array) -> float:
    """Give the rank correlation (Spearman) of two maps (H, W), in [-1, 1]; 0 where one is flat."""
    if is_flat(one) or is_flat(other):
        return 0.0
    return float(np.corrcoef(rankdata(one.ravel()), rankdata(other.ravel()))[0, 1])


@torch.no_grad()
def _order(network: Network, pixels: Tensor) -> list[int]:
    """Give the classes, the answer first."""
    order: list[int] = network(pixels)[0].argsort(descending=True, stable=True).tolist()
    return order


@torch.no_grad()
def _stays_finite(network: Network, pixels: Tensor) -> bool:
    """Say whether a shuffled network answers at all: a very deep one may overflow, and then has no map."""
    return bool(torch.isfinite(network(pixels)).all())
