"""One picture, disturbed or not, seen through the network: every map, and how much each matters for the answer."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.explain.channels import slopes, weigh_channels
from striate.explain.observe import Observation, observe
from striate.models.network import Network
from striate.serve.disturb import Disturbance, disturb
from striate.serve.inputs import Input
from striate.tasks import classification


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Look:
    """A picture as the network saw it, and what every layer made of it.

    `picture` (C, H, W) in [0, 1]; `probabilities` (K,); `matter[layer]` (C,) says how much each channel matters for the
    answer, for or against (explain/channels); `size` is the memory that all of it takes, in bytes.
    """

    input: Input
    picture: Tensor
    observation: Observation
    probabilities: NDArray[np.float64]
    matter: dict[str, NDArray[np.float64]]
    size: int

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture in whole steps of 0 to 255."""
        pixels: NDArray[np.uint8] = np.rint(self.picture.numpy() * 255).astype(np.uint8)
        return pixels

    @property
    def answer(self) -> int:
        """The likeliest class, the first of several that are equal."""
        return int(self.probabilities.argmax())


def look(network: Network, input: Input, how: Disturbance) -> Look:
    """Pass a disturbed picture through the network once, and its answer back once.

    An undisturbed picture goes in as bytes, as in prediction. Raises RunError for a not-a-number on the way.
    """
    undisturbed = how == Disturbance()
    picture = input.pixels[None] if undisturbed else disturb(input.pixels, [how])
    with torch.enable_grad():
        seen = observe(network, picture, gradients=True)
        probabilities = classification.decode(seen.logits)[0]
        found = slopes(seen, int(probabilities.argmax()))
    still = seen.detach()
    return Look(
        input=input,
        picture=picture[0].float() / 255 if undisturbed else picture[0],
        observation=still,
        probabilities=probabilities,
        matter={name: np.abs(weigh_channels(still.maps[name][0], slope)) for name, slope in found.items()},
        size=sum(values.numel() * values.element_size() for values in still.maps.values()),
    )
