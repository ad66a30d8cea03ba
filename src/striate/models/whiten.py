"""A first layer that need not be learned: filters that make the values of a patch independent and equally strong."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.models.network import Network

EPSILON = 5e-4  # added to the variances, so that directions without contrast are not blown up
MOST_PATCHES = 200_000


def whiten(network: Network, pictures: Tensor) -> bool:
    """Give the first convolution whitening filters of `pictures` (N, C, H, W) uint8, and freeze its weights.

    The filters are the eigenvectors of the covariance of all patches over the root of their variance + EPSILON, and
    then their negatives, since a ReLU follows: the strongest first, as many as there are features; features beyond
    keep their random start. All are scaled to the spread of that start.
    Returns False, and changes nothing, unless the network begins with an ungrouped 2-D convolution that has a feature
    for each value of a patch. Source: Jordan 2024, "94% on CIFAR-10 in 3.29 seconds", section 3.2 (from Page 2019).
    """
    first = next(iter(list(network.children())[1:]), None)
    if not isinstance(first, nn.Conv2d) or first.groups != 1 or first.out_channels < first.weight[0].numel():
        return False
    with torch.no_grad():
        x = network.input(pictures)
        reach = [d * (k - 1) for k, d in zip(first.kernel_size, first.dilation, strict=True)]
        if any(n <= r for n, r in zip(x.shape[2:], reach, strict=True)):
            return False  # no patch lies within the picture
        filters = whitening_filters(x, first.kernel_size, dilation=first.dilation)
        filters = torch.cat([filters, -filters])[: first.out_channels].to(first.weight)
        first.weight[: len(filters)] = filters * (first.weight.std() / filters.std())
    first.weight.requires_grad_(False)
    return True


def whitening_filters(x: Tensor, size: tuple[int, ...], *, dilation: tuple[int, ...]) -> Tensor:
    """(N, C, H, W) -> (C * h * w, C, h, w): one filter a direction of the patches of size (h, w), the strongest first.

    At most MOST_PATCHES patches are looked at, those of the first pictures.
    """
    per_picture = math.prod(n - d * (k - 1) for n, k, d in zip(x.shape[2:], size, dilation, strict=True))
    kept = x[: max(1, MOST_PATCHES // per_picture)]
    patches = F.unfold(kept, size, dilation=dilation).transpose(1, 2).flatten(0, 1).double()  # (patches, C * h * w)
    centred = patches - patches.mean(0)
    variances, directions = torch.linalg.eigh(centred.T @ centred / len(patches))  # rising; one direction a column
    filters: Tensor = (directions / (variances.clamp(min=0) + EPSILON).sqrt()).T.flip(0)  # (C * h * w, C * h * w)
    return filters.reshape(-1, x.shape[1], *size).float()
