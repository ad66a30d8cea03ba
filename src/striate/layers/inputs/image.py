"""The input layer: raw pictures of any size and colour -> normalised tensors. Part of the network and of its file."""

import torch
from torch import Tensor

from striate.errors import UsageError
from striate.kernels.letterbox import letterbox
from striate.layers.inputs.layer import InputLayer
from striate.records import ImageInput

GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601 luma, as Pillow's mode L


class ImageInputLayer(InputLayer):
    """Colour, letterbox, scale to [0, 1], normalise: (N, C, H, W) uint8, or float in [0, 1] already fitted."""

    spec: ImageInput
    mean: Tensor
    std: Tensor

    def __init__(self, spec: ImageInput) -> None:
        super().__init__()
        self.spec = spec
        shape = (1, spec.channels, 1, 1)
        self.register_buffer("mean", torch.tensor(spec.mean).view(shape), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(shape), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype == torch.uint8:
            x = self.fit(x).to(self.mean.dtype) / 255
        return (x - self.mean) / self.std

    def fit(self, x: Tensor) -> Tensor:
        """Bring uint8 pictures (N, 1 or 3, H, W) to the colour and size of the specification, still uint8."""
        return letterbox(_recolour(x, self.spec.channels), (self.spec.height, self.spec.width))

    def extra_repr(self) -> str:
        return f"{self.spec.channels}x{self.spec.height}x{self.spec.width}"


def expect_pictures(layer: InputLayer) -> ImageInputLayer:
    """Give the input layer of a network of pictures; raises UsageError for that of another kind of content."""
    if isinstance(layer, ImageInputLayer):
        return layer
    got = f"one of {layer.spec.modality}"
    raise UsageError("seeing inside takes a network of pictures", got=got, fix="look at its report, or predict")


def _recolour(x: Tensor, channels: int) -> Tensor:
    """Grey to RGB by repeating, RGB to grey by BT.601 luma, rounded to whole steps."""
    if x.shape[1] == channels:
        return x
    if channels == 3:
        return x.expand(-1, 3, -1, -1)
    weights = torch.tensor(GREY, device=x.device).view(1, 3, 1, 1)
    return (x * weights).sum(1, keepdim=True).round().clamp(0, 255).to(torch.uint8)
