"""How much each feature map matters for one decision: a stand-in until `explain` ranks channels itself."""

import numpy as np
import torch
from numpy.typing import NDArray

from striate.explain.observe import Observation


def matter(observation: Observation, k: int) -> dict[str, NDArray[np.float64]]:
    """Say how much each channel of every layer matters for the logit of class k of the first picture: name -> (C,).

    |sum over the map of activation x gradient of the logit|: what the logit would lose, to first order, were the map 0.
    The observation must carry gradients. Source: Molchanov et al. 2017, arXiv:1611.06440, section 2.2.
    """
    maps = {name: values for name, values in observation.maps.items() if values.requires_grad}
    slopes = torch.autograd.grad(observation.logits[0, k], list(maps.values()), allow_unused=True)
    found = {}
    for (name, values), slope in zip(maps.items(), slopes, strict=True):
        C = values.shape[1]
        product = torch.zeros_like(values) if slope is None else values.detach() * slope
        found[name] = product[0].reshape(C, -1).sum(1).abs().double().numpy()
    return found
