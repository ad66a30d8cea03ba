"""The input layer of texts: whole numbers pass as they are; the layer `embed` gives each its vector."""

from torch import Tensor

from striate.layers.inputs.layer import InputLayer
from striate.records import TextInput


class TextInputLayer(InputLayer):
    """(N, T) whole numbers -> the same, int64."""

    spec: TextInput

    def __init__(self, spec: TextInput) -> None:
        super().__init__()
        self.spec = spec

    def forward(self, x: Tensor) -> Tensor:
        return x.long()

    def extra_repr(self) -> str:
        return f"{self.spec.length} {self.spec.unit}s of {self.spec.shape[0]}"
