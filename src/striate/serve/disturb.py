"""What the sliders do to a picture: shift, scale, rotate, blur, noise; the same sliders, the same bits."""

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from striate.errors import UsageError
from striate.kernels.resample import resample


@dataclass(frozen=True, kw_only=True, slots=True)
class Slider:
    """The range of one disturbance, the step of its slider, where it does nothing, and its unit in words."""

    low: float
    high: float
    step: float
    neutral: float
    unit: str


SLIDERS: dict[str, Slider] = {
    "right": Slider(low=-0.5, high=0.5, step=0.01, neutral=0, unit="of the width"),
    "down": Slider(low=-0.5, high=0.5, step=0.01, neutral=0, unit="of the height"),
    "scale": Slider(low=0.5, high=2, step=0.01, neutral=1, unit="times"),
    "rotate": Slider(low=-180, high=180, step=1, neutral=0, unit="degrees"),
    "blur": Slider(low=0, high=3, step=0.05, neutral=0, unit="pixels"),
    "noise": Slider(low=0, high=0.5, step=0.01, neutral=0, unit="of white"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Disturbance:
    """How a picture is disturbed, in this order: scaled, turned, moved, blurred, made noisy; ranges in SLIDERS.

    right, down: shares of the sides. scale: factor about the centre. rotate: degrees clockwise. blur: standard
    deviation of a Gaussian in pixels. noise: standard deviation in [0, 1] units. What enters the picture is black.
    """

    right: float = 0.0
    down: float = 0.0
    scale: float = 1.0
    rotate: float = 0.0
    blur: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            slider, value = SLIDERS[field.name], getattr(self, field.name)
            if not slider.low <= value <= slider.high:  # not-a-number, too
                rule = f"{field.name} lies between {slider.low:g} and {slider.high:g} ({slider.unit})"
                raise UsageError(rule, got=f"{value:g}", fix=f"leave it at {slider.neutral:g} for no change")


def disturb(picture: Tensor, disturbances: list[Disturbance]) -> Tensor:
    """Disturb one picture (C, H, W) uint8 in N ways: (N, C, H, W) float32 in [0, 1]."""
    H, W = picture.shape[1:]
    maps = torch.stack([_map(one, H, W) for one in disturbances])
    chosen = torch.zeros(len(disturbances), dtype=torch.int64)
    moved = resample(picture[None].contiguous(), chosen, maps)
    return torch.stack([_worsen(one, how) for one, how in zip(moved, disturbances, strict=True)])


def _map(how: Disturbance, H: int, W: int) -> Tensor:
    """Give where pixels come from, (2, 3): source = centre + (turned back, shrunken back)(place - centre - move)."""
    angle = math.radians(how.rotate)
    back = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]).double() / how.scale
    centre = torch.tensor([(W - 1) / 2, (H - 1) / 2]).double()
    move = torch.tensor([how.right * W, how.down * H]).double()
    return torch.cat([back, (centre - back @ (centre + move))[:, None]], dim=1).float()


def _worsen(picture: Tensor, how: Disturbance) -> Tensor:
    """Blur (C, H, W), add noise, cut to [0, 1]."""
    if how.blur:
        picture = _blur(picture, how.blur)
    if how.noise:
        noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))
        picture = picture + how.noise * noise
    return picture.clamp(0, 1)


def _blur(picture: Tensor, deviation: float) -> Tensor:
    """Weigh neighbours by a Gaussian, cut off at three deviations, first along columns, then along rows."""
    reach = math.ceil(3 * deviation)
    weights = torch.exp(-(torch.arange(-reach, reach + 1) ** 2) / (2 * deviation**2))
    kernel = (weights / weights.sum())[None, None, :, None]  # (1, 1, size, 1)
    columns = F.conv2d(picture[:, None], kernel, padding=(reach, 0))
    return F.conv2d(columns, kernel.transpose(2, 3), padding=(0, reach))[:, 0]
