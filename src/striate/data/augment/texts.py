"""Disturb texts: words are forgotten at random, so that the network leans on no single one and knows the unknown."""

import torch
from torch import Generator, Tensor

UNKNOWN = 1  # the number of a word that the vocabulary lacks


def forget_words(texts: Tensor, share: float, generator: Generator) -> Tensor:
    """Replace a `share` of the words of texts (N, T) by the unknown one; padding, 0, stays.

    Source: Iyyer et al. 2015, "Deep unordered composition", section 3.1, where they are dropped.

    >>> forget_words(torch.tensor([[5, 0]]), 1.0, torch.Generator()).tolist()
    [[1, 0]]
    """
    lost = torch.rand(texts.shape, generator=generator) < share
    return texts.masked_fill(lost & (texts > 0), UNKNOWN)
