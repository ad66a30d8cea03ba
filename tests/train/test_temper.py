"""Probabilities that say how sure the network may be."""

import pytest
import torch

from striate.train.temper import fit_temperature


@pytest.mark.parametrize("true", [0.3, 1.0, 4.0])
def test_the_temperature_that_the_data_was_drawn_with_is_found(true: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(20_000, 5, generator=generator, dtype=torch.float64)
    labels = torch.multinomial(torch.softmax(logits / true, 1), 1, generator=generator)[:, 0]
    assert fit_temperature(logits, labels) == pytest.approx(true, rel=0.05)


def test_a_small_faultless_split_claims_no_certainty() -> None:
    logits = torch.eye(2, dtype=torch.float64).repeat(10, 1)
    temperature = fit_temperature(logits, torch.arange(2).repeat(10))
    sureness = torch.softmax(logits / temperature, 1).max().item()
    assert 0.8 < sureness < 0.99
