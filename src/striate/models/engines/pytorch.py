"""PyTorch made ready for answers: batch norms folded into the convolutions before them, channels last."""

import copy
import itertools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from striate.models.engines.engine import Engine, Run, no_obstacle
from striate.models.network import Network


def fold(network: Network) -> Network:
    """Give a copy of a network in evaluation mode in which convolutions hold the batch norms that follow them.

    weight' = weight * scale / sqrt(variance + eps), bias' likewise; equal but for rounding.
    """
    folded = copy.deepcopy(network).eval()
    for line in list(folded.modules()):
        children = list(line.named_children())
        if isinstance(line, nn.Sequential | Network):  # the children of others do not follow each other
            for (name, conv), (after, norm) in itertools.pairwise(children):
                if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    setattr(line, name, fuse_conv_bn_eval(conv, norm))
                    setattr(line, after, nn.Identity())
    return folded


def prepare(network: Network, *, batch: int, threads: int) -> Run:
    """Run eagerly in inference mode; threads are those of the process."""
    folded = fold(network).to(memory_format=torch.channels_last)

    def run(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            x = torch.from_numpy(pictures).contiguous(memory_format=torch.channels_last)
            logits: NDArray[np.float32] = folded(x).numpy()
            return logits

    return run


ENGINE = Engine(precision="float32", packages=(), threaded=False, obstacle=no_obstacle, prepare=prepare)
