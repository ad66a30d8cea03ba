"""What would change its mind: each slider moved over its whole range, and what the network answers on the way."""

from dataclasses import dataclass, replace

import numpy as np

from striate.explain.observe import observe
from striate.models.network import Network
from striate.serve.disturb import SLIDERS, Disturbance, disturb
from striate.serve.inputs import Input
from striate.tasks import classification

PLACES = 25  # of a slider, at most
COST = 5e9  # multiply-adds that one slider may take: about a quarter of a second
FEWEST = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """One slider moved over its range, all others as they are.

    At `values[i]` the network says `answers[i]` and gives the class of the untouched answer `probabilities[i]`;
    `turns` are the values nearest to the slider's place, below and above it, at which the answer is another one.
    """

    slider: str
    values: tuple[float, ...]
    probabilities: tuple[float, ...]
    answers: tuple[str, ...]
    turns: tuple[float, ...]


def sweep(network: Network, input: Input, how: Disturbance, slider: str, classes: tuple[str, ...]) -> Sweep:
    """Move one slider from end to end in even steps, and answer at each."""
    limits = SLIDERS[slider]
    count = int(min(PLACES, max(FEWEST, COST / network.plan.multiply_adds)))
    values = [float(v) for v in np.linspace(limits.low, limits.high, count)]
    here = getattr(how, slider)
    ways = [how, *(replace(how, **{slider: value}) for value in values)]
    probabilities = classification.decode(observe(network, disturb(input.pixels, ways)).logits)
    said = probabilities[0].argmax()
    answers = probabilities[1:].argmax(1)
    other = [value for value, answer in zip(values, answers, strict=True) if answer != said]
    below, above = [value for value in other if value < here], [value for value in other if value > here]
    return Sweep(
        slider=slider,
        values=tuple(values),
        probabilities=tuple(probabilities[1:, said].tolist()),
        answers=tuple(classes[k] for k in answers),
        turns=(*below[-1:], *above[:1]),
    )
