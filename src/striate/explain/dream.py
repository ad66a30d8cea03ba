"""An input made to excite one channel (feature visualisation, Olah et al. 2017): what it would like to see most."""

import math

import torch
from torch import Tensor

from striate.explain.observe import expect_numbers, recording
from striate.explain.seeks import check_channel
from striate.models.network import Network
from striate.records import Dream

STEPS = 128
RATE = 0.05  # of Adam, on the spectrum
JITTER = 1 / 16  # of the shorter side: how far the picture is moved at random before each look
ROUGHNESS = 0.2  # how hard the total variation is held down at the start, as a share of the pull of the channel
START = 0.01  # deviation of the spectrum's start


def dream(network: Network, layer: str, channel: int, *, steps: int = STEPS, seed: int = 0) -> Dream:
    """Climb from grey noise to a picture (C, H, W) in [0, 1] that makes the mean of a channel as large as it can.

    The picture is a sigmoid of a sum of waves whose step falls with their frequency (decorrelated, so that outlines
    come before speckle), shifted at random before each look, with its total variation held down. The same seed gives
    the same picture. Source: Olah et al. 2017, "Feature Visualization", sections "Regularization" and
    "Preconditioning". Raises UsageError for a layer or channel that is not there, RunError for weights that hold a
    not-a-number.
    """
    check_channel(network, layer, channel)
    expect_numbers(network)
    network.eval()
    chance = torch.Generator().manual_seed(seed)
    size = network.plan.input_shape
    scale = _decay(size[1], size[2])  # (H, W // 2 + 1)
    waves = (START * torch.randn(*size[:1], *scale.shape, 2, generator=chance)).requires_grad_()  # real and imaginary
    optimizer = torch.optim.Adam([waves], RATE)
    before = float(_excite(network, _paint(waves.detach(), scale, size), layer, channel).detach())
    hold = 0.0  # weight of the total variation
    for step in range(steps):
        picture = _paint(waves, scale, size)
        excited = _excite(network, _shift(picture, chance), layer, channel)
        (pull,) = torch.autograd.grad(excited, waves, retain_graph=True)
        (rough,) = torch.autograd.grad(_variation(picture), waves)
        hold = hold if step else ROUGHNESS * float(pull.norm() / rough.norm().clamp(min=1e-12))
        waves.grad = hold * rough - pull
        optimizer.step()
    made = _paint(waves.detach(), scale, size)
    after = float(_excite(network, made, layer, channel).detach())
    rows = tuple(tuple(map(tuple, one)) for one in made[0].tolist())
    return Dream(layer=layer, channel=channel, picture=rows, before=before, after=after)


def _excite(network: Network, picture: Tensor, layer: str, channel: int) -> Tensor:
    """(1, C, H, W) in [0, 1] -> (): the mean of the channel."""
    with recording(network, (layer,)) as maps:
        network(picture)
    return maps[layer][:, channel].mean()


def _decay(height: int, width: int) -> Tensor:
    """(H, W // 2 + 1): 1 / frequency, with that of one wave a picture for the mean, times the root of the cells."""
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequency = torch.sqrt(down**2 + across**2).clamp(min=1 / max(height, width))  # waves a cell
    return math.sqrt(height * width) / frequency / max(height, width)


def _paint(waves: Tensor, scale: Tensor, size: tuple[int, ...]) -> Tensor:
    """(C, H, W // 2 + 1, 2) -> (1, C, H, W) in [0, 1]."""
    flat = torch.fft.irfft2(torch.view_as_complex(waves) * scale, s=size[1:], norm="ortho")
    return torch.sigmoid(flat)[None]


def _shift(picture: Tensor, chance: torch.Generator) -> Tensor:
    """Move a picture by a random number of cells a dimension; what leaves on one side comes in on the other."""
    most = max(1, round(JITTER * min(picture.shape[2:])))
    down, across = torch.randint(-most, most + 1, (2,), generator=chance).tolist()
    return picture.roll((down, across), (2, 3))


def _variation(picture: Tensor) -> Tensor:
    """(): the mean difference of neighbouring cells."""
    return picture.diff(dim=2).abs().mean() + picture.diff(dim=3).abs().mean()
