"""Which pixels spoke for a class: an importance map with its tests, laid over the picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from striate.checkpoint import Loaded
from striate.explain.explain import importance, suited_methods
from striate.explain.faithful import COSTLY
from striate.report.explanation import tell_importance
from striate.report.overlay import overlay
from striate.serve.views import pack


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """The picture under its map, (3, H, W) bytes in base64, grey where the map failed; `words` say how and why."""

    method: str
    failed: bool
    words: str
    shape: tuple[int, ...]
    picture: str


def view_why(model: Loaded, pixels: NDArray[np.uint8], label: str) -> Why:
    """Map which pixels of a picture (C, H, W) spoke for a class, and test the map.

    The method is the first of those that `striate explain` takes; a large network is not held against shuffled ones,
    which would take half a minute. Raises UsageError for a class that is none.
    """
    shuffle = model.network.plan.multiply_adds <= COSTLY
    found = importance(model, pixels, suited_methods(model.network.plan)[0], label=label, shuffle=shuffle)
    failed = found.faithfulness.verdict == "failed"
    drawn = overlay(pixels, found.map, failed=failed)
    return Why(method=found.method, failed=failed, words=tell_importance(found), shape=drawn.shape, picture=pack(drawn))
