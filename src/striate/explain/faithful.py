"""Explanations that can fail: a map against random maps, and against the maps of networks that learned nothing.

A map fails if it is flat, if random maps as smooth do as well, if the same network with its weights shuffled is as
sure of an answer that its map explains as well, or if that map looks the same.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor

from striate.explain.chance import is_flat, random_maps, rank_pixels
from striate.explain.importance import Method, Question
from striate.explain.perturb import Curves, perturb
from striate.explain.shuffle import shuffled
from striate.models.network import Network
from striate.records import Faithfulness

RANDOM = 20  # maps that know nothing, of which
BETTER = 2  # must not reach the map's gain: with it among RANDOM + 1 maps, a level of 2 / 21 < 10 %
SHUFFLED = 39  # networks that know nothing, none of which may: a level of 1 / 40 = 2.5 %
ALIKE = 0.9  # rank correlation; an empty background alone, which all maps leave out, gives 0.7 on digits
ROUNDING = 1e-6  # of probabilities in float32: a gain of that size is none
STEPS = 20  # of deletion and insertion, and
FEW_STEPS = 3  # for networks of more than
COSTLY = 200_000_000  # multiply-adds a picture

Array = NDArray[np.float64]


def judge(question: Question, method: Method, values: Array, *, shuffle: bool = True, seed: int = 0) -> Faithfulness:
    """Hold the map `values` (H, W), which `method` gave for `question`, against what knows nothing.

    1. Deletion and insertion (see `perturb`) must gain more than all but BETTER - 1 of RANDOM random maps.
    2. Gain + confidence (the probability of the answer) must exceed that of SHUFFLED networks of shuffled weights,
       each explained by the same method for its own answer. Maps of networks that learned nothing may well be right
       about them, so that the first test lets many pass. But if ours learned nothing, it is one more draw of the same
       kind, and comes out first with probability 1 / (SHUFFLED + 1), whatever the data, method and size: the level
       is exact. Confidence alone would not do: with batch norms, shuffled networks may be sure of one constant answer.
    3. The maps of those networks must not order the pixels alike (median Spearman correlation up to ALIKE):
       what is there without learning, say an edge detector, explains nothing that was learned.

    The second stops at the first network that comes up to ours (Besag & Clifford 1991); `shuffle` False leaves out
    2 and 3. Sources: Petsiuk et al. 2018; Adebayo et al. 2018; the exact level is that of a permutation test.
    """
    confidence = _confidence(question.network, question.pixels)
    if is_flat(values):
        reason = f"the map is {'the same' if values.any() else 'zero'} everywhere"
        return Faithfulness(verdict="failed", reason=reason, confidence=confidence, similarity=math.nan)
    steps = STEPS if question.network.plan.multiply_adds <= COSTLY else FEW_STEPS
    drawn = random_maps(values, RANDOM + 1, seed=seed)  # the first decides between pixels of equal value
    ranks = rank_pixels(np.stack([values, *drawn[1:]]), drawn)
    curves = perturb(question.network, question.pixels, question.k, ranks, steps=steps)
    ours = float(curves.gains[0]) + confidence
    rivals = _meet_shuffled(question, method, values, ours, steps=steps, seed=seed) if shuffle else ([], [])
    return _conclude(curves, confidence, *rivals)


def _conclude(curves: Curves, confidence: float, sums: list[float], alike: list[float]) -> Faithfulness:
    """Say how the first map of `curves` fared against the others, which are random, and against shuffled networks."""
    gain, *random_gains = curves.gains.tolist()
    reached = sum(other >= gain - ROUNDING for other in random_gains)
    beaten = bool(sums) and max(sums) >= gain + confidence
    similarity = float(np.median(alike)) if alike else math.nan
    failed = _name_faults(reached, len(sums) if beaten else 0, similarity)
    return Faithfulness(
        verdict="failed" if failed else "passed",
        reason=failed or f"better than {RANDOM - reached} of {RANDOM} random maps, and {_tell(len(sums))}",
        confidence=confidence,
        deletion=tuple(curves.deletion[0].tolist()),
        insertion=tuple(curves.insertion[0].tolist()),
        gain=gain,
        random_gains=tuple(random_gains),
        random_p=(1 + reached) / (1 + RANDOM),
        shuffled_sums=tuple(sums),
        shuffled_p=1 / (len(sums) + (not beaten)) if sums else math.nan,
        similarity=similarity,
    )


def _meet_shuffled(
    question: Question, method: Method, values: Array, ours: float, *, steps: int, seed: int
) -> tuple[list[float], list[float]]:
    """Give gain + confidence of shuffled networks, up to the first that reaches `ours`, and the likeness of maps."""
    sums: list[float] = []
    alike: list[float] = []
    place = _order(question.network, question.pixels).index(question.k)
    for number, other in enumerate(shuffled(question.network, SHUFFLED, seed=seed)):
        found, gain, confidence = np.zeros_like(values), 0.0, 0.0
        if _stays_finite(other, question.pixels):
            k = _order(other, question.pixels)[place]  # its own answer where we ask for ours
            found = method.compute(Question(network=other, pixels=question.pixels, k=k, layers=question.layers))
            confidence = _confidence(other, question.pixels)
        if not is_flat(found):
            ranks = rank_pixels(found[None], random_maps(found, 1, seed=seed + number + 1))
            gain = perturb(other, question.pixels, k, ranks, steps=steps).gains.item()
        alike.append(correlate(values, found))
        sums.append(gain + confidence)
        if sums[-1] >= ours:
            break
    return sums, alike


def _name_faults(reached: int, beaten_by: int, similarity: float) -> str:
    """Say which tests a map failed, and how; "" for none. `beaten_by` is the number of a shuffled network, or 0."""
    faults = [
        f"{reached} of {RANDOM} random maps do as well" if reached >= BETTER else "",
        f"a network of shuffled weights does as well (number {beaten_by} of {SHUFFLED})" if beaten_by else "",
        f"shuffled weights give the same map (rank correlation {similarity:.2f})" if similarity > ALIKE else "",
    ]
    return "; ".join(filter(None, faults))


def _tell(tried: int) -> str:
    return f"than each of {tried} networks of shuffled weights" if tried else "not held against shuffled weights"


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
def _confidence(network: Network, pixels: Tensor) -> float:
    """Give the probability of the answer, in [0, 1]."""
    return float(network(pixels)[0].double().softmax(0).max())


@torch.no_grad()
def _stays_finite(network: Network, pixels: Tensor) -> bool:
    """Say whether a shuffled network answers at all: a very deep one may overflow, and then has no map."""
    return bool(torch.isfinite(network(pixels)).all())
