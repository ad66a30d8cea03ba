"""What a training did inside its network, in words: how it was looked at, what vanished or died, how far it went."""

import math
from statistics import median_low

from striate.records import NetworkCourse
from striate.report.number import count, percent, power

# A layer whose gradients, as a share of its weights, are so much smaller than those of the layer with the largest ones
# learns nothing by comparison. Measured on X's and O's and Fashion-MNIST (docs/decisions/0017): sound networks, from
# LeNet-5 to 60 blocks of bottlenecks, had 7e-5 and more in every layer at every look, and 4e-4 from the second look on;
# stacks of six to ten convolutions with sigmoids, which learned nothing, 3e-5 down to 1e-7.
VANISHED = 5e-5
STILL = 0.01  # drift at the end; the layers of networks that learned had 0.06 and more (the same trainings)
DEAD = 0.5  # share of a layer's units; networks that learned had up to 0.35, one that did not 0.88 (the same trainings)
NAMED = 4  # layers that one sentence names


def list_warnings(course: NetworkCourse) -> list[str]:
    """Say what went wrong inside, at most a sentence on gradients and one on dead units; nothing where all is well.

    Gradients vanish in a layer when they lie below VANISHED times the largest layer's in half of the looks, or did at
    the first and the weights have hardly moved since. Units count when DEAD of a layer are dead at the last look.
    """
    return [text for text in (_warn_of_gradients(course), _warn_of_dead(course)) if text]


def tell_looks(course: NetworkCourse) -> str:
    """Say how the figures came about."""
    looks = len(course.epochs)
    times, between = ("twice", "") if looks == 2 else (f"{count(looks)} times", ", and between")
    return (
        f"The same {count(course.pictures)} training pictures were passed through the network {times}, and the "
        f"gradient of their loss back: at the start, at the end{between}. course.json holds all numbers."
    )


def tell_units(course: NetworkCourse) -> str:
    """Say how many units were dead at the end, and in which layers; nothing for a network without ReLUs."""
    if not course.units or not course.epochs:
        return ""
    all_units, dead = sum(unit.units for unit in course.units), sum(unit.dead[-1] for unit in course.units)
    if not dead:
        some = f"for some of the {count(course.pictures)} pictures"
        return f"No unit was dead at the end: each of {count(all_units)} gave something other than 0 {some}."
    worst = sorted((unit for unit in course.units if unit.dead[-1]), key=lambda unit: -unit.dead[-1])
    named = ", ".join(f"{unit.name} {count(unit.dead[-1])} of {count(unit.units)}" for unit in worst[:NAMED])
    more = f" and {count(len(worst) - NAMED)} more layers" if len(worst) > NAMED else ""
    start = sum(unit.dead[0] for unit in course.units)
    return (
        f"Dead at the end were {count(dead)} of {count(all_units)} units, 0 at all places of all "
        f"{count(course.pictures)} pictures (at the first look {count(start)}): {named}{more}."
    )


def tell_drift(course: NetworkCourse) -> str:
    """Say which layer's weights went farthest from where they began, and which the least."""
    ways = {layer.name: layer.drift[-1] for layer in course.layers if layer.drift and math.isfinite(layer.drift[-1])}
    if len(ways) < 2:
        return ""
    far, near = max(ways, key=ways.__getitem__), min(ways, key=ways.__getitem__)
    return (
        f"Farthest from where they began are the weights of {far}, by {percent(ways[far])} of their size; "
        f"nearest those of {near}, {percent(ways[near])}."
    )


def _warn_of_gradients(course: NetworkCourse) -> str:
    shares = {name: sizes for name, sizes in _shares_of_largest(course).items() if sizes}
    usual = {name: median_low(sizes) for name, sizes in shares.items()}
    still = {layer.name: layer.drift[-1] for layer in course.layers if layer.drift and layer.drift[-1] < STILL}
    lost = [name for name in shares if min(usual[name], shares[name][0] if name in still else math.inf) < VANISHED]
    if not lost:
        return ""
    worst, best = min(lost, key=usual.__getitem__), max(usual, key=usual.__getitem__)
    others = f", as do those of {count(len(lost) - 1)} more of {count(len(shares))} layers" if len(lost) > 1 else ""
    stuck = [f"{name} have moved by {power(still[name])} of their size" for name in lost if name in still]
    unmoved = f" The weights of {stuck[0]} and no more." if stuck else ""
    return (
        f"The gradients of {worst} are {_usual_size(course, worst)} of its weights, where those of {best} are "
        f"{_usual_size(course, best)}: they vanish on the way back{others}.{unmoved} Skip connections, norms or ReLUs "
        "let gradients through."
    )


def _usual_size(course: NetworkCourse, name: str) -> str:
    """A layer's gradient in half of the looks, or less."""
    (sizes,) = (layer.gradient for layer in course.layers if layer.name == name)
    return power(median_low(filter(math.isfinite, sizes)))


def _shares_of_largest(course: NetworkCourse) -> dict[str, list[float]]:
    """Give each layer's gradients as shares of the largest layer's at the same look.

    Looks without such a number, as where all gradients are 0, are left out.
    """
    largest = [max(filter(math.isfinite, sizes), default=0.0) for sizes in _by_look(course)]
    return {
        layer.name: [size / most for size, most in zip(layer.gradient, largest, strict=True) if _divides(size, most)]
        for layer in course.layers
    }


def _divides(size: float, most: float) -> bool:
    return math.isfinite(size) and most > 0


def _by_look(course: NetworkCourse) -> list[tuple[float, ...]]:
    return list(zip(*(layer.gradient for layer in course.layers), strict=True))


def _warn_of_dead(course: NetworkCourse) -> str:
    dying = [unit for unit in course.units if unit.dead and unit.dead[-1] >= DEAD * unit.units]
    if not dying:
        return ""
    worst = max(dying, key=lambda unit: unit.dead[-1] / unit.units)
    others = f", and half or more in {count(len(dying) - 1)} more layers" if len(dying) > 1 else ""
    return (
        f"At the end of training {count(worst.dead[-1])} of {count(worst.units)} units of {worst.name} are dead"
        f"{others}: 0 at all of {count(course.pictures)} training pictures, so that nothing teaches them any more. "
        "A lower rate, a norm before them, or leaky instead of relu keeps units alive."
    )
